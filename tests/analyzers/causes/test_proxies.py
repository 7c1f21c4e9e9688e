"""The lines of proxies: what each tells, and of which moments."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines, list_proxy_lines
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
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


def _lines(*seconds: float) -> tuple[ProxyLine, ...]:
    return tuple(ProxyLine((at(second),), Evidence(PROXY, round(second))) for second in seconds)


def test_lines_that_are_everywhere_are_certain_and_no_more() -> None:
    """A reload, a timeout and a failed handshake each six seconds: whatever the moment, one of each is in reach."""
    often = _lines(*range(0, 600, 6))
    known = ProxyLines(timeouts=often * 4, reloads=_lines(*range(0, 600, 4)), span_s=590.0, failures=often)
    assert (known.timeout_chance, known.reload_chance, known.away_share) == (1.0, 1.0, 1.0)


def test_a_reload_or_a_failed_handshake_of_several_lines_counts_once() -> None:
    """The lines of a reload follow within 3 s, those of clients that try again within 5 s; then it is another one."""
    assert ProxyLines(reloads=_lines(10, 12, 13, 16.5)).reload_starts == [at(10), at(16.5)]
    assert ProxyLines(reloads=_lines(10, 12, 13), span_s=400.0).reload_chance == pytest.approx(4 / 400)
    assert ProxyLines(failures=_lines(10, 14, 19, 24.5), span_s=1200.0).away_share == pytest.approx(2 * 6 / 1200)


@pytest.mark.parametrize(
    ("moment", "error_s", "line"),
    [(9.0, 0.0, 10), (8.9, 0.0, None), (8.9, 0.1, 10), (13.0, 0.0, 10), (13.1, 0.0, None), (41.0, 0.0, 40)],
)
def test_a_reload_ends_connections_within_three_seconds(moment: float, error_s: float, line: int | None) -> None:
    """Or a second before its line, which is stamped in whole seconds; the last of several counts."""
    found = ProxyLines(reloads=_lines(10, 39, 40)).find_reload(at(moment), error_s)
    assert found == (None if line is None else Evidence(PROXY, line))


@pytest.mark.parametrize(("moment", "line"), [(4.9, None), (5.0, 10), (11.0, 10), (11.1, None), (36.0, 40)])
def test_a_client_that_comes_back_in_vain_does_so_within_five_seconds(moment: float, line: int | None) -> None:
    """The first handshake after the end that finds no server behind the proxy."""
    found = ProxyLines(failures=_lines(10, 40, 41)).find_failure(at(moment), 0.0)
    assert found == (None if line is None else Evidence(PROXY, line))
