"""What standard error says beside the result: what was read, what was skipped, when to be careful."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logdiag.cli import streams
from logdiag.diagnosis import Diagnosis, Inputs, Verdict
from logdiag.entry import Account

NOTABLE_RATIO: Final = 0.01


def say_notes(diagnosis: Diagnosis, *, verbose: bool) -> None:
    """Write the notes to standard error; few unless `verbose`."""
    for note in list_notes(diagnosis, verbose=verbose):
        streams.say(f"logdiag: {note}")


def list_notes(diagnosis: Diagnosis, *, verbose: bool) -> Iterator[str]:
    """Yield the sentences: files only if `verbose`, skipped lines also when they are more than one in a hundred."""
    inputs = diagnosis.inputs
    if verbose:
        yield from _list_files(inputs)
    if inputs.skipped_count and (verbose or inputs.skipped_count > NOTABLE_RATIO * inputs.lines_count):
        yield from _list_skipped(inputs)
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        yield "inconclusive: no line speaks of a connection; the report says what was looked at and what to try"


def _list_files(inputs: Inputs) -> Iterator[str]:
    for file in inputs.files:
        yield (
            f"{file.path}: {file.lines_count} lines, {file.events_count} events, {file.skipped_count} skipped "
            f"(service {file.service}, connection {file.connection})"
        )
    if inputs.left_alone_count:
        yield f"{inputs.left_alone_count} files left alone: neither named like a log nor holding JSON lines"


def _list_skipped(inputs: Inputs) -> Iterator[str]:
    for skipped in inputs.skipped:
        place = f"{skipped.first.file}:{skipped.first.line}"
        yield f"{skipped.count} of {inputs.lines_count} lines skipped: {skipped.reason} (first at {place})"


def say_account(account: Account) -> None:
    """Write to standard error what a timeline leaves out or has in the wrong place."""
    for note in list_account_notes(account):
        streams.say(f"logdiag: {note}")


def list_account_notes(account: Account) -> Iterator[str]:
    """Yield the sentences."""
    for reason, skipped in sorted(account.skipped.items()):
        place = f"{skipped.first.file}:{skipped.first.line}"
        yield f"{skipped.count} of {account.lines_count} lines left out: {reason} (first at {place})"
    if account.duplicates_count:
        yield f"{account.duplicates_count} copies left out: another file of the same folder has these lines"
    if account.first_late is not None:
        place = f"{account.first_late.file}:{account.first_late.line}"
        yield f"{account.late_count} lines came too late to be put in order; they are marked (first at {place})"
    if not account.shown_count:
        yield f"none of {account.records_count} lines passed the filters"
