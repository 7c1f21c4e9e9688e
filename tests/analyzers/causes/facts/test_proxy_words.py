"""When handshakes that a proxy saw fail tell of the moment in which several connections were cut."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.facts.proxy_words import find_proxy_words
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import at, connected, drop_of, session, timeline
from tests.analyzers.causes.facts.inputs import know

PROXY = "proxy/access.log"


def _count_failures(seconds: list[float], *, together: bool = True, reason: str = "transport close") -> int:
    """Three moments, ten minutes apart, in each of which two connections end; handshakes fail at these seconds."""
    sessions = [
        session(600.0 * moment, connection=name, reason=reason)
        for moment in (1, 2, 3)
        for name in ("worker1", "worker2")
    ]
    drops = [
        drop_of(one, number, fleet_event=(number + 1) // 2 if together else None)
        for number, one in enumerate(sessions, 1)
    ]
    failures = tuple(ProxyLine((at(second),), Evidence(PROXY, round(second))) for second in seconds)
    _, endings = know(timeline(connected(0.0)), sessions, drops=drops)
    found = find_proxy_words(ProxyLines(failures=failures, span_s=3600.0), endings)
    return sum(words.failure is not None for words in found)


@pytest.mark.parametrize(
    ("seconds", "count"),
    [
        ([601.0, 1202.0, 1803.0], 6),
        ([900.0], 0),
        ([5.5 * place for place in range(600)], 0),
        ([4.0 * place for place in range(900)], 0),
        ([601.0 + place for place in range(40)] + [1202.0 + place for place in range(40)], 4),
    ],
)
def test_failed_handshakes_tell_where_they_follow_cuts_more_than_chance_has_it(
    seconds: list[float], count: int
) -> None:
    """After each of three common cuts, or of two; not elsewhere, nor where another server is asked in vain all day."""
    assert _count_failures(seconds) == count


def test_ends_of_single_connections_and_ends_that_are_no_cuts_have_no_failed_handshake() -> None:
    """A proxy without a server behind it cuts everybody, and says nothing of those who go by themselves."""
    assert _count_failures([601.0, 1202.0, 1803.0], together=False) == 0
    assert _count_failures([601.0, 1202.0, 1803.0], reason="io client disconnect") == 0
