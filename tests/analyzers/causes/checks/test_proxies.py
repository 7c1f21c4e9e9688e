"""What proxies say of themselves: every check of every cause supports, refutes and cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from logdiag.analyzers.causes.catalogue import load_catalogue
from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.analyzers.causes.claims import attribute
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines, settle_lag
from logdiag.results.causes import Outcome
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import PatternKind
from tests.analyzers.cases import Scene, Scenes, at, case, claim, clock, facts_of, list_scenes, report
from tests.folding import each

SUPPORTS, REFUTES, UNKNOWN = Outcome.SUPPORTS, Outcome.REFUTES, Outcome.UNKNOWN
PROXY: Final = Evidence("proxy/error.log", 7)
HOUR_S: Final = 3600.0
LIMITS: Final = {"idle-timeout": PatternKind.IDLE, "connection-age-limit": PatternKind.CONNECTION_AGE}


def _line(second: float, limit: PatternKind | None = None) -> ProxyLine:
    return ProxyLine((at(second),), PROXY, limit)


def _limited(cause: str, near_count: int, lines_count: int, **fields: Any) -> Scene:
    """Six drops of which the first so many have a line of a timeout, in an hour that holds `lines_count` of them."""
    limit = LIMITS[cause]
    facts = (
        *facts_of(near_count, proxy_timeout=_line(0, limit), **fields),
        *facts_of(6, **fields)[near_count:],
    )
    lines = ProxyLines(timeouts=tuple(_line(10.0 * number, limit) for number in range(lines_count)), span_s=HOUR_S)
    return Scene(case(facts, proxies=lines), facts, {"count": near_count, "lines_count": lines_count or None})


def _reloaded(near_count: int, lines_count: int, *, drops_count: int = 6) -> Scene:
    facts = (*facts_of(near_count, proxy_reload=PROXY), *facts_of(drops_count)[near_count:])
    lines = ProxyLines(reloads=tuple(_line(10.0 * number) for number in range(lines_count)), span_s=HOUR_S)
    return Scene(case(facts, proxies=lines), facts, {"count": near_count, "lines_count": lines_count or None})


SCENES: Final[Scenes] = {
    "proxy-limit-at-drop": {
        SUPPORTS: lambda cause: _limited(cause, 6, 6),
        REFUTES: lambda cause: _limited(cause, 0, 6),
        UNKNOWN: lambda cause: _limited(cause, 3, 600),
    },
    "reload-at-drop": {
        SUPPORTS: lambda _: _reloaded(6, 6),
        REFUTES: lambda _: _reloaded(0, 6),
        UNKNOWN: lambda _: _reloaded(3, 300),
    },
}


@each(("cause", "check", "outcome"), list_scenes(SCENES))
def test_each_scene_yields_its_outcome(cause: str, check: str, outcome: Outcome) -> None:
    """Every check of every cause supports, refutes and cannot tell, with its numbers."""
    scene = SCENES[check][outcome](cause)
    result = CHECKS[check](scene.case, claim(cause, scene.facts))
    assert result.outcome is outcome
    assert {name: result.numbers[name] for name in scene.numbers} == scene.numbers


def test_without_a_line_of_a_proxy_nothing_is_known() -> None:
    """Logs without a proxy's tell neither for nor against it."""
    scene = _reloaded(0, 0)
    assert CHECKS["reload-at-drop"](scene.case, claim("proxy-reload", scene.facts)).outcome is UNKNOWN
    for cause in LIMITS:
        scene = _limited(cause, 0, 0)
        assert CHECKS["proxy-limit-at-drop"](scene.case, claim(cause, scene.facts)).outcome is UNKNOWN


@pytest.mark.parametrize(("told", "other"), [tuple(LIMITS), tuple(LIMITS)[::-1]])
def test_a_line_speaks_for_its_own_kind_of_limit_only(told: str, other: str) -> None:
    """Where no clock shows, a limit of idle time claims what a line of that kind tells, one of age nothing of it."""
    scene = _limited(told, 6, 6)
    claims = attribute(scene.case, load_catalogue())
    assert (len(claims[told]), len(claims[other])) == (6, 0)
    assert CHECKS["proxy-limit-at-drop"](scene.case, claim(other, scene.facts)).outcome is UNKNOWN


