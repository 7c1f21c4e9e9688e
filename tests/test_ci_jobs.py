"""The jobs that docs/ci.md shows for CI servers: their files are valid, and their commands do what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import parse

import check_jsonschema
import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML

from tests import processes
from tests.shell_command import offer_command

ROOT: Final = Path(__file__).parent.parent
JOBS: Final = dict(
    re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.M | re.S)
)
ACTION: Final = ROOT / "action.yml"
TEMPLATE: Final = ROOT / "templates" / "diagnose.yml"
GITHUB: Final = ".github/workflows/socket-logs.yml"
GITLAB: Final = ".gitlab-ci.yml"
SCHEMAS: Final = {GITHUB: "vendor.github-workflows", GITLAB: "vendor.gitlab-ci"}
SAMPLES: Final = {"2025-11-14-reference": 1, "healthy": 0}


def load_job(name: str) -> Any:
    """The content of a job's file."""
    return YAML(typ="safe").load(JOBS[name])


def list_commands(name: str) -> list[str]:
    """The lines that the job runs in a shell."""
    job = load_job(name)
    if name == GITHUB:
        return [step["run"] for step in job["jobs"]["diagnose"]["steps"] if "run" in step]
    return list(job["diagnose"]["script"])


def check_schema(name: str, file: Path) -> Result:
    """What `check-jsonschema` says of a file by one of the schemas that it carries."""
    return CliRunner().invoke(check_jsonschema.main, ["--builtin-schema", name, str(file)])


def run_job(name: str, folder: str, desk: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the job's `logdiag` line where the logs of a sample are in logs/."""
    shutil.copytree(ROOT / "sample_logs" / folder, desk / "logs")
    line = [line for line in list_commands(name) if line.startswith("logdiag ")][-1]  # the one that judges
    surroundings = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    surroundings |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environ}
    done = processes.run(*line.split()[1:], cwd=desk, environ=surroundings)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_both_jobs_are_shown() -> None:
    """The page has a file for GitHub Actions and one for GitLab."""
    assert set(JOBS) == set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_job_obeys_the_schema_of_its_server(name: str, tmp_path: Path) -> None:
    """Each file is accepted by the schema of SchemaStore for that server."""
    file = tmp_path / "job.yml"
    file.write_text(JOBS[name], encoding="utf-8")
    checked = check_schema(SCHEMAS[name], file)
    assert checked.exit_code == 0, checked.output


