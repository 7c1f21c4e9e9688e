"""The same logs give the same bytes, whatever else differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.folders import ROOT, SAMPLES

pytestmark = pytest.mark.xdist_group("variants")  # asked once for all

RUN: Final = """
import json, os, sys
count = int(sys.argv[1])
os.cpu_count = lambda: count
from logdiag.cli import exits
from logdiag.cli.app import app
for arguments in json.loads(sys.argv[2]):
    assert exits.run(app, arguments) == 0
    sys.stdout.flush()
    sys.stdout.buffer.write(b"\\0")
    sys.stdout.buffer.flush()
"""
COMPARED: Final = ("2025-11-14-reference", "healthy", "rotated-gzipped")
Variant = tuple[dict[str, str], int, bool]
# Hash seed, locale, zone, processors, and how the arguments are turned round.
VARIANTS: Final[tuple[Variant, ...]] = (
    ({"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}, 1, False),
    ({"PYTHONHASHSEED": "1", "LC_ALL": "zh_CN.UTF-8", "TZ": "Asia/Shanghai"}, 7, True),
    ({"PYTHONHASHSEED": "4242", "LC_ALL": "C", "LANG": "de_DE.ISO-8859-1", "TZ": "America/St_Johns"}, 2, True),
    ({"PYTHONHASHSEED": "7", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Chatham"}, 64, False),
)


def diagnose(asked: dict[str, list[Path]], place: Path, variant: Variant) -> dict[str, bytes]:
    """What one process answers about each sample."""
    environ, count, is_reversed = variant
    pinned = {"SOURCE_DATE_EPOCH": "1763136000", "PYTHONPATH": str(ROOT)}
    runs = []
    for paths in asked.values():
        names = [str(path) for path in (reversed(paths) if is_reversed else paths)]
        runs.append(["diagnose", *names, "--format", "json", "-q"])
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(count), json.dumps(runs)],
        capture_output=True, cwd=place, env={**os.environ, **pinned, **environ}, check=True,
    )  # fmt: skip
    return dict(zip(asked, done.stdout.split(b"\0")[:-1], strict=True))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """What each variant, a fresh interpreter in a folder of its own, answers about each sample."""
    asked = {
        sample: sorted(path for path in (SAMPLES / sample).rglob("*.log*") if path.is_file()) for sample in COMPARED
    }
    assert all(len(paths) >= 3 for paths in asked.values())
    return [diagnose(asked, tmp_path_factory.mktemp("variant"), variant) for variant in VARIANTS]


@pytest.mark.parametrize("sample", COMPARED)
def test_the_same_logs_give_the_same_bytes(answers: list[dict[str, bytes]], sample: str) -> None:
    """Whatever the order of arguments, the hash seed, the locale, the machine's zone and processors, or the folder."""
    expected, *others = (answer[sample] for answer in answers)
    assert len(expected) > 10_000
    assert others == [expected] * (len(VARIANTS) - 1)
