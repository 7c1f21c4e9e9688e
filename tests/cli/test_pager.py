"""Long reports in a terminal go through a pager, in a pipe never."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from logdiag.cli import pager
from tests.processes import DEVNULL, start

if sys.platform == "win32":
    pytest.skip("pseudo-terminals of POSIX", allow_module_level=True)
import pty

SAMPLE = str(Path(__file__).parents[2] / "sample_logs" / "2025-11-14-reference")
CATCH = "sh -c 'cat > paged.txt'"


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({"LOGDIAG_PAGER": "sh -x", "PAGER": "more"}, ["sh", "-x"]),
        ({"PAGER": "sh"}, ["sh"]),
        ({"LOGDIAG_PAGER": "", "PAGER": "sh"}, []),
        ({"PAGER": "cat"}, []),
        ({"PAGER": "no-such-pager-anywhere"}, []),
        ({"PAGER": "sh 'unclosed"}, []),
        ({"PAGER": "sh", "TERM": "dumb"}, []),
    ],
)
def test_choose_pager(environ: dict[str, str], command: list[str]) -> None:
    """LOGDIAG_PAGER comes before PAGER; empty or cat means none, and so does what cannot be started."""
    assert pager.choose_pager({"PATH": os.environ["PATH"], **environ}) == command


def run_in_terminal(folder: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """Run logdiag with standard output on a pseudo-terminal of 24 lines; return its code and what the screen got."""
    inner, outer = pty.openpty()
    variables = {**os.environ, "TERM": "xterm", "LINES": "24", "COLUMNS": "80", **environ}
    with start(*arguments, stdout=outer, stderr=DEVNULL, cwd=folder, environ=variables) as process:
        os.close(outer)
        shown = bytearray()
        while True:
            try:
                shown += os.read(inner, 65536)
            except OSError:  # the other end is closed
                break
    os.close(inner)
    return process.wait(), shown.decode()


def test_a_long_report_goes_through_the_pager(tmp_path: Path) -> None:
    """The pager gets the whole report in colour, the screen what the pager shows, the caller the code of the run."""
    code, shown = run_in_terminal(tmp_path, "diagnose", SAMPLE, "--fail-on", "error", LOGDIAG_PAGER=CATCH)
    paged = (tmp_path / "paged.txt").read_text()
    assert (code, shown) == (1, "")
    assert "\x1b[" in paged
    assert "OPEN QUESTIONS" in paged


@pytest.mark.parametrize("argument", ["--no-pager", "--quiet"])
def test_no_pager_where_none_is_wanted_or_needed(tmp_path: Path, argument: str) -> None:
    """--no-pager writes to the screen, and so does what fits on it."""
    _, shown = run_in_terminal(tmp_path, "diagnose", SAMPLE, argument, LOGDIAG_PAGER=CATCH)
    assert "INCIDENT" in shown
    assert not (tmp_path / "paged.txt").exists()


def test_a_pager_that_is_left_early_changes_nothing(tmp_path: Path) -> None:
    """Whoever leaves the pager at once has still run the diagnosis."""
    code, shown = run_in_terminal(tmp_path, "diagnose", SAMPLE, LOGDIAG_PAGER="true")
    assert (code, shown) == (0, "")
