"""Power and false discoveries of `find_triggers` against two usual methods, on simulated logs with known triggers.

Each run has about 40 disconnects and 196 templates: 120 Poisson, 40 that follow the load, 20 bursty, periodic ones,
3 consequences, and 3 or 4 true triggers that fire before 25-85 % of the disconnects and at other times as well.
`random`: disconnects at random, twice as many in a busy hour. `lattice`: a 30 s push timer closes the socket, and a
decoy of the same period ticks 20 ms before it. Run `python -m benchmarks.triggers [--quick]`; `benchmarks.diagnosis`
prints these tables as well.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.statistics.false_discovery import adjust_p_values
from logdiag.analyzers.statistics.tails import log_tails
from logdiag.analyzers.triggers.moments import DropContext, TemplateSeries
from logdiag.analyzers.triggers.search import find_triggers

SPAN_S = 3600.0
START_S = 1_763_137_552.0
LATTICE_SPAN_S = 1230.0
METHODS = ("logdiag", "hypergeometric 1 s bins", "ECA-Poisson")
WINDOWS_S = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class Simulation(NamedTuple):
    """Times from 0 of the disconnects and of every template, and which templates are what."""

    span_s: float
    drops_s: Floats
    templates: dict[str, Floats]
    true: frozenset[str]
    rare: str
    consequences: frozenset[str]


class Score(NamedTuple):
    """What one method made of one run."""

    found: int
    of: int
    false: int
    called: int
    consequences: int
    rare: bool
    push: bool


def _follow_load(generator: np.random.Generator, span_s: float, rate: float) -> Floats:
    times = generator.uniform(0, span_s, generator.poisson(rate * span_s * 3))
    busy = (times > 0.4 * span_s) & (times < 0.7 * span_s)
    return np.sort(times[generator.random(times.size) < np.where(busy, 1.0, 0.2)])


def _tick(generator: np.random.Generator, span_s: float, period_s: float, phase_s: float, jitter_s: float) -> Floats:
    ideal = np.arange(phase_s, span_s, period_s)
    return np.sort(ideal + generator.normal(0, jitter_s, ideal.size))


def _add_background(generator: np.random.Generator, span_s: float, drops: Floats) -> dict[str, Floats]:
    templates: dict[str, Floats] = {}
    for i in range(120):
        rate = 10 ** generator.uniform(-2.3, -0.3)
        templates[f"poisson {i}"] = np.sort(generator.uniform(0, span_s, generator.poisson(rate * span_s)))
    for i in range(40):
        templates[f"load {i}"] = _follow_load(generator, span_s, 10 ** generator.uniform(-2.0, -0.5))
    for i in range(20):
        onsets = generator.uniform(0, span_s, max(3, generator.poisson(span_s / 90)))
        bursts = [t + np.cumsum(generator.exponential(0.3, generator.integers(2, 9))) for t in onsets]
        templates[f"burst {i}"] = np.sort(np.concatenate(bursts))
    for i, period_s in enumerate((5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 60.0, 300.0)):
        templates[f"timer {i}"] = _tick(generator, span_s, period_s, generator.uniform(0, period_s), 0.004)
    for i, (low, high) in enumerate(((0.002, 0.02), (0.05, 0.4), (0.9, 1.6))):
        templates[f"consequence {i}"] = np.sort(drops + generator.uniform(low, high, drops.size))
    return templates


def _add_triggers(
    generator: np.random.Generator, span_s: float, drops: Floats, shares: tuple[float, ...]
) -> dict[str, Floats]:
    triggers: dict[str, Floats] = {}
    for i, share in enumerate(shares):
        hit = drops[generator.random(drops.size) < share]
        lag_s = 10 ** generator.uniform(-2, -0.7)
        idle = generator.uniform(0, span_s, generator.poisson(span_s / 40))
        times = np.concatenate((hit - lag_s * generator.uniform(0.5, 1.5, hit.size), idle))
        triggers[f"trigger {i}"] = np.sort(times)
    return triggers


def simulate_random(seed: int) -> Simulation:
    """Return disconnects at random over an hour with a busy period."""
    generator = np.random.default_rng((seed, 1))
    drops = _follow_load(generator, SPAN_S, 40 / (SPAN_S * 3 * 0.44))
    drops = drops[np.concatenate(([True], np.diff(drops) > 3.5))]
    templates = _add_background(generator, SPAN_S, drops)
    triggers = _add_triggers(generator, SPAN_S, drops, (0.25, 0.5, 0.85))
    names = frozenset(triggers)
    after = frozenset(name for name in templates if name.startswith("consequence"))
    return Simulation(SPAN_S, drops, templates | triggers, names, "trigger 0", after)


def simulate_lattice(seed: int) -> Simulation:
    """Return disconnects pulled by a 30 s push timer, with a decoy of the same period 20 ms ahead of it."""
    generator = np.random.default_rng((seed, 2))
    push = _tick(generator, LATTICE_SPAN_S, 30.006, 22.76, 0.02)
    drops = push + generator.uniform(0.005, 0.015, push.size)
    templates = _add_background(generator, LATTICE_SPAN_S, drops)
    templates["decoy"] = _tick(generator, LATTICE_SPAN_S, 30.006, 22.76 - 0.02, 0.004)
    triggers = {"push30": push, **_add_triggers(generator, LATTICE_SPAN_S, drops, (0.25, 0.5, 0.85))}
    after = frozenset(name for name in templates if name.startswith("consequence"))
    return Simulation(LATTICE_SPAN_S, drops, templates | triggers, frozenset(triggers), "trigger 0", after)


def run_logdiag(simulation: Simulation) -> tuple[set[str], set[str]]:
    """Return the templates that logdiag asserts as triggers, and those with all members and companions."""
    drops = np.round(simulation.drops_s + START_S, 3)
    connected = np.concatenate(([START_S], drops[:-1] + 1.2))
    context = DropContext(
        connection="worker1",
        source="worker1",
        times_s=drops,
        connected_s=connected,
        sessions_s=np.vstack((np.column_stack((connected, drops)), [[drops[-1] + 1.2, START_S + simulation.span_s]])),
        start_s=START_S,
        end_s=START_S + simulation.span_s,
        places=(None,) * drops.size,
    )
    series = [
        TemplateSeries(
            connection="worker1",
            source="worker1",
            service="simulated",
            level=None,
            template=name,
            times_s=np.sort(np.round(times + START_S, 3)),
            files=("simulated.log",),
            file_indices=np.zeros(times.size, dtype=np.int64),
            lines=np.arange(1, times.size + 1),
        )
        for name, times in simulation.templates.items()
    ]
    fits = [fit for fit in find_triggers([context], series) if fit.role == "trigger"]
    heads = {fit.line.template for fit in fits}
    return heads, heads | {template for fit in fits for _, template in (*fit.members, *fit.companions)}


def run_bins(simulation: Simulation) -> set[str]:
    """Return the templates whose 1 s bins coincide with those of the disconnects (hypergeometric tail, BH)."""
    from scipy.stats import hypergeom  # noqa: PLC0415  # a yardstick only

    total = int(simulation.span_s) + 1
    drop_bins = np.unique(simulation.drops_s.astype(int))
    names, p_values = list(simulation.templates), []
    for name in names:
        bins = np.unique(simulation.templates[name].astype(int))
        both = np.intersect1d(bins, drop_bins).size
        p_values.append(float(hypergeom.sf(both - 1, total, bins.size, drop_bins.size)))
    q_values = adjust_p_values(np.array(p_values), tests_count=len(names), dependent=False)
    return {name for name, q in zip(names, q_values, strict=True) if q <= 0.05}


def run_eca(simulation: Simulation) -> set[str]:
    """Return the templates by precursor coincidences against one global rate (Donges et al. 2016, BH)."""
    names, p_values = list(simulation.templates), []
    drops = simulation.drops_s
    for name in names:
        times = np.sort(simulation.templates[name])
        last = np.searchsorted(times, drops, side="left") - 1
        lags = np.where(last >= 0, drops - times[np.maximum(last, 0)], np.inf)
        counts = np.array([np.sum(lags <= w) for w in WINDOWS_S])
        chances = 1 - np.exp(-times.size / simulation.span_s * np.array(WINDOWS_S))
        tails = log_tails(np.repeat(chances[:, None], drops.size, axis=1), counts)
        p_values.append(min(1.0, float(np.exp(np.min(tails))) * len(WINDOWS_S)))
    q_values = adjust_p_values(np.array(p_values), tests_count=len(names), dependent=False)
    return {name for name, q in zip(names, q_values, strict=True) if q <= 0.05}


def score(simulation: Simulation, heads: set[str], known: set[str]) -> Score:
    """Return how the asserted triggers (and the members of their families) compare with the truth."""
    return Score(
        found=len(known & simulation.true),
        of=len(simulation.true),
        false=len(heads - simulation.true),
        called=len(heads),
        consequences=len(heads & simulation.consequences),
        rare=simulation.rare in known,
        push="push30" in known,
    )


def print_table(title: str, scores: dict[str, list[Score]]) -> None:
    """Print one scenario, a line a method."""
    print(f"\n{title}")
    print(f"{'':26}{'power':>7}{'FDR':>7}{'false/run':>11}{'conseq/run':>12}{'rare found':>12}{'push found':>12}")
    for method, rows in scores.items():
        runs = len(rows)
        power = sum(r.found for r in rows) / sum(r.of for r in rows)
        fdr = sum(r.false / max(r.called, 1) for r in rows) / runs
        false = sum(r.false for r in rows) / runs
        after = sum(r.consequences for r in rows) / runs
        rare, push = sum(r.rare for r in rows) / runs, sum(r.push for r in rows) / runs
        print(f"{method:26}{power:7.2f}{fdr:7.2f}{false:11.2f}{after:12.2f}{rare:12.2f}{push:12.2f}")


def print_triggers(runs: int) -> None:
    """Print the tables of both scenarios; seeds are fixed."""
    for title, simulate in (("random + busy period", simulate_random), ("lattice + decoy", simulate_lattice)):
        scores: dict[str, list[Score]] = {method: [] for method in METHODS}
        spent_s = 0.0
        for seed in range(runs):
            simulation = simulate(seed)
            start = time.process_time()
            heads, known = run_logdiag(simulation)
            spent_s += time.process_time() - start
            scores["logdiag"].append(score(simulation, heads, known))
            for method, found in ((METHODS[1], run_bins(simulation)), (METHODS[2], run_eca(simulation))):
                scores[method].append(score(simulation, found, found))
        print_table(f"{title}: {runs} runs, {spent_s / runs:.2f} CPU s a run for logdiag", scores)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5 runs a scenario instead of 30")
    print_triggers(5 if parser.parse_args().quick else 30)


if __name__ == "__main__":
    main()
