"""Machines that Hyperscan and ISA-L have no wheel for: everything works, and every byte is the same."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

import pytest

from tests.folders import SAMPLES

pytestmark = pytest.mark.xdist_group("wheels")  # asked once for all

HIDDEN: Final = ("hyperscan", "isal")
ROOT: Final = Path(__file__).parents[2]
COMMANDS: Final = (
    ("diagnose", "--format", "json"),
    ("diagnose", "--verbose"),
    ("timeline",),
    ("rules", "--propose"),
)
COMPARED: Final = ("2025-11-14-reference", "rotated-gzipped", "malformed")
# One process asks all, since a start takes longer than most of the answers.
ASK: Final = """
import io, json, sys
from logdiag.cli import exits
from logdiag.cli.app import app

import logdiag.parsers.searches, logdiag.reading.frames

answers = {"modules": [str(logdiag.parsers.searches.hyperscan), str(logdiag.reading.frames.quick_zlib)]}
for arguments in json.loads(sys.argv[1]):
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2)]
    sys.stdout, sys.stderr = streams
    code = int(exits.run(app, arguments))
    texts = [(stream.flush(), stream.buffer.getvalue().decode("utf-8"))[1] for stream in streams]
    answers[json.dumps(arguments)] = [code, *texts]
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(answers, file)
"""


@pytest.fixture(scope="module")
def hiding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose modules stand before the installed ones and say that they are not there."""
    folder = tmp_path_factory.mktemp("hiding")
    for name in HIDDEN:
        (folder / f"{name}.py").write_text("raise ImportError('hidden')\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a log that is cut off, one that is damaged between two whole ones, and an archive with one within."""
    logs = tmp_path_factory.mktemp("damaged")
    source = next((SAMPLES / "2025-11-14-reference").glob("*client*.log"))
    packed = gzip.compress(source.read_bytes())
    (logs / "cut.log.gz").write_bytes(packed[: len(packed) // 2])
    (logs / "two.log.gz").write_bytes(packed[:-20] + b"\xff" * 12 + packed[-8:] + packed)
    with tarfile.open(logs / "all.tgz", "w:gz") as archive:
        archive.add(source, "worker/client.log")
        archive.add(logs / "cut.log.gz", "worker/old.log.gz")
    return logs


@pytest.fixture(scope="module")
def answers(hiding: Path, damaged: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, list[object]]]:
    """What all commands answer about all samples: with the modules, and without."""
    asked = [[*arguments, str(SAMPLES / sample)] for sample in COMPARED for arguments in COMMANDS]
    asked.append([*COMMANDS[0], str(damaged)])
    found = []
    for before in ((), (hiding,)):
        path = tmp_path_factory.mktemp("answers") / "answers.json"
        environ = {"SOURCE_DATE_EPOCH": "1763136000", "PYTHONPATH": os.pathsep.join(map(str, (*before, ROOT)))}
        subprocess.run([sys.executable, "-c", ASK, json.dumps(asked), str(path)], check=True, env=os.environ | environ)
        found.append(json.loads(path.read_text("utf-8")))
    return found


def test_modules_are_hidden(answers: list[dict[str, list[object]]]) -> None:
    """Else the tests below would compare a thing with itself."""
    there, hidden = (answer["modules"] for answer in answers)
    assert str(there[0]).startswith("<module 'hyperscan'")
    assert str(there[1]).startswith("<module 'isal.")
    assert hidden[0] == "None"
    assert str(hidden[1]).startswith("<module 'zlib'")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("sample", COMPARED)
def test_samples_read_the_same(answers: list[dict[str, list[object]]], arguments: tuple[str, ...], sample: str) -> None:
    """Reports, timelines and proposals of whole folders, packed files among them."""
    expected, got = (answer[json.dumps([*arguments, str(SAMPLES / sample)])] for answer in answers)
    assert len(str(expected[1])) > 200
    assert got == expected


def test_damaged_and_nested_archives_read_the_same(answers: list[dict[str, list[object]]], damaged: Path) -> None:
    """A cut gzip gives every line before the cut; what is packed within an archive is held, packed again."""
    expected, got = (answer[json.dumps(["diagnose", "--format", "json", str(damaged)])] for answer in answers)
    assert "all.tgz!worker/client.log" in str(expected[1])
    assert got == expected
