"""What a text names: words, a template, a service, an announced timer, a regular expression; and the whole answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.errors import InputError
from logdiag.pipeline.stages import Workers, analyze, open_reading
from logdiag.pipeline.suspects import answer_suspicion
from logdiag.request import Request
from logdiag.results.suspicion import Relatedness, Sense, Suspicion
from tests.winston import at, connect, drop, record, write

REPORTER = "account-status-reporter"


def suspect(text: str, folder: Path) -> Suspicion:
    request = Request((str(folder),))
    with open_reading(request) as reading:
        return answer_suspicion(text, analyze(reading, Workers(None)))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A worker that drops every 30.006 s for twenty minutes and reports the status of its accounts every 60.01 s."""
    beats = [30.006 * number for number in range(1, 40)]
    lines = [connect(0)]
    for number, beat in enumerate(beats, 1):
        lines += [drop(beat + 0.001 * (number % 3)), connect(beat + 1.2 + 0.07 * (number % 5), number)]
    write(tmp_path / "worker1" / "socket-client.log", lines)
    reports = [record(at(0.5), "Starting reporter (interval: 60000ms)", service=REPORTER)]
    for number in range(20):
        moment = at(8.0 + 60.01 * number + 0.001 * (number % 4))
        reports.append(record(moment, f"准备发送 {number + 1} 个账户状态", service=REPORTER))
    write(tmp_path / "worker1" / f"{REPORTER}.log", reports)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "sense", "matched"),
    [
        ("账户状态", Sense.TEXT, 20),
        ("准备发送 <n> 个账户状态", Sense.TEMPLATE, 20),
        ("Account Status Reporter", Sense.SERVICE, 21),
        ("status report", Sense.SERVICE, 21),
        ("starting reporter", Sense.TIMER, 20),
        ("/准备发送 [12] /", Sense.REGEX, 2),
        ("准备发送 (7|8) ", Sense.REGEX, 2),
        ("no such thing", Sense.NOTHING, 0),
    ],
)
def test_the_answer_says_how_the_text_was_understood(text: str, sense: Sense, matched: int, logs: Path) -> None:
    """All lines that it names are counted, and no others."""
    found = suspect(text, logs)
    assert (found.sense, found.matched_count) == (sense, matched)


@pytest.mark.parametrize("text", ["账户状态", "status report", "starting reporter"])
def test_the_account_report_is_unrelated_to_the_beat(text: str, logs: Path) -> None:
    """The third open question of the reference, by whatever name it is asked."""
    found = suspect(text, logs)
    assert (found.answer, found.why) == (Relatedness.UNRELATED, "beats-without-it")
    assert found.relations[0].counts.of_count == found.drops_count == 39
    assert found.relations[0].phase.drop_period_s == pytest.approx(30.006, abs=0.001)


def test_a_timer_tells_its_interval(logs: Path) -> None:
    """As its announcement has it, in seconds."""
    found = suspect("starting reporter", logs)
    assert (found.announced_s, found.names) == (60.0, (REPORTER,))


def test_lines_of_the_disconnect_itself_are_no_suspects(logs: Path) -> None:
    """They would be related to themselves."""
    found = suspect("Disconnected from master", logs)
    assert (found.answer, found.why, found.relations) == (Relatedness.UNDECIDED, "about-the-socket", ())


def test_a_bad_expression_is_refused(logs: Path) -> None:
    """Between strokes it must be one; a bare text with such signs is looked for as it stands first."""
    with pytest.raises(InputError):
        suspect("/(/", logs)


def test_logs_without_a_disconnect_answer_nothing(tmp_path: Path) -> None:
    """Undecided, and that is said."""
    write(tmp_path / "socket-client.log", [connect(1)])
    write(tmp_path / "app.log", [record(at(second), "tick", service="app") for second in range(2, 9)])
    found = suspect("tick", tmp_path)
    assert (found.answer, found.why) == (Relatedness.UNDECIDED, "no-drops")
