"""When handshakes that a proxy saw fail tell of the moment in which several connections were cut."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.facts.proxy_words import find_proxy_words
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import PatternKind
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


def _count_timeouts(reason: str | None, *, told_count: int, span_s: float = 86_400.0) -> int:
    """Twenty ends in these words, of which a proxy says of so many, in their seconds, that a limit of its ran out."""
    sessions = [session(600.0 * place, connection=f"worker{place}", reason=reason) for place in range(1, 21)]
    drops = [drop_of(one, number) for number, one in enumerate(sessions, 1)]
    lines = tuple(
        ProxyLine((at(600.0 * place),), Evidence(PROXY, place), PatternKind.IDLE) for place in range(1, told_count + 1)
    )
    _, endings = know(timeline(connected(0.0)), sessions, drops=drops)
    return sum(words.timeout is not None for words in find_proxy_words(ProxyLines(lines, span_s=span_s), endings))


@pytest.mark.parametrize("reason", [None, "transport close", "closed by the peer", "连接被对端断开"])
def test_a_limit_of_a_proxy_is_joined_to_ends_whose_words_name_no_party(reason: str | None) -> None:
    """What a server notes of whoever hangs up fits a proxy that does; chance does not bring so many of them a line."""
    assert _count_timeouts(reason, told_count=18) == 18


def test_a_limit_of_a_proxy_is_not_joined_to_ends_that_say_who_ended_them_nor_to_one_by_chance() -> None:
    """A client that disconnects itself was cut by nobody, and one line in the second of one end may be another's."""
    assert _count_timeouts("io client disconnect", told_count=18) == 0
    assert _count_timeouts("closed by the peer", told_count=1, span_s=60.0) == 0