def test_own_workflow_tests_all_that_is_promised(tmp_path: Path) -> None:
    """The repository's own workflow is valid, runs the README's command, on every Python that the classifiers name."""
    file = ROOT / ".github" / "workflows" / "tests.yml"
    checked = check_schema(SCHEMAS[GITHUB], file)
    assert checked.exit_code == 0, checked.output
    job = YAML(typ="safe").load(file.read_text("utf-8"))["jobs"]["tests"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert job["strategy"]["matrix"]["python"] == promised
    assert all(".ci/readme-command" in step["run"] for step in job["steps"] if "run" in step)


def test_own_workflow_checks_what_people_install() -> None:
    """The wheel by both checkers, a file that runs by itself on every Python promised, the image, and the site."""
    file = ROOT / ".github" / "workflows" / "package.yml"
    checked = check_schema(SCHEMAS[GITHUB], file)
    assert checked.exit_code == 0, checked.output
    jobs = YAML(typ="safe").load(file.read_text("utf-8"))["jobs"]
    commands = {name: "\n".join(step.get("run", "") for step in job["steps"]) for name, job in jobs.items()}
    for name, told in (
        ("wheel", "twine check --strict dist/*\ncheck-wheel-contents dist/*.whl"),
        ("pex", "pex --console-script logdiag --constraints constraints.txt"),
        ("image", "docker build"),
        ("site", "mkdocs build --strict"),
    ):
        assert told in commands[name]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert jobs["pex"]["strategy"]["matrix"]["python"] == promised


def test_own_workflow_audits_what_is_pinned() -> None:
    """It is valid, runs every week, and holds the pinned versions against known weaknesses and licences."""
    file = ROOT / ".github" / "workflows" / "dependencies.yml"
    checked = check_schema(SCHEMAS[GITHUB], file)
    assert checked.exit_code == 0, checked.output
    workflow = YAML(typ="safe").load(file.read_text("utf-8"))
    assert "schedule" in workflow["on"]
    commands = "\n".join(step.get("run", "") for step in workflow["jobs"]["dependencies"]["steps"])
    assert "pip-audit -r constraints.txt" in commands
    assert '--fail-on "GPL' in commands


def surround(desk: Path) -> dict[str, str]:
    """The environment of a step on that desk."""
    path = f"{desk / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def run_action(desk: Path, **given: str) -> tuple[list[int], list[str]]:
    """The codes of the action's shell steps, run as a runner runs them, and the paths that it keeps as artifacts."""
    action = YAML(typ="safe").load(ACTION.read_text("utf-8"))
    defaults = {name: one.get("default", "") for name, one in action["inputs"].items()}
    values = {f"inputs.{name}": text for name, text in (defaults | given).items()}
    outputs = desk / "outputs"
    surroundings = {
        **surround(desk),
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(desk / "summary.md"),
        "GITHUB_OUTPUT": str(outputs),
    }
    codes, kept = [], []
    for step in action["runs"]["steps"][1:]:  # the first installs
        filled = {key: fill(text, values) for key, text in {**step.get("env", {}), **step.get("with", {})}.items()}
        if "uses" in step:
            assert step["uses"] == "actions/upload-artifact@v4"
            assert step["if"] == "inputs.artifact != ''"
            kept += [filled["path"]] if values["inputs.artifact"] else []
            continue
        assert "${{" not in step["run"]
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        with offer_command(desk / "bin"):
            done = subprocess.run(shell, cwd=desk, env={**surroundings, **filled}, capture_output=True, check=False)
        codes.append(done.returncode)
        told = dict(line.split("=", 1) for line in outputs.read_text("utf-8").splitlines())
        values |= {f"steps.report.outputs.{key}": text for key, text in told.items()}
    assert fill(action["outputs"]["report"]["value"], values) == told["path"]
    return codes, kept


def fill(text: str, values: dict[str, str]) -> str:
    """A value of the action with its expression, if it is one, replaced by what that stands for."""
    return values[text.removeprefix("${{ ").removesuffix(" }}")] if text.startswith("${{") else text


@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="needs bash")
@pytest.mark.parametrize(("folder", "code"), SAMPLES.items())
def test_the_action_runs(folder: str, code: int, tmp_path: Path) -> None:
    """Its steps leave the whole report as an artifact, a short summary, and the code of the diagnosis."""
    assert check_schema("vendor.github-actions", ACTION).exit_code == 0
    shutil.copytree(ROOT / "sample_logs" / folder, tmp_path / "my logs")
    codes, kept = run_action(tmp_path, paths="my logs\n")
    assert codes == [0, code]
    assert kept == ["logdiag-report.html"]
    assert (tmp_path / kept[0]).read_text("utf-8").startswith("<!doctype html>")
    assert len((tmp_path / "summary.md").read_text("utf-8").splitlines()) <= 60


@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="needs bash")
def test_the_action_obeys_its_inputs(tmp_path: Path) -> None:
    """The report has the form and the name asked for; nothing fails the step, and nothing is kept, if so asked."""
    shutil.copytree(ROOT / "sample_logs" / "2025-11-14-reference", tmp_path / "logs")
    assert run_action(tmp_path, paths="logs", format="markdown") == ([0, 1], ["logdiag-report.md"])
    assert (tmp_path / "logdiag-report.md").read_text("utf-8").startswith("# ")
    given = {"format": "sarif", "report": "my report.json", "artifact": "", "fail-on": ""}
    assert run_action(tmp_path, paths="logs", **given) == ([0, 0], [])
    assert json.loads((tmp_path / "my report.json").read_text("utf-8"))["version"] == "2.1.0"


