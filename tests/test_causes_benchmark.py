"""The benchmark of causes: what it holds against an answer, and what it says confidences are worth."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.causes import Verdict, judge, measure_brier, print_reliability
from benchmarks.simulate import make
from benchmarks.simulation.views import write_view

pytestmark = pytest.mark.xdist_group("simulation")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An incident whose workers are stopped in good order, and say so."""
    (folder,) = make(tmp_path_factory.mktemp("stopped"), 1, seed=3, only="sigterm")
    return folder


def test_an_end_that_only_the_client_announced_is_unexplained_to_the_server(stopped: Path) -> None:
    """The server's log alone cannot call such an end healthy; all logs must, or the answer is wrong."""
    alone, both = judge(stopped, "server-only"), judge(stopped, "both")
    assert alone is not None
    assert both is not None
    assert (alone.result, both.result) == ("right", "right")


def test_an_incident_that_the_server_alone_makes_up_is_wrong(stopped: Path, tmp_path: Path) -> None:
    """The same logs, where the truth knows of no disconnect at all."""
    folder = tmp_path / stopped.name
    shutil.copytree(stopped, folder)
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    (folder / "truth.json").write_text(json.dumps({**truth, "logged_disconnects_count": 0}), "utf-8")
    judged = judge(folder, "server-only")
    assert judged is not None
    assert (judged.result, judged.problems) == ("wrong", ("verdict incident, not healthy",))


def test_only_a_truth_that_names_a_cause_or_health_decides_what_a_confidence_is_worth(tmp_path: Path) -> None:
    """Of two cuts a guess may pass, but none is established."""
    (few,) = make(tmp_path / "few", 1, seed=3, only="few-cuts")
    (healthy,) = make(tmp_path / "healthy", 1, seed=3, only="healthy-short")
    judged = [judge(folder, "workers") for folder in (few, healthy)]
    assert [verdict is not None and verdict.is_decidable for verdict in judged] == [False, True]


def test_reliability_is_told_of_all_answers_and_of_those_that_the_truth_decides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Three answers between 0.3 and 0.5, of which one is a guess that passes, and one false assertion."""
    answers = ((0.4, True, True), (0.4, False, True), (0.4, True, False), (0.9, False, True))
    print_reliability(
        [Verdict("x", "both", "", (), ((confidence, right),), decided) for confidence, right, decided in answers]
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].split() == ["0.30", "to", "0.50", "3", "0.40", "0.67", "2", "0.40", "0.50"]
    assert lines[-2:] == [
        "Brier score 0.422 of all, 0.443 where the truth decides",
        "1 of 1 asserted best-ranked causes wrong",
    ]


def test_the_brier_score_is_the_mean_squared_error() -> None:
    """Nothing asked gives nothing."""
    assert measure_brier([(0.8, True), (0.6, False)]) == pytest.approx((0.04 + 0.36) / 2)
    assert measure_brier([]) == 0.0


def _count_lines(base: Path) -> dict[str, int]:
    return {
        folder.name: sum(len(path.read_text("utf-8").splitlines()) for path in folder.rglob("*.log"))
        for folder in base.iterdir()
        if folder.is_dir()
    }


@pytest.mark.parametrize(("view", "is_worker_cut"), [("server-early", False), ("clients-late", True)])
def test_logs_of_one_side_are_cut_and_those_of_the_other_whole(
    stopped: Path, tmp_path: Path, view: str, *, is_worker_cut: bool
) -> None:
    """`server-early` lacks the last two fifths of the master's lines, `clients-late` the first two of the workers'."""
    assert write_view(view, stopped, tmp_path)
    copied = _count_lines(tmp_path)
    for name, whole in _count_lines(stopped).items():
        is_cut = name.startswith("worker") == is_worker_cut
        assert 0 < copied[name] < 0.75 * whole if is_cut else copied[name] == whole
