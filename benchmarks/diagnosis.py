"""Where the README's figures on clocks and triggers come from: false alarms, detection, confusion, power.

    python -m benchmarks.diagnosis [--quick] [--runs N] [--table nulls|detection|clocks|triggers]

Seeds are fixed: equal arguments give equal tables. Two processes are used.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Final

import numpy as np
from numpy.random import Generator

from benchmarks import processes
from benchmarks.baselines import BASELINES, Floats
from benchmarks.processes import SCENARIOS, Sample
from benchmarks.triggers import print_triggers
from logdiag.analyzers.clocks.patterns import ClockFit, DropSeries, find_patterns

SEED: Final = 7
LEVEL: Final = 0.01
TABLES: Final = ("nulls", "detection", "clocks", "triggers")
CLOCKS: Final = ("timer", "wall-clock", "connection-age", "idle")
NULLS: Final[dict[str, tuple[Callable[[Generator, int], Sample], tuple[int, ...], bool]]] = {
    # process, counts of drops, whether "regular-loop" is true of it
    "Poisson": (processes.poisson, (5, 7, 8, 10, 30, 60, 200), False),
    "Poisson, 1 s stamps": (processes.poisson_seconds, (10, 30, 60), False),
    "gamma loop CV .05": (processes.gamma_loop(0.05), (10, 30), True),
    "gamma loop CV .1": (processes.gamma_loop(0.1), (10, 30, 60), True),
    "gamma loop CV .2": (processes.gamma_loop(0.2), (10, 30), True),
    "gamma loop CV .3": (processes.gamma_loop(0.3), (20,), True),
    "gamma loop CV .5": (processes.gamma_loop(0.5), (20,), True),
    "uniform 20-40 s loop": (processes.uniform_loop, (20,), True),
    "exp. lifetime + back-off": (processes.random_lifetimes, (10, 20, 60), False),
    "the same with traffic": (processes.poisson_traffic, (20, 60), False),
    "flapping bursts": (processes.flapping, (10, 30, 60), False),
}
WORLDS: Final = {
    "design": processes.design_world,
    "hold-out": processes.hold_out_world,
    "no off-beat": processes.quiet_world,
}
KINDS: Final = ("timer", "wall-clock", "connection-age", "idle", "none", "burst")


def find_fits(sample: Sample) -> tuple[ClockFit, ...]:
    """Return what logdiag says of one sample."""
    start, end = float(sample.times_s[0]) - 30.0, float(sample.times_s[-1]) + 30.0
    series = DropSeries("worker1", sample.times_s, sample.connected_s, sample.traffic_s, start, end)
    return find_patterns([series]).fits


def _claims_of_null(seed: int, *, name: str, count: int) -> str:
    draw, _, _ = NULLS[name]
    kinds = {fit.kind for fit in find_fits(draw(np.random.default_rng([SEED, count, seed]), count))}
    return next((kind for kind in (*CLOCKS, "regular-loop", "burst") if kind in kinds), "none")


def binomial_p(successes: int, trials: int, level: float) -> float:
    """Return P[Bin(trials, level) >= successes]."""
    terms = (math.comb(trials, k) * level**k * (1.0 - level) ** (trials - k) for k in range(successes))
    return max(0.0, 1.0 - sum(terms))


def print_nulls(runs_count: int, pool: ProcessPoolExecutor) -> bool:
    """Print false alarms per null; return whether none is significantly above the level."""
    cells = [(name, count) for name, (_, counts, _) in NULLS.items() for count in counts]
    print(f"\nFalse alarms at alpha = {LEVEL}, {runs_count} runs a cell (significant: p < {0.01 / len(cells):.1e})\n")
    print("| null | n | clock claimed | loop claimed | false | rate | p |\n|---|---|---|---|---|---|---|")
    fine, worst = True, 1.0
    for name, count in cells:
        claims = Counter(pool.map(partial(_claims_of_null, name=name, count=count), range(runs_count), chunksize=20))
        clocks = sum(claims[kind] for kind in CLOCKS)
        false = clocks + (0 if NULLS[name][2] else claims["regular-loop"])
        p = binomial_p(false, runs_count, LEVEL)
        fine, worst = fine and p >= 0.01 / len(cells), min(worst, p)
        print(
            f"| {name} | {count} | {clocks} | {claims['regular-loop']} | {false} | {false / runs_count:.4f} | {p:.2g} |"
        )
    print(f"\nsmallest p {worst:.2g}: {'no cell is significantly above the level' if fine else 'ABOVE THE LEVEL'}")
    return fine


def _is_right(period_s: float | None, truths: Sequence[float]) -> bool:
    return period_s is not None and any(abs(period_s / truth - 1.0) <= 0.02 for truth in truths)


def _detect(seed: int, *, name: str) -> tuple[Floats, dict[str, tuple[float, float]], bool, bool, bool, float]:
    """Return times, baseline scores, and whether we were right, right as a clock, or wrong; and our error in s."""
    draw, truths = SCENARIOS[name]
    sample = draw(np.random.default_rng([SEED, 1, seed]))
    fits = find_fits(sample)
    right = [fit for fit in fits if _is_right(fit.period_s, truths)]
    clock = any(fit.kind in CLOCKS for fit in right)
    wrong = any(not _is_right(fit.period_s, truths) and fit.kind in CLOCKS for fit in fits)
    errors = [min(abs((fit.period_s or 0.0) - truth) for truth in truths) for fit in right]
    scores = {key: score(sample.times_s) for key, score in BASELINES.items()}
    return sample.times_s, scores, bool(right), clock, wrong, min(errors, default=math.nan)


def _score_null(seed: int, *, count: int, span_s: float, hard: bool) -> dict[str, float]:
    rng = np.random.default_rng([SEED, 2, seed])
    if hard and seed % 4:
        shape = 1.0 / (0.1 * (seed % 4)) ** 2
        times = np.cumsum(rng.gamma(shape, span_s / count / shape, count))
    else:
        times = np.sort(rng.uniform(0.0, span_s, count))
    times = np.round(times + processes.EPOCH_S, 3)
    return {key: score(times)[0] for key, score in BASELINES.items()}


def print_detection(runs_count: int, nulls_count: int, pool: ProcessPoolExecutor) -> bool:
    """Print detection per scenario beside the baselines; return whether our mean and worst beat each of theirs."""
    print(
        f"\nReported and within 2 %, {runs_count} runs; baselines: Poisson / hard threshold from {nulls_count} nulls\n"
    )
    print("| scenario | n | logdiag | as clock | wrong | period error |", " | ".join(BASELINES), "|")
    print("|---" * (6 + len(BASELINES)) + "|")
    rates: dict[str, list[float]] = {}
    for name in SCENARIOS:
        slow = name == "long300"
        runs, nulls = (min(runs_count, 12), min(nulls_count, 100)) if slow else (runs_count, nulls_count)
        drawn = list(pool.map(partial(_detect, name=name), range(runs)))
        times = drawn[0][0]
        thresholds = {}
        for hard in (False, True):
            null = partial(_score_null, count=len(times), span_s=float(times[-1] - times[0]), hard=hard)
            scores = list(pool.map(null, range(nulls), chunksize=5))
            thresholds[hard] = {key: float(np.quantile([s[key] for s in scores], 0.99)) for key in BASELINES}
        cells = []
        for key in BASELINES:
            pair = [
                float(np.mean([_beats(d[1][key], thresholds[hard][key], SCENARIOS[name][1]) for d in drawn]))
                for hard in (False, True)
            ]
            cells.append(f"{pair[0]:.2f}/{pair[1]:.2f}")
            if not slow:
                rates.setdefault(key, []).append(pair[0])
                rates.setdefault(f"{key} (hard)", []).append(pair[1])
        right, clock, wrong = (float(np.mean([d[i] for d in drawn])) for i in (2, 3, 4))
        error_ms = 1000.0 * float(np.nanmedian([d[5] for d in drawn]))
        if not slow:
            rates.setdefault("logdiag", []).append(right)
        print(
            f"| {name} | {len(times)} | {right:.2f} | {clock:.2f} | {wrong:.2f} | {error_ms:.2f} ms |",
            " | ".join(cells),
            "|",
        )
    return _print_ranking(rates)


def _beats(score: tuple[float, float], threshold: float, truths: Sequence[float]) -> bool:
    return score[0] > threshold and _is_right(score[1], truths)


def _print_ranking(rates: dict[str, list[float]]) -> bool:
    print("\n| method | mean | worst |\n|---|---|---|")
    for key, values in rates.items():
        print(f"| {key} | {np.mean(values):.3f} | {np.min(values):.2f} |")
    ours = rates.pop("logdiag")
    return all(np.mean(ours) > np.mean(v) and np.min(ours) >= np.min(v) for v in rates.values())


def _name_clock(seed: int, *, world: str, kind: str, count: int) -> str:
    rng = np.random.default_rng([SEED, 3, KINDS.index(kind), count, seed])
    drawn = WORLDS[world](rng)
    if kind == "burst":
        fits = find_fits(processes.live_burst(rng, drawn, count))
    else:
        fits = find_fits(processes.live(rng, drawn, kind, count))
    return fits[0].kind if fits else "none"


def print_clocks(runs_count: int, pool: ProcessPoolExecutor) -> None:
    """Print how often each class of clock gets its name, per set and number of drops."""
    print(f"\nRight name of the first pattern, {runs_count} runs a class\n")
    print("| set | n | accuracy |", " | ".join(KINDS), "| confusions |\n" + "|---" * (4 + len(KINDS)) + "|")
    for world, count in (
        ("design", 10),
        ("design", 20),
        ("hold-out", 10),
        ("hold-out", 20),
        ("no off-beat", 10),
        ("hold-out", 6),
    ):
        confusion: Counter[str] = Counter()
        shares = []
        for kind in KINDS:
            names = Counter(
                pool.map(partial(_name_clock, world=world, kind=kind, count=count), range(runs_count), chunksize=5)
            )
            shares.append(names[kind] / runs_count)
            confusion.update({f"{kind}→{name}": n for name, n in names.items() if name != kind})
        cells = " | ".join(f"{share:.2f}" for share in shares)
        told = ", ".join(f"{key} {n}" for key, n in confusion.most_common(6))
        print(f"| {world} | {count} | {np.mean(shares):.3f} | {cells} | {told} |")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tables; 1 when a false-alarm rate is above its level or a baseline is not beaten."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--runs", type=int, default=1000, help="runs per null; detection and clocks use fewer")
    parser.add_argument("--table", choices=TABLES, action="append")
    options = parser.parse_args(arguments)
    runs = options.runs // 10 if options.quick else options.runs
    tables = options.table or TABLES
    started, fine = time.perf_counter(), True
    with ProcessPoolExecutor(2) as pool:
        if "nulls" in tables:
            fine &= print_nulls(runs, pool)
        if "detection" in tables:
            fine &= print_detection(max(runs * 6 // 100, 10), max(runs * 4 // 10, 100), pool)
        if "clocks" in tables:
            print_clocks(max(runs * 6 // 100, 10), pool)
    if "triggers" in tables:
        print_triggers(max(runs * 3 // 100, 5))
    print(f"\n{time.perf_counter() - started:.0f} s", file=sys.stderr)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
