"""The container image: what its Dockerfile promises, and what reaches its build. Building it is the job of CI."""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatch
from typing import Final

from tests.folders import ROOT

INSTRUCTION: Final = re.compile(r"^([A-Z]+) (.*)$", re.MULTILINE)


def list_instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile in their order, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    return INSTRUCTION.findall(text.replace("\\\n", ""))


def list_ignored() -> list[str]:
    """The lines of .dockerignore that say something."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_image_runs_as_nobody() -> None:
    """The last word on the user is a number other than root's, and it comes after everything that is copied."""
    names = [name for name, _ in list_instructions()]
    user = dict(list_instructions())["USER"]
    assert all(int(part) > 0 for part in user.split(":"))
    assert names.count("USER") == 1
    assert set(names[names.index("USER") :]) == {"USER", "WORKDIR", "ENTRYPOINT", "CMD"}


def test_the_image_keeps_what_runs_and_nothing_that_builds() -> None:
    """Two stages of one slim base; the second takes the environment alone, of pinned packages, without pip."""
    told = list_instructions()
    bases = [rest.removesuffix(" AS build") for name, rest in told if name == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim", bases[0])
    assert [rest for name, rest in told if name == "COPY"] == [". /source", "--from=build /opt/logdiag /opt/logdiag"]
    made = dict(told)["RUN"]
    assert "-c /source/constraints.txt /source" in made
    assert made.endswith("pip uninstall -q -y pip")


def test_the_image_starts_logdiag_without_a_shell() -> None:
    """Entry point and default argument are lists: signals reach logdiag itself, and arguments stay what they are."""
    told = dict(list_instructions())
    assert json.loads(told["ENTRYPOINT"]) == ["logdiag"]
    assert json.loads(told["CMD"]) == ["--help"]


def test_only_what_the_package_is_made_of_reaches_the_build() -> None:
    """All is ignored but what the wheel needs: history, logs and environments stay out, no part of the package does."""
    ignored = list_ignored()
    assert ignored[0] == "*"
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    data = [path for paths in project["tool"]["setuptools"]["data-files"].values() for path in paths]
    needed = {"pyproject.toml", "constraints.txt", project["project"]["readme"], "logdiag", "LICENSE"}
    assert kept == needed | {path.partition("/")[0] for path in data}
    assert [name for name in kept if not (ROOT / name).exists()] == []
    left_out = [line for line in ignored[1:] if not line.startswith("!")]
    sources = [path for path in (ROOT / "logdiag").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert [
        path.name for path in sources if any(fnmatch(path.name, line.removeprefix("**/")) for line in left_out)
    ] == []
