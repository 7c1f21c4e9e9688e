"""What proxies say of themselves: every check of every cause supports, refutes and cannot tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.results.causes import Outcome
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import Scene, Scenes, at, case, claim, facts_of, list_scenes

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN
PROXY: Final = Evidence("proxy/error.log", 7)
HOUR_S: Final = 3600.0


def _line(second: float) -> ProxyLine:
    return ProxyLine((at(second),), PROXY)


def _limited(near_count: int, lines_count: int, *, drops_count: int = 6) -> Scene:
    """Drops of which the first so many have a line of a timeout, in an hour that holds `lines_count` of them."""
    facts = (
        *facts_of(near_count, proxy_timeout=PROXY),
        *facts_of(drops_count)[near_count:],
    )
    lines = ProxyLines(timeouts=tuple(_line(12.0 * number) for number in range(lines_count)), span_s=HOUR_S)
    return Scene(case(facts, proxies=lines), facts, {"count": near_count, "lines_count": lines_count or None})


def _reloaded(near_count: int, lines_count: int, *, drops_count: int = 6) -> Scene:
    facts = (*facts_of(near_count, proxy_reload=PROXY), *facts_of(drops_count)[near_count:])
    lines = ProxyLines(reloads=tuple(_line(12.0 * number) for number in range(lines_count)), span_s=HOUR_S)
    return Scene(case(facts, proxies=lines), facts, {"count": near_count, "lines_count": lines_count or None})


SCENES: Final[Scenes] = {
    "proxy-limit-at-drop": {
        SUPPORTS: lambda _: _limited(6, 6),
        REFUTES: lambda _: _limited(0, 6),
        UNKNOWN: lambda _: _limited(3, 600),
    },
    "reload-at-drop": {
        SUPPORTS: lambda _: _reloaded(6, 6),
        REFUTES: lambda _: _reloaded(0, 6),
        UNKNOWN: lambda _: _reloaded(3, 300),
    },
}


@pytest.mark.parametrize(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == scene.numbers


@pytest.mark.parametrize("build", [_limited, _reloaded])
def test_without_a_line_of_a_proxy_nothing_is_known(build: object) -> None:
    """Logs without a proxy's tell neither for nor against it."""
    scene = build(0, 0)  # type: ignore[operator]
    name = "proxy-limit-at-drop" if build is _limited else "reload-at-drop"
    assert CHECKS[name](scene.case, claim("proxy-reload", scene.facts)).outcome is UNKNOWN


def test_a_line_tells_of_one_connection_only() -> None:
    """Two ends beside one line: the nearer one has it; an access line may speak of when the request began or ended."""
    ended = ProxyLine((at(40), at(100)), PROXY)
    lines = ProxyLines(timeouts=(ended,))
    assert lines.pair_timeouts([(1, at(100.4), 0.0), (2, at(100.2), 0.0)]) == {2: PROXY}
    assert lines.pair_timeouts([(1, at(39.8), 0.0)]) == {1: PROXY}
    assert lines.pair_timeouts([(1, at(70), 0.0), (2, at(102), 0.0)]) == {}


def test_a_reload_stands_before_what_it_ends() -> None:
    """Within ten seconds, or in its own second; of several lines of one reload the first counts for chance."""
    lines = ProxyLines(reloads=tuple(_line(second) for second in (10.0, 10.5, 400.0)), span_s=800.0)
    assert lines.find_reload(at(12), 0.0) == PROXY
    assert lines.find_reload(at(9.5), 0.0) == PROXY
    assert lines.find_reload(at(8), 0.0) is None
    assert lines.find_reload(at(21), 0.0) is None
    assert lines.find_reload(at(21), timedelta(seconds=1).total_seconds()) == PROXY
    assert lines.reload_chance == pytest.approx(2 * 11.0 / 800.0)
