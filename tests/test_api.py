"""`import logdiag`: what is public, that it is documented by examples that run, and that it costs nothing."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import logdiag
from logdiag import api
from logdiag.errors import InputError
from logdiag.results.diagnosis import Diagnosis
from tests.folders import ROOT, SAMPLES, diagnose_once

REFERENCE = SAMPLES / "2025-11-14-reference"


def test_the_public_interface_is_this() -> None:
    """A name that is added or taken away is added or taken away here, and each leads to the thing of its name."""
    assert logdiag.__all__ == [
        "Diagnosis", "Entry", "LogdiagError", "__version__", "diagnose", "read_csv", "timeline",
    ]  # fmt: skip
    assert set(logdiag.HOMES) == set(logdiag.__all__) - {"__version__"}
    for name, home in logdiag.HOMES.items():
        assert getattr(logdiag, name) is getattr(importlib.import_module(home), name)
        assert name in dir(logdiag)
    with pytest.raises(AttributeError, match="nonsense"):
        logdiag.__getattr__("nonsense")


def test_no_module_hides_a_public_name() -> None:
    """Python sets a submodule that is imported as an attribute of its package, whatever was called so before."""
    folder = Path(logdiag.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} | {path.name for path in folder.iterdir() if path.is_dir()}
    assert modules & set(logdiag.__all__) == set()


def test_importing_it_costs_nothing() -> None:
    """Neither pandas nor any other part of logdiag is loaded before it is asked for."""
    heavy = "('logdiag.', 'pandas', 'numpy')"
    code = f"import sys, logdiag; print(*(name for name in sys.modules if name.startswith({heavy})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


@pytest.mark.parametrize("shown", ["docs/results.md", "logdiag.api"])
def test_examples_run(shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the documentation shows is what comes out."""
    monkeypatch.chdir(ROOT)
    if shown.endswith(".md"):
        failed, tried = doctest.testfile(str(ROOT / shown), module_relative=False)
    else:
        failed, tried = doctest.testmod(api)
    assert failed == 0
    assert tried >= 3


def test_any_way_to_name_paths() -> None:
    """A text, a Path, several of them, or a collection."""
    wanted = diagnose_once(REFERENCE).diagnosis
    assert logdiag.diagnose(REFERENCE) == wanted == logdiag.diagnose([str(REFERENCE)])
    files = sorted(REFERENCE.glob("*.log"))
    assert isinstance(logdiag.diagnose(*files), Diagnosis)
    assert logdiag.diagnose(*files) == logdiag.diagnose(files)
    assert len(list(logdiag.timeline(*files))) == len(list(logdiag.timeline(files))) > 10


def test_faults_name_the_remedy(tmp_path: Path) -> None:
    """What is wrong is one exception with a sentence; the timeline raises it when it is read."""
    with pytest.raises(logdiag.LogdiagError, match="nowhere"):
        logdiag.diagnose(tmp_path / "nowhere")
    told = logdiag.timeline(tmp_path / "nowhere")
    with pytest.raises(InputError, match="nowhere"):
        next(told)
    with pytest.raises(KeyError, match="nonsense"):
        logdiag.diagnose(REFERENCE).frame("nonsense")


def test_options_are_those_of_the_command_line() -> None:
    """A window, a zone, rules and settings reach the analysis; filters reach the timeline."""
    found = logdiag.diagnose(REFERENCE, around="2025-11-14 16:27/30s", tz="UTC", max_http_buffer_size_bytes=5)
    assert [f"{drop.time:%H:%M:%S}" for drop in found.disconnects] == ["16:26:52", "16:27:16", "16:27:22"]
    entries = list(logdiag.timeline(REFERENCE, services=["data-*"], events=True))
    assert entries
    assert {entry.service for entry in entries} == {"data-pusher"}


def test_frames_keep_their_types_where_nothing_happened() -> None:
    """The columns of an empty table have the types of a full one."""
    full, empty = (diagnose_once(SAMPLES / name).diagnosis for name in ("2025-11-14-reference", "healthy"))
    assert len(empty.frame("disconnects")) == 0
    assert empty.frame("disconnects").dtypes.to_dict() == full.frame("disconnects").dtypes.to_dict()
    times = full.frame("disconnects")["time"]
    assert list(times) == [pd.Timestamp(drop.time) for drop in full.disconnects]
