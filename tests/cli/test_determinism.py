"""The same logs give the same bytes, whatever else differs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.folders import SAMPLES

RUN: Final = """
import os, sys
count = int(sys.argv[1])
os.cpu_count = lambda: count
from logdiag.__main__ import main
sys.argv[1:] = sys.argv[2:]
main()
"""
# Hash seed, locale, zone, processors, and how the arguments are turned round.
VARIANTS: Final = (
    ({"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}, 1, False),
    ({"PYTHONHASHSEED": "1", "LC_ALL": "zh_CN.UTF-8", "TZ": "Asia/Shanghai"}, 7, True),
    ({"PYTHONHASHSEED": "4242", "LC_ALL": "C", "LANG": "de_DE.ISO-8859-1", "TZ": "America/St_Johns"}, 2, True),
    ({"PYTHONHASHSEED": "7", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Chatham"}, 64, False),
)


def diagnose(paths: list[Path], place: Path, variant: tuple[dict[str, str], int, bool]) -> bytes:
    environ, count, is_reversed = variant
    pinned = {"SOURCE_DATE_EPOCH": "1763136000", "PYTHONPATH": str(Path(__file__).parents[2])}
    names = [str(path) for path in (reversed(paths) if is_reversed else paths)]
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(count), "diagnose", *names, "--format", "json", "-q"],
        capture_output=True, cwd=place, env={**os.environ, **pinned, **environ}, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("sample", ["2025-11-14-reference", "healthy", "rotated-gzipped"])
def test_the_same_logs_give_the_same_bytes(tmp_path: Path, sample: str) -> None:
    """Whatever the order of arguments, the hash seed, the locale, the machine's zone and processors, or the folder."""
    folder = SAMPLES / sample
    paths = sorted(path for path in folder.rglob("*.log*") if path.is_file())
    assert len(paths) >= 3
    first, *others = VARIANTS
    expected = diagnose(paths, tmp_path, first)
    assert len(expected) > 10_000
    for number, variant in enumerate(others):
        place = tmp_path / f"{number}"
        place.mkdir()
        assert diagnose(paths, place, variant) == expected
