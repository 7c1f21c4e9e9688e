"""Fit the step from log-odds to confidence, and see on other incidents whether it helps.

    python -m benchmarks.calibration [--count 122] [--train 1001] [--test 2002]

Writes incidents with `benchmarks.simulate` and takes every cause whose confidence no limit has cut off. On the training
seed it fits logit(confidence) = slope * log-odds by maximum likelihood: Platt's scaling (1999) without an offset, so
that even odds stay even and nothing is asserted that was not. The slope is CALIBRATION_SLOPE of
`logdiag.analyzers.causes`. On the test seed it prints the Brier score without and with that step.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.causes import Verdict, judge_all
from benchmarks.simulate import make
from logdiag.analyzers.causes.ranking import (
    CALIBRATION_SLOPE,
    CLAIMS_NOTHING,
    DEAD,
    MOST_SURE,
    NOT_ASSERTED,
    UNSUPPORTED,
)

LIMITS: Final = (DEAD, UNSUPPORTED, CLAIMS_NOTHING, NOT_ASSERTED, MOST_SURE)
STEPS_COUNT: Final = 50

Floats: TypeAlias = NDArray[np.float64]


def collect(count: int, seed: int) -> tuple[Floats, Floats]:
    """Return what `weigh` does, of `count` incidents."""
    with tempfile.TemporaryDirectory() as temporary, ProcessPoolExecutor(os.cpu_count()) as pool:
        folders = make(Path(temporary), count, seed)
        return weigh(judge_all(pool, folders))


def weigh(verdicts: Iterable[Verdict]) -> tuple[Floats, Floats]:
    """Return log-odds (n,) and rightness (n,), 0 or 1, of the causes that no limit has cut off."""
    pairs = [
        pair for verdict in verdicts for pair in verdict.weighed if pair[0] > UNSUPPORTED and pair[0] not in LIMITS
    ]
    confidence = np.array([pair[0] for pair in pairs])
    log_odds = np.log(confidence / (1 - confidence)) / CALIBRATION_SLOPE
    return log_odds, np.array([float(pair[1]) for pair in pairs])


def fit(log_odds: Floats, right: Floats) -> float:
    """Return the slope by Newton's method, with Platt's targets instead of 0 and 1 against overconfidence."""
    target = np.where(right > 0, (right.sum() + 1) / (right.sum() + 2), 1 / (len(right) - right.sum() + 2))
    slope = 1.0
    for _ in range(STEPS_COUNT):
        chance = 1 / (1 + np.exp(-slope * log_odds))
        slope += float(log_odds @ (target - chance)) / float(log_odds**2 @ (chance * (1 - chance)))
    return slope


def brier(log_odds: Floats, right: Floats, slope: float) -> float:
    """Return the mean squared error of the confidence that the step gives, no more than the greatest allowed."""
    confidence = np.minimum(1 / (1 + np.exp(-slope * log_odds)), MOST_SURE)
    return float(np.mean((confidence - right) ** 2))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=122)
    parser.add_argument("--train", type=int, default=1001)
    parser.add_argument("--test", type=int, default=2002)
    options = parser.parse_args()
    slope = fit(*collect(options.count, options.train))
    print(f"slope {slope:.2f}", flush=True)
    log_odds, right = collect(options.count, options.test)
    plain, fitted = brier(log_odds, right, 1.0), brier(log_odds, right, slope)
    print(f"Brier score of {len(right)} causes of other incidents: {plain:.4f} without the step, {fitted:.4f} with it")


if __name__ == "__main__":
    main()
