"""A small log of connections as an application writes it, for tests that give it the form of an export or a copy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from logdiag.pipeline.stages import diagnose as run
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis

START = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
SENTENCES = ("socket connected id=s{0}aQ9x", "job {0} done", "socket disconnected id=s{0}aQ9x")


def diagnose(folder: Path) -> Diagnosis:
    return run(Request((str(folder),))).diagnosis


def list_rows(count: int = 24) -> list[tuple[datetime, str]]:
    """So many connections, each of 25 s, and something else between."""
    rows = []
    for number in range(count):
        begin = START + timedelta(seconds=41 * number + (number * number) % 7)
        moments = (begin, begin + timedelta(seconds=9), begin + timedelta(seconds=25))
        rows += [(moment, said.format(number + 10)) for moment, said in zip(moments, SENTENCES, strict=True)]
    return sorted(rows)


def show(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
