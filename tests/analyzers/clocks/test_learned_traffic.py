"""Lines of traffic are known by what they do: the clock of an idle limit starts anew with each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np
import pytest

from logdiag.analyzers.clocks.learned_traffic import LearnedTraffic, LineKind, SessionSpan, learn_traffic
from tests.folding import each

Draw = np.random.Generator
Life = Callable[[Draw, float], tuple[float, Mapping[str, Iterable[float]]]]
LIMIT_S: Final = 60.0
SESSIONS_COUNT: Final = 40


def _talk(draw: Draw, start: float, end: float, pause_s: float) -> list[float]:
    """Memoryless traffic up to the end, whatever ends the session."""
    times, now = [], start + draw.exponential(pause_s)
    while now < end:
        times.append(now)
        now += draw.exponential(pause_s)
    return times


def _idle(draw: Draw, start: float) -> tuple[float, Mapping[str, Iterable[float]]]:
    """Messages of two kinds, until one pause is as long as the limit."""
    kinds: dict[str, list[float]] = {"moss": [], "reed": []}
    now = start
    while (pause := draw.exponential(25.0)) < LIMIT_S:
        now += pause
        kinds["moss" if draw.random() < 0.5 else "reed"].append(now)
    return now + LIMIT_S + draw.normal(0.0, 0.02), kinds


def _aged(draw: Draw, start: float) -> tuple[float, Mapping[str, Iterable[float]]]:
    """An age limit, and lines of a constant age, nearer to the session's true start than the line that tells of it."""
    end = start + draw.normal(LIMIT_S, 0.05)
    early = {"welcome": [end - LIMIT_S + 0.5, end - LIMIT_S + 2.0], "half": [end - 0.5 * LIMIT_S]}
    return end, {"moss": _talk(draw, start, end, 25.0), **early}


def _memoryless(draw: Draw, start: float) -> tuple[float, Mapping[str, Iterable[float]]]:
    end = start + 1.0 + draw.exponential(2 * LIMIT_S)
    return end, {"moss": _talk(draw, start, end, 25.0)}


def _on_a_timer(draw: Draw, start: float) -> tuple[float, Mapping[str, Iterable[float]]]:
    """A beat of 90 s ends sessions; the same timer writes a status line 60 s before each beat."""
    end = (np.floor(start / 90.0) + draw.integers(1, 4)) * 90.0 + draw.normal(0.0, 0.003)
    beats = np.arange(np.ceil(start / 90.0) * 90.0 - LIMIT_S, end, 90.0)
    return end, {"status": beats[beats > start] + draw.normal(0.0, 0.003), "moss": _talk(draw, start, end, 25.0)}


def _heartbeat(draw: Draw, start: float) -> tuple[float, Mapping[str, Iterable[float]]]:
    """A pong every 25 s; 20 s after the ping that got none, 45 s after the last pong, the session ends."""
    pongs = start + 25.0 * np.arange(1, 2 + draw.poisson(4))
    end = float(pongs[-1]) + 45.0 + draw.normal(0.0, 0.01)
    return end, {"pong": pongs, "moss": _talk(draw, start, end, 25.0)}


def _triggered(draw: Draw, start: float) -> tuple[float, Mapping[str, Iterable[float]]]:
    """Something that comes once, whenever it likes, ends the session 42 s later."""
    begun = start + 1.0 + draw.exponential(2 * LIMIT_S)
    return begun + 42.0, {"export": [begun], "moss": _talk(draw, start, begun + 42.0, 25.0)}


def _dead(draw: Draw, start: float) -> tuple[float, Mapping[str, Iterable[float]]]:
    """Messages every second or so, until the line is dead, which the other side takes 60 s to find out."""
    last = start + draw.exponential(2 * LIMIT_S)
    return last + LIMIT_S, {"moss": [*_talk(draw, start, last, 1.0), last]}


def _soon(draw: Draw, start: float) -> tuple[float, Mapping[str, Iterable[float]]]:
    """An idle limit of 6 s."""
    now, times = start, list[float]()
    while (pause := draw.exponential(3.0)) < 6.0:
        now += pause
        times.append(now)
    return now + 6.0, {"moss": times}


def _learn(life: Life, seed: int = 7, known: Iterable[str] = (), count: int = SESSIONS_COUNT) -> LearnedTraffic | None:
    """What is learned of the sessions, and of a process that writes more than what these sessions make it write."""
    draw = np.random.default_rng(seed)
    spans, lines = [], dict[str, list[float]]()
    now = 1000.0
    for _ in range(count):
        end, written = life(draw, now)
        spans.append(SessionSpan("here", now, end, now))
        for name, times in written.items():
            lines.setdefault(name, []).extend(times)
        now = end + draw.uniform(0.5, 3.0)
    lines["health"] = _talk(draw, 1000.0, now, 9.0)
    lines["cron"] = list(np.arange(1000.0, now, 30.0))
    lines["chatter"] = _talk(draw, 1000.0, now, 70.0)
    kinds = [LineKind(name, {"here": np.sort(np.array(times))}) for name, times in lines.items()]
    told = {"here": np.sort(np.concatenate([np.empty(0), *(np.array(lines[name]) for name in known)]))}
    return learn_traffic(spans, kinds, told, resolution_s=0.001)


def test_the_lines_that_start_the_clock_anew_are_found_and_no_others() -> None:
    """Two kinds of message and an idle limit of 60 s, among health checks, a cron job and chatter."""
    learned = _learn(_idle)
    assert learned is not None
    assert {kind.name for kind in learned.kinds} == {"moss", "reed"}
    assert learned.limit_s == pytest.approx(LIMIT_S, abs=0.05)


def test_what_is_known_for_traffic_need_not_be_learned() -> None:
    """Where one of the two kinds is known, the other alone is missing."""
    learned = _learn(_idle, known=["reed"])
    assert learned is not None
    assert [kind.name for kind in learned.kinds] == ["moss"]


@each("life", [_aged, _memoryless, _on_a_timer, _heartbeat, _triggered, _dead])
@each("seed", range(6))
def test_what_only_looks_like_an_idle_limit_teaches_nothing(life: Life, seed: int) -> None:
    """Ages, chance, timers, lost heartbeats, triggers with a long lag, and lines that were dead before."""
    assert _learn(life, seed) is None


@pytest.mark.parametrize(("count", "is_learned"), [(8, False), (40, True)])
def test_lines_that_chance_may_put_there_teach_nothing(count: int, *, is_learned: bool) -> None:
    """A line stands 6 s before a drop by chance once in five: eight drops are too few for that, forty are not."""
    assert (_learn(_soon, count=count) is not None) is is_learned


def test_few_sessions_teach_nothing() -> None:
    """Seven sessions are fewer than show any clock."""
    spans = [SessionSpan("here", 100.0 * place, 100.0 * place + 80.0, 100.0 * place) for place in range(7)]
    kind = LineKind("moss", {"here": np.array([100.0 * place + 20.0 for place in range(7)])})
    assert learn_traffic(spans, [kind], {}, resolution_s=0.001) is None
