"""When the next disconnect is due, by the clock of the logs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from logdiag import diagnose
from logdiag.analyzers.predictions import find_next_drop, predict
from logdiag.results.connections import Session
from logdiag.results.diagnosis import Diagnosis
from tests.cli.conftest import START, list_drops, write_lines


def diagnose_drops(folder: Path, count: int, *more: tuple[float, str, str]) -> Diagnosis:
    write_lines(folder / "logs" / "socket-client.log", [*list_drops(count), *more])
    return diagnose([folder / "logs"])


def test_a_beat_expects_the_next_disconnect(tmp_path: Path) -> None:
    """One period behind the last one, within a tolerance that the scatter sets."""
    (prediction,) = predict(diagnose_drops(tmp_path, 9))
    assert abs((prediction.expected_at - START).total_seconds() - 300.007) < 0.02
    assert prediction.connections == ("logs",)
    assert 0.02 <= prediction.tolerance_s < 0.2


def test_nothing_is_expected_without_a_pattern(tmp_path: Path) -> None:
    """Three drops show no clock."""
    assert list(predict(diagnose_drops(tmp_path, 3))) == []


def test_the_next_drop_is_due_where_the_logs_end(tmp_path: Path) -> None:
    """The client is up, and the beat has not been missed: what `watch` would expect stands in the diagnosis."""
    found = diagnose_drops(tmp_path, 9)
    (prediction,) = predict(found)
    assert found.next_drop is not None
    assert (found.next_drop.connection, found.next_drop.pattern) == ("logs", prediction.pattern)
    assert (found.next_drop.at, found.next_drop.tolerance_s) == (prediction.expected_at, prediction.tolerance_s)


def test_nothing_is_due_where_drops_have_stopped(tmp_path: Path) -> None:
    """Five minutes without one, where one came every half minute."""
    assert diagnose_drops(tmp_path, 9, (600.0, "info", "tick")).next_drop is None


def test_nothing_is_due_of_a_client_that_is_gone_or_a_pattern_that_may_be_chance(tmp_path: Path) -> None:
    """A client that is down cannot drop; 3 drops show no clock, and a weak one promises nothing."""
    found = diagnose_drops(tmp_path, 9)
    assert find_next_drop(replace(found, sessions=tuple(_end(one) for one in found.sessions))) is None
    assert find_next_drop(replace(found, patterns=(replace(found.patterns[0], false_alarm_probability=0.03),))) is None


def test_a_beat_is_due_of_a_client_that_is_about_to_come_back(tmp_path: Path) -> None:
    """Logs that end with a drop: the beat goes on; once it is away for longer than ever before it may be gone."""
    lines = list(list_drops(9))[:-1]
    write_lines(tmp_path / "logs" / "socket-client.log", lines)
    found = diagnose([tmp_path / "logs"])
    assert found.next_drop is not None
    assert abs((found.next_drop.at - START).total_seconds() - 300.007) < 0.02
    ticks = [(270.0 + second, "info", "tick") for second in range(1, 4)]
    write_lines(tmp_path / "logs" / "socket-client.log", [*lines, *ticks])
    assert diagnose([tmp_path / "logs"]).next_drop is None


def _end(session: Session) -> Session:
    return replace(session, disconnected_at=session.disconnected_at or START + timedelta(seconds=280))
