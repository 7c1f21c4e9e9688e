"""Contract 1: every way to end has its code, and it is decided in one place."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
import typer

from logdiag.cli.exits import ExitCode, judge, run
from logdiag.errors import InputError, OutputError, RuleError
from logdiag.results.causes import Finding
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.inputs import Inputs, UnreadFile
from logdiag.results.patterns import ClockSearch
from logdiag.results.pushes import Pushes
from logdiag.texts.sentences import say
from logdiag.verdict import Severity, Verdict
from tests.folding import each

INPUTS = Inputs((), (), 0, 0, 0, (), None, None, "", "UTC", 0, 0, 0, 0, {})
PUSHES = Pushes(0, 0, 0, 0, None, 0, 0, (), None, None, None, None, ())


def build_diagnosis(verdict: Verdict, severity: Severity, findings: tuple[Severity, ...] = ()) -> Diagnosis:
    return Diagnosis(
        inputs=INPUTS,
        verdict=verdict,
        severity=severity,
        connections=(),
        sessions=(),
        patterns=(),
        triggers=(),
        silences=(),
        clocks=(),
        fleet_events=(),
        disconnects=(),
        pushes=PUSHES,
        retries=(),
        causes=(),
        findings=tuple(Finding("x", item, {}, ()) for item in findings),
        blind_spots=(),
        code=None,
        worst_incident=None,
        clock_search=ClockSearch(0, 8),
    )


INFO, WARNING, ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
HEALTHY = build_diagnosis(Verdict.HEALTHY, INFO)
REMARKED = build_diagnosis(Verdict.HEALTHY, INFO, (INFO,))
DISTURBED = build_diagnosis(Verdict.INCIDENT, WARNING, (INFO, WARNING))
BROKEN = build_diagnosis(Verdict.INCIDENT, ERROR, (WARNING, ERROR))
GAPPED = replace(HEALTHY, inputs=replace(INPUTS, unread=(UnreadFile("x.log", "unreadable"),)))
GAPPED_INCIDENT = replace(BROKEN, inputs=replace(INPUTS, unread=(UnreadFile("x.log", "dangling"),)))
LINKED = replace(HEALTHY, inputs=replace(INPUTS, unread=(UnreadFile("x.log", "outside"), UnreadFile("y", "copy"))))
UNCLEAR = build_diagnosis(Verdict.INCONCLUSIVE, INFO, (INFO,))


@each(
    ("diagnosis", "fail_on", "expected"),
    [
        (BROKEN, None, ExitCode.OK),
        (BROKEN, INFO, ExitCode.FINDINGS),
        (BROKEN, ERROR, ExitCode.FINDINGS),
        (DISTURBED, WARNING, ExitCode.FINDINGS),
        (DISTURBED, ERROR, ExitCode.OK),
        (HEALTHY, INFO, ExitCode.OK),
        (REMARKED, INFO, ExitCode.FINDINGS),
        (REMARKED, WARNING, ExitCode.OK),
        (UNCLEAR, None, ExitCode.OK),
        (UNCLEAR, INFO, ExitCode.INCONCLUSIVE),
        (UNCLEAR, ERROR, ExitCode.INCONCLUSIVE),
        (GAPPED, None, ExitCode.OK),
        (GAPPED, ERROR, ExitCode.INCONCLUSIVE),
        (GAPPED_INCIDENT, ERROR, ExitCode.FINDINGS),
        (LINKED, ERROR, ExitCode.OK),
    ],
)
def test_judge(diagnosis: Diagnosis, fail_on: Severity | None, expected: ExitCode) -> None:
    """Findings at the threshold count; without --fail-on nothing does.

    What is inconclusive, or lacks a file that could not be opened, is never health.
    """
    assert judge(diagnosis, fail_on) is expected


def raise_(error: BaseException) -> Callable[[], ExitCode]:
    def command() -> ExitCode:
        raise error

    return command


def leave_as_rich_does() -> ExitCode:
    try:
        raise_(BrokenPipeError(32, "Broken pipe"))()
    except BrokenPipeError:
        sys.exit(1)
    return ExitCode.OK


def divide() -> ExitCode:
    message = "a log said \x1b[31m"
    raise ZeroDivisionError(message)


@pytest.mark.parametrize(
    ("command", "expected", "said"),
    [
        (lambda: ExitCode.OK, ExitCode.OK, ""),
        (lambda: ExitCode.FINDINGS, ExitCode.FINDINGS, ""),
        (
            raise_(InputError("input.missing", path="logs")),
            ExitCode.NOT_RUN,
            "logdiag: logs: no such file or folder; give a log file or a folder of logs\n",
        ),
        (
            raise_(RuleError([say("rule_fault.twice", place="a"), say("rule_fault.no_id", place="b")])),
            ExitCode.NOT_RUN,
            "logdiag: a: id: stands twice in this file\nb: id: must be a kebab-case text\n",
        ),
        (
            raise_(OutputError("output.unwritable", path="out", why="full")),
            ExitCode.NOT_WRITTEN,
            "logdiag: out: cannot be written: full\n",
        ),
        (raise_(OSError(28, "No space left")), ExitCode.NOT_WRITTEN, "logdiag: output: No space left\n"),
        (raise_(KeyboardInterrupt()), ExitCode.INTERRUPTED, ""),
        (raise_(typer.Exit(1)), ExitCode.NOT_RUN, ""),
        (raise_(typer.Exit(0)), ExitCode.OK, ""),
        (raise_(SystemExit(1)), ExitCode.NOT_RUN, ""),
        (raise_(BrokenPipeError(32, "Broken pipe")), ExitCode.OK, ""),
        (leave_as_rich_does, ExitCode.OK, ""),
    ],
)
def test_run(command: Callable[[], ExitCode], expected: ExitCode, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command's own code passes; what Typer makes of errors and pipes does not become 1."""
    code, stderr = run_command(command, monkeypatch)
    assert (code, stderr) == (expected, said)


def test_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is 70, with its traceback, what to do with it, and no escape sequence that a log smuggled in."""
    code, stderr = run_command(divide, monkeypatch)
    assert code is ExitCode.BUG
    for text in ("Traceback", "in divide", "ZeroDivisionError: a log said \\x1b[31m", "a bug in logdiag", "report it"):
        assert text in stderr


def run_command(command: Callable[[], ExitCode], monkeypatch: pytest.MonkeyPatch) -> tuple[ExitCode, str]:
    """Run an application of one command."""
    app = typer.Typer(add_completion=False)
    app.command()(command)
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", stderr)
    return run(app, []), stderr.getvalue()
