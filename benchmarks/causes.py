"""How often is an asserted cause right, and what is its confidence worth? Measured over simulated incidents.

    python -m benchmarks.causes [--count 204] [--seed 7] [--lab DIR] [--verbose]

Writes incidents with `benchmarks.simulate` (fresh seeds), or takes those of a lab folder, diagnoses each with and
without the master's logs, and prints: right, abstained and wrong by fault; a reliability table and the Brier score of
the confidence of the best-ranked cause.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.simulate import make
from logdiag.diagnosis import Diagnosis
from logdiag.pipeline.stages import Request, diagnose

EDGES: Final = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)
PERIOD_KINDS: Final = {"period_s": ("timer", "wall-clock", "regular-loop"), "lifetime_s": ("connection-age", "idle")}
ASSERTED: Final = 0.5


class Verdict(NamedTuple):
    """One diagnosis against its truth: the faults of the answer, and (confidence, was it right) by rank."""

    name: str
    mode: str
    result: str
    problems: tuple[str, ...]
    weighed: tuple[tuple[float, bool], ...]


def judge(folder: Path, *, workers_only: bool) -> Verdict:
    """Diagnose one incident and compare, by the rules of the shared scorer."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    paths = [str(part) for part in sorted(folder.iterdir()) if part.is_dir()]
    if workers_only:
        paths = [path for path in paths if Path(path).name.startswith("worker")]
    try:
        got = diagnose(Request(tuple(paths))).diagnosis
    except Exception as error:  # a crash is a result to be counted
        return Verdict(folder.name, _mode(workers_only), "wrong", (f"{type(error).__name__}: {error}",), ())
    accepted = [truth["causes"], *truth.get("also_accepted", [])]
    if workers_only:
        accepted += truth.get("also_accepted_workers_only", [])
    sets = [sorted(causes) for causes in accepted]
    asserted = sorted(cause.id for cause in got.causes if cause.confidence >= ASSERTED)
    problems = _find_problems(got, truth)
    if asserted and asserted not in sets:
        problems.append(f"asserted {asserted}, not {truth['causes'] or 'nothing'}")
    result = "wrong" if problems else "right" if asserted in sets else "abstained"
    true_ids = {cause for causes in accepted for cause in causes}
    weighed = tuple((cause.confidence, cause.id in true_ids) for cause in got.causes)
    return Verdict(folder.name, _mode(workers_only), result, tuple(problems), weighed)


def _mode(workers_only: bool) -> str:  # noqa: FBT001
    return "workers" if workers_only else "both"


def _find_problems(got: Diagnosis, truth: dict[str, Any]) -> list[str]:
    problems = []
    if got.verdict.value != truth["verdict"]:
        problems.append(f"verdict {got.verdict.value}, not {truth['verdict']}")
    logged = sum(drop.logged for drop in got.disconnects)
    if logged != truth["logged_disconnects_count"]:
        problems.append(f"{logged} logged disconnects, not {truth['logged_disconnects_count']}")
    for key, kinds in PERIOD_KINDS.items():
        if key not in truth:
            continue
        value = truth[key]
        low, high = value if isinstance(value, list) else (value, value)
        found = [(pattern.kind, pattern.period_s) for pattern in got.patterns if pattern.period_s is not None]
        if not any(kind in kinds and low * 0.995 <= period <= high * 1.005 for kind, period in found):
            problems.append(f"{key} {value} not among {[(kind, round(period, 2)) for kind, period in found]}")
    return problems


def judge_both(folder: Path) -> list[Verdict]:
    """Diagnose one incident with and without the master's logs."""
    return [judge(folder, workers_only=False), judge(folder, workers_only=True)]


def print_report(verdicts: list[Verdict], *, verbose: bool) -> None:
    """Print the tables."""
    by_fault: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        by_fault[verdict.name.rstrip("0123456789").rstrip("-")][verdict.result] += 1
        if verbose and verdict.result != "right":
            print(f"{verdict.result:9} {verdict.mode:7} {verdict.name}: {'; '.join(verdict.problems)}")
    print(f"{'fault':24} right  abstained  wrong")
    for name, counts in sorted(by_fault.items()):
        print(f"{name:24} {counts['right']:5} {counts['abstained']:10} {counts['wrong']:6}")
    for mode in ("both", "workers"):
        counts = Counter(verdict.result for verdict in verdicts if verdict.mode == mode)
        total = max(sum(counts.values()), 1)
        print(f"{mode}: {counts['right']} right, {counts['abstained']} abstained, {counts['wrong']} wrong of {total}")
    pairs = [pair for verdict in verdicts for pair in verdict.weighed[:1]]
    print("\nconfidence of the best-ranked cause   incidents   stated   right")
    for low, high in pairwise(EDGES):
        cell = [pair for pair in pairs if low <= pair[0] < high]
        if cell:
            stated = sum(confidence for confidence, _ in cell) / len(cell)
            right = sum(correct for _, correct in cell) / len(cell)
            print(f"  {low:4.2f} to {min(high, 1):4.2f} {len(cell):26} {stated:8.2f} {right:7.2f}")
    asserted = [correct for confidence, correct in pairs if confidence >= ASSERTED]
    brier = sum((confidence - correct) ** 2 for confidence, correct in pairs) / max(len(pairs), 1)
    wrong = asserted.count(False)
    print(f"Brier score {brier:.3f}; {wrong} of {len(asserted)} asserted best-ranked causes wrong")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=204)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only")
    parser.add_argument("--lab", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        lab = options.lab
        if lab is None:
            lab = Path(temporary)
            make(lab, options.count, options.seed, options.only)
        folders = sorted(path.parent for path in lab.glob("*/truth.json"))
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            verdicts = [verdict for pair in pool.map(judge_both, folders) for verdict in pair]
    print_report(verdicts, verbose=options.verbose)


if __name__ == "__main__":
    main()
