"""`logdiag demo`: in a checkout, and installed from a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Final

import pytest

from logdiag.cli.commands.demo import find_sample
from logdiag.cli.options import Format
from tests.cli.conftest import Run

ROOT: Final = Path(__file__).parents[3]
PLAIN: Final = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}


def test_demo_is_the_reference_incident(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo prints what diagnose prints of the sample, of which the package holds an equal copy."""
    monkeypatch.chdir(ROOT)
    sample = ROOT / "sample_logs" / "2025-11-14-reference"
    copies, logs = ({path.name: path.read_bytes() for path in at.glob("*.log")} for at in (find_sample(), sample))
    assert copies == logs
    finished = run("demo")
    assert (finished.code, finished.stderr) == (0, "")
    assert finished.stdout == run("diagnose", "logdiag/samples/2025-11-14-reference").stdout


@pytest.mark.parametrize("form", Format)
def test_demo_in_every_form(form: Format, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--format is honoured, wherever one stands."""
    monkeypatch.chdir(tmp_path)
    pinned = {"SOURCE_DATE_EPOCH": "0"}
    finished = run("demo", "--format", form.value, environ=pinned)
    assert finished.code == 0
    assert finished.stdout == run("diagnose", str(find_sample()), "--format", form.value, environ=pinned).stdout


def test_demo_from_a_wheel(tmp_path: Path) -> None:
    """A wheel brings sample, texts, rules, schemas and the man page; installed elsewhere, each is found."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "logdiag", source / "logdiag", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "man/logdiag.1"):
        (source / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    call_pip("wheel", str(source), "--no-deps", "--no-build-isolation", "-w", str(tmp_path))
    [built] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(built).namelist()
    for name in ("rules/50-master.toml", "texts/en.toml", "schemas/diagnosis.json", "reference/socket-client.log"):
        assert any(entry.endswith(name) for entry in names), name
    shutil.rmtree(source)

    place = tmp_path / "venv"
    venv.create(place, with_pip=False)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    call_pip("--python", str(python), "install", "--no-deps", "--no-index", str(built))
    own = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    (Path(own.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    finished = subprocess.run(
        [python, "-m", "logdiag", "demo"],
        cwd=tmp_path,
        env=PLAIN | {"PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "INCIDENT: 10 disconnects" in finished.stdout
    assert (place / "share" / "man" / "man1" / "logdiag.1").read_bytes() == (ROOT / "man" / "logdiag.1").read_bytes()


def call_pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments],
        check=True,
        capture_output=True,
        env=PLAIN,
    )
