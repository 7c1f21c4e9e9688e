"""How often is an asserted cause right, and what is its confidence worth? Measured over simulated incidents.

    python -m benchmarks.causes [--count 204] [--seed 7] [--lab DIR] [--views both,workers] [--verbose]

Writes incidents with `benchmarks.simulate` (fresh seeds), or takes those of a lab folder, diagnoses each in every view
that is asked for, and prints: right, abstained and wrong by fault and by view; a reliability table and the Brier score
of the confidence of the best-ranked cause. `both` are all logs of an incident, `workers` those without the master's; of
these every number must be right. `server-only` (the master's logs alone), `shared-file` (all workers write the same
files), `lossy` (a fifth of the lines is lost), `server-early` (the master's logs end before the others) and
`clients-late` (the workers' begin after it) lack facts: there what is asserted must be true, no more. That a client
announced its end stands in its own logs alone: the server's may call that an incident.

Where the truth names no cause but lets a guess pass (two cuts, of whatever), a guess is neither right nor wrong: the
reliability table says what the confidence is worth with these answers, and without.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.simulate import make
from benchmarks.simulation.views import VIEWS, write_view
from logdiag.errors import InputError
from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis

EDGES: Final = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)
PERIOD_KINDS: Final = {"period_s": ("timer", "wall-clock", "regular-loop"), "lifetime_s": ("connection-age", "idle")}
ASSERTED: Final = 0.5
UNION: Final = "limit-on-the-way"
LIMITS: Final = frozenset({"idle-timeout", "connection-age-limit"})  # what a limit on the way is one of
WHOLE_VIEWS: Final = ("both", "workers")
SERVER_ONLY: Final = "server-only"
ALL_VIEWS: Final = (*WHOLE_VIEWS, *VIEWS)


class Verdict(NamedTuple):
    """One diagnosis against its truth: the faults of the answer, and (confidence, was it right) by rank.

    `is_decidable` is false where the truth names no cause, but lets guesses pass.
    """

    name: str
    view: str
    result: str
    problems: tuple[str, ...]
    weighed: tuple[tuple[float, bool], ...]
    is_decidable: bool = True


def judge(folder: Path, view: str) -> Verdict | None:
    """Diagnose one view of an incident and compare, by the rules of the shared scorer; None where there is no such."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        shown = folder
        if view in VIEWS:
            shown = Path(temporary)
            if not write_view(view, folder, shown):
                return None
        paths = [str(part) for part in sorted(shown.iterdir()) if part.is_dir()]
        if view == "workers":
            paths = [path for path in paths if Path(path).name.startswith("worker")]
        try:
            got = diagnose(Request(tuple(paths))).diagnosis
        except InputError as error:  # no line was left that could be read: right to say so where facts were lost
            result = "abstained" if view in VIEWS else "wrong"
            return Verdict(folder.name, view, result, (f"{type(error).__name__}: {error}",), ())
        except Exception as error:  # a crash is a result to be counted
            return Verdict(folder.name, view, "wrong", (f"{type(error).__name__}: {error}",), ())
    accepted = [truth["causes"], *truth.get("also_accepted", [])]
    if view != "both":
        accepted += truth.get("also_accepted_workers_only", [])
    if view != "both":  # where lines are missing, it is true that it is one of the limits
        accepted += [[UNION if one in LIMITS else one for one in causes] for causes in accepted if LIMITS & {*causes}]
    true_ids = {cause for causes in accepted for cause in causes}
    asserted = sorted(cause.id for cause in got.causes if cause.confidence >= ASSERTED)
    if view in VIEWS:
        problems, fits = _compare_part(got, truth, accepted, asserted, has_clients=view != SERVER_ONLY)
    else:
        problems, fits = _compare_whole(got, truth, accepted, asserted)
    result = "wrong" if problems else "right" if fits else "abstained"
    weighed = tuple((cause.confidence, cause.id in true_ids) for cause in got.causes)
    is_decidable = bool(truth["causes"]) or not any(accepted)
    return Verdict(folder.name, view, result, tuple(problems), weighed, is_decidable)


def _compare_whole(
    got: Diagnosis, truth: dict[str, Any], accepted: list[list[str]], asserted: list[str]
) -> tuple[list[str], bool]:
    """What is wrong with a diagnosis of whole logs, and whether it asserts what is true."""
    sets = [sorted(causes) for causes in accepted]
    problems = _find_problems(got, truth)
    if asserted and asserted not in sets:
        problems.append(f"asserted {asserted}, not {truth['causes'] or 'nothing'}")
    return problems, asserted in sets


