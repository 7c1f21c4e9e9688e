"""The exit codes: every way in which a run can end becomes a status here and nowhere else (docs/contracts.md, 1)."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.main import get_command

from logdiag import __version__
from logdiag.cli import language, streams, usage
from logdiag.verdict import Severity, Verdict

if TYPE_CHECKING:
    from types import FrameType

    from logdiag.cli.language import Language
    from logdiag.results.diagnosis import Diagnosis
from logdiag.errors import LogdiagError, OutputError
from logdiag.renderers.escape import escape_controls
from logdiag.texts.sentences import say

# What Typer meets when it prints help into a full disk; our own results say so by OutputError.
UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


class ExitCode(IntEnum):
    """What the process tells its caller."""

    OK = 0
    FINDINGS = 1
    NOT_RUN = 2
    INCONCLUSIVE = 3
    BUG = 70
    NOT_WRITTEN = 74
    INTERRUPTED = 130


def judge(diagnosis: Diagnosis, fail_on: Severity | None) -> ExitCode:
    """Return the code of a run that went well; without --fail-on it does not depend on what was found."""
    if fail_on is None:
        return ExitCode.OK
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        return ExitCode.INCONCLUSIVE
    ranks = list(Severity)
    found = [finding.severity for finding in diagnosis.findings]
    if diagnosis.verdict is Verdict.INCIDENT:
        found.append(diagnosis.severity)
    worst = max((ranks.index(severity) for severity in found), default=-1)
    if worst >= ranks.index(fail_on):
        return ExitCode.FINDINGS
    return ExitCode.INCONCLUSIVE if any(file.is_missing for file in diagnosis.inputs.unread) else ExitCode.OK


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> ExitCode:
    """Run the command line; `arguments` None means those of the process.

    A command returns an ExitCode. Whatever else comes back, or is raised, is Typer's own way of ending.
    """
    given = sys.argv[1:] if arguments is None else arguments
    streams.settle(os.environ, given)
    language.settle(os.environ, language.find_asked(given))
    try:
        with _taking_terminations():
            outcome = _build(app, language.choose(None, sys.stdout)).main(
                args=arguments, prog_name="logdiag", standalone_mode=False
            )
            streams.flush_stdout()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except SystemExit as stop:
        return _translate_stop(stop)
    except Exception as error:
        return _explain(error)
    return outcome if isinstance(outcome, ExitCode) else _translate_status(outcome)


@functools.cache
def _build(app: typer.Typer, spoken: Language) -> Any:
    """Return the tree of commands, whose help is in one language: its 25 ms are paid once where one process runs many.

    The commands take their language from where `spoken` comes from; here it only tells the trees apart.
    """
    del spoken
    return get_command(app)


@contextlib.contextmanager
def _taking_terminations() -> Iterator[None]:
    """Let SIGTERM, by which containers and services are ended, do what Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _translate_status(status: object) -> ExitCode:
    """Typer answers 1 where it could not do as told; here 1 means findings."""
    if status == ExitCode.INTERRUPTED:
        return ExitCode.INTERRUPTED
    return ExitCode.NOT_RUN if status else ExitCode.OK


def _translate_stop(stop: SystemExit) -> ExitCode:
    """Typer and rich leave with 1 when the reader of their help goes away."""
    if any(streams.is_closed_pipe(cause) for cause in _chain(stop)):
        streams.discard_stdout()
        return ExitCode.OK
    return _translate_status(stop.code)


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _explain(error: Exception) -> ExitCode:
    """Say on standard error what went wrong, and return its code."""
    spoken = language.choose(None, sys.stderr)
    match error:
        case LogdiagError():
            streams.say(f"logdiag: {error.write(spoken)}")
            return ExitCode.NOT_WRITTEN if isinstance(error, OutputError) else ExitCode.NOT_RUN
        case typer.TyperException():
            streams.say(_explain_usage(error, spoken))
            return ExitCode.NOT_RUN
        case OSError() if streams.is_closed_pipe(error):
            streams.discard_stdout()
            return ExitCode.OK
        case OSError(filename=None, errno=number) if number in UNWRITABLE:
            streams.discard_stdout()
            failed = say("output.fails", why=error.strerror)
            streams.say(f"logdiag: {failed.write(spoken)}")
            return ExitCode.NOT_WRITTEN
    import traceback  # noqa: PLC0415  a bug alone has one

    streams.say("".join(traceback.format_exception(error)).rstrip() + "\n\n" + _ask_for_report(spoken))
    return ExitCode.BUG


def _explain_usage(error: typer.TyperException, spoken: str) -> str:
    said = usage.find_sentence(error.format_message())
    text = f"logdiag: {escape_controls(said if isinstance(said, str) else said.write(spoken))}"
    context = getattr(error, "ctx", None)
    if context is None:
        return text
    hint = say("usage_hint.try" if context.parent else "usage_hint.first_steps", command=context.command_path)
    return f"{text}\n\n{context.get_usage()}\n{hint.write(spoken)}"


def _ask_for_report(spoken: str) -> str:
    import platform  # noqa: PLC0415  asked for where there is a bug

    bug = say("bug", version=__version__, python=platform.python_version(), system=platform.system())
    return bug.write(spoken)
