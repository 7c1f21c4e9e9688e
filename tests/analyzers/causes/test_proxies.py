"""The lines of proxies: what each tells, and of which moments."""

from __future__ import annotations

from logdiag.analyzers.causes.proxies import list_proxy_lines
from logdiag.events import EventKind
from tests.analyzers.cases import at, connected, event, timeline

PROXY = "proxy/error.log"


def test_lines_of_proxies_are_listed_by_kind_and_time_with_the_moments_that_they_tell() -> None:
    """A line that says how long a request lasted may tell of its start or of its end; others are of one moment."""
    frame = timeline(
        connected(0.0),
        event(90.0, EventKind.PROXY_TIMEOUT, PROXY),
        event(30.0, EventKind.PROXY_TIMEOUT, PROXY, value=60_000.0),
        event(45.0, EventKind.PROXY_RELOAD, PROXY),
    )
    lines = list_proxy_lines(frame)
    assert [(line.moments, line.evidence.line) for line in lines.timeouts] == [
        ((at(30.0), at(90.0)), 2),
        ((at(90.0),), 1),
    ]
    assert [(line.moments, line.evidence.line) for line in lines.reloads] == [((at(45.0),), 3)]
