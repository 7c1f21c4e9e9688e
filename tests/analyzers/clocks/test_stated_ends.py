"""A clock is found among the ends of one close code, whatever ends other connections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from logdiag.analyzers.clocks.drop_table import DropSeries
from logdiag.analyzers.clocks.patterns import ClockFit, find_patterns
from tests.folding import each

CLIENTS = 70
LEAVES = 220
SPAN_S = 8 * 3600.0


def _watch(limit_s: float, cut_count: int, *, code: str = "1006", is_heard: bool = False) -> list[DropSeries]:
    """70 clients that come and go; some sessions end at a limit. All spoke last a second before they left."""
    dice = np.random.default_rng(5)
    cut = dice.permutation(np.arange(LEAVES + cut_count) < cut_count)
    rows = []
    for client in range(CLIENTS):
        mine = cut[client::CLIENTS]
        ages = np.where(mine, limit_s + dice.normal(0.03, 0.01, len(mine)), dice.lognormal(5.6, 1.0, len(mine)) + 20)
        opened = dice.uniform(0.0, SPAN_S) + np.cumsum(ages + dice.uniform(1.0, 200.0, len(mine))) - ages
        heard = np.where(mine, opened, opened + ages - 1.0) if is_heard else np.full(len(mine), np.nan)
        rows.append(
            DropSeries(
                f"client{client}",
                opened + ages,
                opened,
                heard,
                0.0,
                2 * SPAN_S,
                survived_s=np.where(mine, 0.0, ages - 1.0) if is_heard else None,
                stated=tuple(code if one else ("1000", "1005")[number % 2] for number, one in enumerate(mine)),
            )
        )
    return rows


def _find(rows: list[DropSeries]) -> list[ClockFit]:
    return list(find_patterns(rows).fits)


@each(("limit_s", "count"), [(60.0, 10), (90.0, 12), (270.01, 14)])
def test_a_limit_of_one_code_is_found_among_many_ends(limit_s: float, count: int) -> None:
    """Ten ends of one code at one age show it, though 220 of other codes do not keep it."""
    (fit,) = _find(_watch(limit_s, count))
    assert (fit.kind, len(fit.members)) == ("connection-age", count)
    assert abs((fit.period_s or 0.0) - limit_s) < 0.1


def test_an_age_that_others_outlive_may_be_one_of_silence() -> None:
    """Whose traffic nobody knows may have spoken, and so outlived an idle limit: both readings stay open."""
    (fit,) = _find(_watch(60.0, 10))
    assert (fit.margin_nats, fit.runner_up) == (0.0, "idle")


def test_a_silence_that_others_outlive_is_no_idle_limit() -> None:
    """Sessions of other codes were silent for longer, and lived on."""
    assert all(fit.kind != "idle" for fit in _find(_watch(60.0, 10, is_heard=True)))


def test_one_code_for_all_is_no_group() -> None:
    """Where all ends say the same, the search over all was the search of that group."""
    rows = [replace(row, stated=("1006",) * len(row.times_s)) for row in _watch(60.0, 10)]
    assert not _find(rows)


def test_every_group_is_one_more_chance_of_a_false_alarm() -> None:
    """The odds of a clock of one code are those of one search, times the groups that were searched and one."""
    rows = _watch(60.0, 10)
    (fit,) = _find(rows)
    alone = _find([row.pick(np.array(row.stated) == "1006") for row in rows])
    assert (fit.false_alarm_probability or 0.0) > 2.0 * (alone[0].false_alarm_probability or 0.0)


def test_ends_at_random_keep_no_clock_in_any_group() -> None:
    """Memoryless ends of three codes are those of none."""
    dice = np.random.default_rng(11)
    for _ in range(10):
        opened = np.sort(dice.uniform(0.0, SPAN_S, 200))
        codes = tuple(dice.choice(["1000", "1005", "1006"], 200).tolist())
        rows = [
            DropSeries(
                f"c{n}",
                opened[n::50] + dice.exponential(90.0, 4),
                opened[n::50],
                np.full(4, np.nan),
                0.0,
                SPAN_S,
                stated=codes[n::50],
            )
            for n in range(50)
        ]
        assert not [fit for fit in _find(rows) if fit.kind in {"connection-age", "idle", "timer"}]