def _compare_part(
    got: Diagnosis, truth: dict[str, Any], accepted: list[list[str]], asserted: list[str], *, has_clients: bool
) -> tuple[list[str], bool]:
    """What is wrong with a diagnosis where facts were lost: a false cause, healthy for ill, ill for healthy.

    Without the clients' logs an end that a client announced is one that nobody explains.
    """
    true_ids = {cause for causes in accepted for cause in causes}
    false = [cause for cause in asserted if cause not in true_ids]
    problems = [f"asserted {false}, not {truth['causes'] or 'nothing'}"] if false else []
    mistakes = {("healthy", "incident")}
    if has_clients or not truth["logged_disconnects_count"]:
        mistakes.add(("incident", "healthy"))
    if (got.verdict.value, truth["verdict"]) in mistakes:
        problems.append(f"verdict {got.verdict.value}, not {truth['verdict']}")
    return problems, bool(asserted) or not truth["causes"]


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


def judge_all(pool: Executor, folders: Sequence[Path], views: Sequence[str] = WHOLE_VIEWS) -> list[Verdict]:
    """Judge every view of every incident."""
    asked = [(folder, view) for folder in folders for view in views]
    found = pool.map(judge, [folder for folder, _ in asked], [view for _, view in asked])
    return [verdict for verdict in found if verdict is not None]


def print_report(verdicts: list[Verdict], *, verbose: bool) -> None:
    """Print the tables."""
    by_fault: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        by_fault[verdict.name.rstrip("0123456789").rstrip("-")][verdict.result] += 1
        if verbose and verdict.result != "right":
            print(f"{verdict.result:9} {verdict.view:11} {verdict.name}: {'; '.join(verdict.problems)}")
    print(f"{'fault':24} right  abstained  wrong")
    for name, counts in sorted(by_fault.items()):
        print(f"{name:24} {counts['right']:5} {counts['abstained']:10} {counts['wrong']:6}")
    print(f"\n{'view':24} right  abstained  wrong  asserted  of these wrong")
    for view in dict.fromkeys(verdict.view for verdict in verdicts):
        mine = [verdict for verdict in verdicts if verdict.view == view]
        counts = Counter(verdict.result for verdict in mine)
        told = [is_true for verdict in mine for confidence, is_true in verdict.weighed if confidence >= ASSERTED]
        row = f"{counts['right']:5} {counts['abstained']:10} {counts['wrong']:6}"
        print(f"{view:24} {row} {len(told):9} {told.count(False):15}")
    print_reliability(verdicts)


def print_reliability(verdicts: Sequence[Verdict]) -> None:
    """Print what the confidence of the best-ranked cause is worth: of all answers, and where the truth decides."""
    every = [(verdict.weighed[0], verdict.is_decidable) for verdict in verdicts if verdict.weighed]
    decided = [pair for pair, is_decidable in every if is_decidable]
    groups = [pair for pair, _ in every], decided
    print("\nconfidence of the         all answers             where the truth decides")
    print("best-ranked cause   count   stated   right   count   stated   right")
    for low, high in pairwise(EDGES):
        cells = [[pair for pair in group if low <= pair[0] < high] for group in groups]
        if cells[0]:
            print(f"{low:4.2f} to {min(high, 1):4.2f}     " + "".join(map(_describe_cell, cells)))
    asserted = [correct for (confidence, correct), _ in every if confidence >= ASSERTED]
    print(f"Brier score {measure_brier(groups[0]):.3f} of all, {measure_brier(decided):.3f} where the truth decides")
    print(f"{asserted.count(False)} of {len(asserted)} asserted best-ranked causes wrong")


def _describe_cell(pairs: Sequence[tuple[float, bool]]) -> str:
    if not pairs:
        return f"{0:8}{'':17}"
    stated, right = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    return f"{len(pairs):8} {stated:8.2f} {right:7.2f}"


def measure_brier(pairs: Sequence[tuple[float, bool]]) -> float:
    """The mean squared difference between confidence and truth."""
    return sum((confidence - correct) ** 2 for confidence, correct in pairs) / max(len(pairs), 1)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=204)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only")
    parser.add_argument("--lab", type=Path)
    parser.add_argument("--views", default=",".join(WHOLE_VIEWS), help=f"of {', '.join(ALL_VIEWS)}")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    views = options.views.split(",")
    if unknown := sorted(set(views) - set(ALL_VIEWS)):
        parser.error(f"no such views: {', '.join(unknown)}")
    with tempfile.TemporaryDirectory() as temporary:
        lab = options.lab
        if lab is None:
            lab = Path(temporary)
            make(lab, options.count, options.seed, options.only)
        folders = sorted(path.parent for path in lab.glob("*/truth.json"))
        with ProcessPoolExecutor(options.processes) as pool:
            verdicts = judge_all(pool, folders, views)
    print_report(verdicts, verbose=options.verbose)


if __name__ == "__main__":
    main()
