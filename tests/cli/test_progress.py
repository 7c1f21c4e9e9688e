"""Progress is for whoever sits at a terminal; an interrupt says how far it came."""

from __future__ import annotations

import io
import sys

import pytest

from logdiag.cli import progress
from tests.cli.test_streams import Terminal


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bar is drawn into a file, nor with --quiet."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    with progress.show_progress(quiet=False) as on_progress:
        assert on_progress is not None
        on_progress(5, 10)
    assert stderr.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.show_progress(quiet=True) as on_progress:
        assert on_progress is None


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ((), "before the first log was read"),
        (((0, 20_000_000), (5_000_000, 20_000_000)), "5.0 of 20.0 MB read (25%)"),
        (((20_000_000, 20_000_000),), "all 20.0 MB read"),
    ],
)
def test_an_interrupt_says_how_far_the_reading_came(
    monkeypatch: pytest.MonkeyPatch, calls: tuple[tuple[int, int], ...], said: str
) -> None:
    """Also where no bar is drawn."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)

    def read() -> None:
        with progress.show_progress(quiet=False) as on_progress:
            assert on_progress is not None
            for done_bytes, total_bytes in calls:
                on_progress(done_bytes, total_bytes)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()
    assert stderr.getvalue() == f"logdiag: interrupted, {said}; nothing was written\n"


def test_an_interrupt_is_told_in_the_language_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everything that a person reads."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    def read() -> None:
        with progress.show_progress(quiet=False) as on_progress:
            assert on_progress is not None
            on_progress(5_000_000, 20_000_000)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()
    assert stderr.getvalue() == "logdiag: 已中断：已读 5.0 / 20.0 MB（25%）；没有写出任何结果\n"


def test_progress_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a bar is drawn on standard error only, a total of 0 bytes included."""
    stderr, stdout = Terminal(), io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(sys, "stdout", stdout)
    with progress.show_progress(quiet=False) as on_progress:
        assert on_progress is not None
        on_progress(0, 0)
        on_progress(5, 10)
        on_progress(10, 10)
    assert "reading" in stderr.getvalue()
    assert "analyzing" in stderr.getvalue()
    assert stdout.getvalue() == ""
