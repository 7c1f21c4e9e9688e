"""Predictions: made by the clock of the logs, and judged by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logdiag import diagnose
from logdiag.analyzers.predictions import predict
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.observation import NoticeKind
from logdiag.results.patterns import PatternKind
from logdiag.watching.changes import list_changes
from logdiag.watching.predictions import Forecast, judge
from tests.cli.conftest import START, list_drops, write_lines


def diagnose_drops(folder: Path, count: int, *more: tuple[float, str, str]) -> Diagnosis:
    write_lines(folder / "logs" / "socket-client.log", [*list_drops(count), *more])
    return diagnose([folder / "logs"])


TICK = (0.0, "info", "tick")


def at(second: float) -> tuple[float, str, str]:
    return second, "info", "Connected to master (socket ID: ZZZZZZZZZZZZZZZZZZZZ)"


def test_a_prediction_comes_true_with_its_disconnect(tmp_path: Path) -> None:
    """And is judged neither before the logs have passed its moment nor twice."""
    forecast = Forecast()
    early = diagnose_drops(tmp_path, 9)
    assert [notice.event for notice in forecast.take(early)] == [NoticeKind.PREDICTION]
    assert list(forecast.take(early)) == []
    notices = list(forecast.take(diagnose_drops(tmp_path, 10)))
    assert [notice.event for notice in notices] == [NoticeKind.CAME_TRUE, NoticeKind.PREDICTION]
    hit = notices[0].prediction
    assert hit is not None
    assert hit.disconnect_at == START + timedelta(seconds=300.007)
    assert (forecast.came_true_count, forecast.failed_count, forecast.void_count) == (1, 0, 0)


def test_a_prediction_fails_only_while_connected(tmp_path: Path) -> None:
    """Where the connection was down at that moment, nothing can be said."""
    (prediction,) = predict(diagnose_drops(tmp_path, 9))
    on = diagnose_drops(tmp_path, 9, (330.5, "warn", "Disconnected from master: transport close"))
    failed = judge(prediction, on)
    assert failed is not None
    assert failed.event is NoticeKind.FAILED
    down = diagnose_drops(tmp_path, 9, (290.0, "warn", "Disconnected from master: transport close"), at(310.0))
    void = judge(prediction, down)
    assert void is not None
    assert void.event is NoticeKind.VOID


def test_a_prediction_outlives_what_it_was_made_from(tmp_path: Path) -> None:
    """A log that was emptied since has no pattern; the next disconnect is judged all the same."""
    drop = (300.007, "warn", "Disconnected from master: transport close")
    for lines, event in (
        ([at(290.0), drop], NoticeKind.CAME_TRUE),
        ([at(290.0), (310.0, *TICK[1:])], NoticeKind.FAILED),
        ([(305.0, *TICK[1:]), (310.0, "warn", "Disconnected from master: transport close")], NoticeKind.VOID),
    ):
        forecast = Forecast()
        list(forecast.take(diagnose_drops(tmp_path, 9)))
        write_lines(tmp_path / "logs" / "socket-client.log", [at(290.0)])
        assert list(forecast.take(diagnose([tmp_path / "logs"]))) == []
        write_lines(tmp_path / "logs" / "socket-client.log", lines)
        (notice,) = forecast.take(diagnose([tmp_path / "logs"]))
        assert notice.event is event
        assert forecast.predictions == ()


def test_nothing_is_said_of_a_moment_that_has_not_passed(tmp_path: Path) -> None:
    """The end of the logs must lie behind the tolerance."""
    diagnosis = diagnose_drops(tmp_path, 9)
    (prediction,) = predict(diagnosis)
    edge = prediction.expected_at + timedelta(seconds=prediction.tolerance_s)
    assert judge(prediction, replace(diagnosis, inputs=replace(diagnosis.inputs, end=edge))) is None
    beyond = replace(diagnosis.inputs, end=edge + timedelta(microseconds=1))
    assert judge(prediction, replace(diagnosis, inputs=beyond)) is not None


def test_a_badly_kept_beat_predicts_nothing(tmp_path: Path) -> None:
    """A twentieth of the period to either side would be met by any disconnect once in ten."""
    diagnosis = diagnose_drops(tmp_path, 9)
    (pattern,) = diagnosis.patterns
    for jitter_s, count in ((pattern.period_s or 0.0) / 90, 1), ((pattern.period_s or 0.0) / 79, 0):
        loose = replace(pattern, jitter_s=jitter_s, period_error_s=0.0)
        assert len(list(predict(replace(diagnosis, patterns=(loose,))))) == count


@pytest.mark.parametrize("kind", ["idle", "regular-loop", "burst"])
def test_what_depends_on_things_to_come_predicts_nothing(kind: str, tmp_path: Path) -> None:
    """An idle limit counts from traffic, a loop from its own last round."""
    diagnosis = diagnose_drops(tmp_path, 9)
    other = replace(diagnosis.patterns[0], kind=PatternKind(kind))
    assert list(predict(replace(diagnosis, patterns=(other,)))) == []


def test_an_age_is_counted_from_the_open_session(tmp_path: Path) -> None:
    """The session that began last is to end at that age."""
    diagnosis = diagnose_drops(tmp_path, 9)
    aged = replace(diagnosis.patterns[0], kind=PatternKind.CONNECTION_AGE, period_s=60.0, jitter_s=0.01)
    (prediction,) = predict(replace(diagnosis, patterns=(aged,)))
    assert prediction.expected_at == START + timedelta(seconds=271.2 + 60.0)
    late = replace(diagnosis.inputs, end=datetime(2026, 1, 1, tzinfo=UTC))
    assert list(predict(replace(diagnosis, inputs=late, patterns=(aged,)))) == []


def test_what_becomes_significant_is_told_once(tmp_path: Path) -> None:
    """A pattern when it is new, and when it is gone; a longer log of the same changes nothing."""
    few, many, more = (diagnose_drops(tmp_path, count) for count in (3, 9, 10))
    assert NoticeKind.PATTERN not in [notice.event for notice in list_changes(None, few)]
    (notice,) = (notice for notice in list_changes(few, many) if notice.event is NoticeKind.PATTERN)
    assert notice.pattern == many.patterns[0]
    assert list(list_changes(many, more)) == []
    assert NoticeKind.PATTERN_GONE in [notice.event for notice in list_changes(many, few)]