def load_template(**given: str) -> Any:
    """The jobs of the template with its inputs filled, the defaults where none is given."""
    header, jobs = TEMPLATE.read_text("utf-8").split("\n---\n")
    inputs = YAML(typ="safe").load(header)["spec"]["inputs"]
    assert set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", jobs)) == set(inputs)
    values = {name: one["default"] for name, one in inputs.items()} | given
    for name, value in values.items():
        jobs = jobs.replace(f"$[[ inputs.{name} ]]", value)
    return YAML(typ="safe").load(jobs)


def test_the_template_obeys_the_schema_of_gitlab(tmp_path: Path) -> None:
    """With its inputs filled it is what GitLab runs; a key that GitLab does not know would be seen."""
    for extra, code in (({}, 0), ({"scripts": ["true"]}, 1)):
        job = load_template()
        job["logdiag"] |= extra
        file = tmp_path / "job.json"
        file.write_text(json.dumps(job), encoding="utf-8")
        checked = check_schema(SCHEMAS[GITLAB], file)
        assert checked.exit_code == code, checked.output


@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="needs bash")
@pytest.mark.parametrize(("folder", "code"), SAMPLES.items())
def test_the_template_runs(folder: str, code: int, tmp_path: Path) -> None:
    """Its script leaves what it names as artifacts, and the code of the diagnosis; a path is no order to the shell."""
    shutil.copytree(ROOT / "sample_logs" / folder, tmp_path / "logs")
    hostile = tmp_path / "logs" / "$(touch${IFS}owned).log"
    hostile.touch()
    job = load_template(install="echo installed", paths=f"logs/ logs/{hostile.name}")["logdiag"]
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(job["script"])]
    with offer_command(tmp_path / "bin"):
        done = subprocess.run(
            shell,
            cwd=tmp_path,
            env={**surround(tmp_path), **job["variables"]},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == code, done.stderr
    kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    assert all((tmp_path / name).stat().st_size for name in kept)
    assert not (tmp_path / "owned").exists()


@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="needs bash")
def test_the_readme_command_is_that_of_the_readme() -> None:
    """What CI runs is the README's code block, whole."""
    shown = subprocess.run(["bash", str(ROOT / ".ci" / "readme-command")], capture_output=True, text=True, check=True)  # noqa: S607
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"<!-- test -->\n```sh\n{shown.stdout}```" in readme
    assert ".venv/bin/pytest" in shown.stdout


@pytest.mark.parametrize("name", SCHEMAS)
def test_job_installs_what_exists(name: str) -> None:
    """The first line installs logdiag from its source with the versions that were tested."""
    install = list_commands(name)[0]
    assert install == "python -m pip install -q -c logdiag/constraints.txt ./logdiag"
    assert (ROOT / "constraints.txt").is_file()


@pytest.mark.parametrize(("folder", "code"), SAMPLES.items())
def test_github_job_annotates(folder: str, code: int, tmp_path: Path) -> None:
    """The job fails on an incident and passes on health; annotations and summary say which."""
    summary = tmp_path / "summary.md"
    finished = run_job(GITHUB, folder, tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    verdict = "INCIDENT" if code else "HEALTHY"
    assert finished.returncode == code, finished.stderr
    assert finished.stdout.startswith(f"::{'error' if code else 'notice'} title={verdict}%3A ")
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in finished.stdout.splitlines())
    assert f"\n**{verdict}**: " in summary.read_text("utf-8")


@pytest.mark.parametrize(("folder", "code"), SAMPLES.items())
def test_gitlab_job_reports(folder: str, code: int, tmp_path: Path) -> None:
    """The job leaves the report that it names as its artifact, with a failure if and only if it fails."""
    finished = run_job(GITLAB, folder, tmp_path)
    artifacts = load_job(GITLAB)["diagnose"]["artifacts"]
    assert (finished.returncode, artifacts["when"]) == (code, "always"), finished.stderr
    report = parse(tmp_path / artifacts["reports"]["junit"])  # noqa: S314  our own
    assert (report.find(".//failure") is not None) is bool(code)