@each(
    ("cause", "fields", "outcome"),
    [
        ("idle-timeout", {}, UNKNOWN),
        ("idle-timeout", {"fit": clock("connection-age", margin_nats=9.0), "heard_s": 2.0}, REFUTES),
        ("idle-timeout", {"fit": clock("connection-age", margin_nats=9.0), "heard_s": None}, UNKNOWN),
        ("idle-timeout", {"fit": clock("connection-age", margin_nats=9.0), "heard_s": 29.9}, UNKNOWN),
        ("idle-timeout", {"fit": clock("connection-age", margin_nats=1.0), "heard_s": 2.0}, UNKNOWN),
        ("connection-age-limit", {"fit": clock("idle", margin_nats=9.0)}, REFUTES),
        ("connection-age-limit", {"fit": clock("idle", margin_nats=1.0)}, UNKNOWN),
        ("connection-age-limit", {"fit": clock("timer", margin_nats=9.0)}, UNKNOWN),
    ],
)
def test_only_clear_evidence_of_the_other_clock_outweighs_the_proxy(
    cause: str, fields: Mapping[str, Any], outcome: Outcome
) -> None:
    """A common age refutes an idle limit where messages came through until well within it: silent ones have it too."""
    scene = _limited(cause, 6, 6, **fields)
    fits = [one.fit for one in scene.facts[:1] if one.fit is not None]
    whole = replace(scene.case, patterns=report(*fits))
    check = "idle-pattern" if cause == "idle-timeout" else "age-pattern"
    assert CHECKS[check](whole, claim(cause, scene.facts)).outcome is outcome


def test_a_line_tells_of_one_connection_only() -> None:
    """Two ends beside one line: the nearer one has it; an access line may speak of when the request began or ended."""
    ended = ProxyLine((at(40), at(100)), PROXY)
    lines = ProxyLines(timeouts=(ended,))
    assert lines.pair_timeouts([(1, at(100.4), 0.0), (2, at(100.2), 0.0)]) == {2: ended}
    assert lines.pair_timeouts([(1, at(39.8), 0.0)]) == {1: ended}
    assert lines.pair_timeouts([(1, at(70), 0.0), (2, at(102), 0.0)]) == {}


def test_a_reload_stands_before_what_it_ends() -> None:
    """Within three seconds, or in its own second; of several lines of one reload the first counts for chance."""
    lines = ProxyLines(reloads=tuple(_line(second) for second in (10.0, 10.5, 400.0)), span_s=800.0)
    assert lines.find_reload(at(12), 0.0) == PROXY
    assert lines.find_reload(at(9.5), 0.0) == PROXY
    assert lines.find_reload(at(8), 0.0) is None
    assert lines.find_reload(at(14), 0.0) is None
    assert lines.find_reload(at(14), timedelta(seconds=1).total_seconds()) == PROXY
    assert lines.reload_chance == pytest.approx(2 * 4.0 / 800.0)


UNEVEN_S: Final = (100.0, 710.0, 1530.0, 2900.0, 3170.0)  # reloads by hand


@each(
    ("moments_s", "lag_s"),
    [
        ([second + 240.2 for second in UNEVEN_S], 240.2),
        ([second + 240.2 for second in UNEVEN_S[:3]] + [3000.0], 240.2),
        ([second + 240.2 for second in UNEVEN_S[:2]] + [3000.0], 0.0),
        ([second + 0.5 for second in UNEVEN_S], 0.0),
        ([150.0, 800.0, 1650.0, 3060.0], 0.0),
        ([second + 2400.0 for second in UNEVEN_S], 0.0),
    ],
    ids=["all", "three of four", "two", "at once", "any lag", "too late"],
)
def test_old_workers_end_a_constant_time_after_their_reload(moments_s: list[float], lag_s: float) -> None:
    """Three common cuts or more at one lag to reloads, and more than come right after reloads."""
    lines = ProxyLines(reloads=tuple(map(_line, UNEVEN_S)), span_s=HOUR_S)
    settled = settle_lag(lines, [at(second) for second in moments_s])
    assert settled.lag_s == pytest.approx(lag_s)
    assert settled.lags_count == (900 if lag_s else 1)
    if lag_s:
        assert settled.find_reload(at(moments_s[0]), 0.0) == PROXY
        assert settled.find_reload(at(moments_s[0] + 2), 0.0) is None


def test_two_clocks_have_a_lag_in_common_that_tells_nothing() -> None:
    """Reloads every ten minutes, and whatever else comes every ten minutes."""
    lines = ProxyLines(reloads=tuple(_line(600.0 * number) for number in range(6)), span_s=HOUR_S)
    assert settle_lag(lines, [at(600.0 * number + 240) for number in range(6)]) == lines


def test_the_reason_of_an_end_may_name_the_proxy_that_restarts() -> None:
    """Then no line of the proxy's own is needed, and it counts whatever its close code leaves open."""
    facts = facts_of(6, reason="cloudflare websocket proxy restarting")
    result = CHECKS["reload-at-drop"](case(facts), claim("proxy-reload", facts))
    assert result.outcome is SUPPORTS
    assert (result.numbers["said_count"], result.numbers["of_count"]) == (6, 6)
