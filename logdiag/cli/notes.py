"""What standard error says beside the result: what was read, what was skipped, when to be careful."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from logdiag.cli import language, streams
from logdiag.cli.language import Language
from logdiag.cli.misses import find_near, list_misses
from logdiag.merging.entries import Account
from logdiag.renderers.escape import escape_controls
from logdiag.renderers.phrases import Phrases
from logdiag.request import CLIENT_KEYS, Request
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.inputs import Inputs, UnreadFile
from logdiag.texts.sentences import say
from logdiag.verdict import Verdict

NOTABLE_RATIO: Final = 0.01
UNREAD_SHOWN: Final = 8


def say_written(path: Path, lang: Language | None, *, quiet: bool) -> None:
    """Say on standard error what was written where; a device holds nothing that could be looked up."""
    if quiet or not (path.is_file() or path.is_dir()):
        return
    if path.is_dir():
        note = say("output.written_folder", path=path)
    else:
        note = say("output.written_file", path=path, size_bytes=path.stat().st_size)
    streams.say(f"logdiag: {escape_controls(note.write(language.choose(lang, sys.stderr)))}")


def say_notes(diagnosis: Diagnosis, *, verbose: bool, lang: Language | None) -> None:
    """Write the notes to standard error; few unless `verbose`."""
    phrases = Phrases(language.choose(lang, sys.stderr))
    for note in list_notes(diagnosis, phrases, verbose=verbose):
        streams.say(f"logdiag: {escape_controls(note)}")


def list_notes(diagnosis: Diagnosis, phrases: Phrases, *, verbose: bool) -> Iterator[str]:
    """Yield the sentences: files only if `verbose`, skipped lines also when they are more than one in a hundred."""
    inputs = diagnosis.inputs
    yield from _list_unread(inputs.unread, phrases)
    yield from _list_faulty(inputs, phrases)
    if verbose:
        yield from _list_files(inputs, phrases)
    if inputs.skipped_count and (verbose or inputs.skipped_count > NOTABLE_RATIO * inputs.lines_count):
        yield from _list_skipped(inputs, phrases)
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        yield phrases.text("note.inconclusive")


def _list_files(inputs: Inputs, phrases: Phrases) -> Iterator[str]:
    for file in inputs.files:
        yield phrases.text(
            "note.file",
            path=file.path,
            lines_count=file.lines_count,
            events_count=file.events_count,
            skipped_count=file.skipped_count,
            service=file.service,
            connection=file.connection,
        )
    for one in inputs.sides:
        yield phrases.text(
            "note.side",
            source=one.source,
            service=one.service,
            side=one.side or "?",
            why=phrases.text(f"side_why.{one.why}"),
            retold_count=one.retold_count,
        )
    if inputs.left_alone_count:
        yield phrases.text("note.left_alone", left_alone_count=inputs.left_alone_count)


def _list_unread(unread: tuple[UnreadFile, ...], phrases: Phrases) -> Iterator[str]:
    """Each of the first files that could not be read, with the remedy, and how many others there are."""
    for file in unread[:UNREAD_SHOWN]:
        yield say(f"unread.{file.why}", path=file.path).write(phrases.language)
    if len(unread) > UNREAD_SHOWN:
        yield phrases.text("note.more_unread", left_count=len(unread) - UNREAD_SHOWN)


def _list_faulty(inputs: Inputs, phrases: Phrases) -> Iterator[str]:
    """Each of the first files of which nothing could be placed in time, with the remedy, and how many others."""
    faults = [(file.path, file.fault.why) for file in inputs.files if file.fault is not None]
    for path, why in faults[:UNREAD_SHOWN]:
        yield say("note.fault", path=path, fault=say(f"fault.{why}"), remedy=say(f"fault_remedy.{why}")).write(
            phrases.language
        )
    if len(faults) > UNREAD_SHOWN:
        yield phrases.text("note.more_unread", left_count=len(faults) - UNREAD_SHOWN)


def _list_skipped(inputs: Inputs, phrases: Phrases) -> Iterator[str]:
    for skipped in inputs.skipped:
        yield phrases.text(
            "note.skipped",
            count=skipped.count,
            lines_count=inputs.lines_count,
            reason=phrases.identified("skip", skipped.reason),
            place=f"{skipped.first.file}:{skipped.first.line}",
        )


def say_misses(option: str, asked: Sequence[str], known: Collection[str], lang: Language | None) -> None:
    """Write to standard error which names given to an option nothing has, and which there are."""
    for missed in list_misses(option, asked, known):
        streams.say(f"logdiag: {escape_controls(missed.write(language.choose(lang, sys.stderr)))}")


def list_side_names(inputs: Inputs) -> set[str]:
    """The names by which --side knows what tells of connections: services, files, processes, files of a process."""
    known = {name for one in inputs.sides for name in (one.service, one.file, one.source, f"{one.source}/{one.file}")}
    return known | {name for one in inputs.files for name in (one.service, one.connection)}


def say_near_text(asked: str, known: Collection[str], lang: Language | None, *, quiet: bool) -> None:
    """Write to standard error which of the known texts was perhaps meant by one that no line has."""
    near = find_near(asked, known)
    if near and not quiet:
        note = say("names.near_text", asked=asked, near=near)
        streams.say(f"logdiag: {escape_controls(note.write(language.choose(lang, sys.stderr)))}")


def say_unknown_names(request: Request, diagnoses: Sequence[Diagnosis], lang: Language | None) -> None:
    """Write to standard error what --side and --client-key name that none of the diagnoses knows."""
    known = {name for diagnosis in diagnoses for name in list_side_names(diagnosis.inputs)}
    say_misses("--side", tuple(request.sides), known, lang)
    say_client_key(request.client_key, diagnoses, lang)


def say_client_key(asked: str | None, diagnoses: Sequence[Diagnosis], lang: Language | None) -> None:
    """Write to standard error that no connection goes by the key of --client-key, and which key was perhaps meant."""
    identities = (one.identity for diagnosis in diagnoses for one in diagnosis.connections)
    if asked is None or any(identity is not None and identity.key == asked for identity in identities):
        return
    near = find_near(asked, CLIENT_KEYS)
    missed = say("names.no_key_but" if near else "names.no_key", asked=asked, near=near, known=CLIENT_KEYS)
    streams.say(f"logdiag: {escape_controls(missed.write(language.choose(lang, sys.stderr)))}")


def say_account(account: Account, lang: Language | None) -> None:
    """Write to standard error what a timeline leaves out or has in the wrong place."""
    phrases = Phrases(language.choose(lang, sys.stderr))
    for note in list_account_notes(account, phrases):
        streams.say(f"logdiag: {escape_controls(note)}")


def list_account_notes(account: Account, phrases: Phrases) -> Iterator[str]:
    """Yield the sentences."""
    yield from _list_unread(account.unread, phrases)
    for reason, skipped in sorted(account.skipped.items()):
        yield phrases.text(
            "note.left_out",
            count=skipped.count,
            lines_count=account.lines_count,
            reason=phrases.identified("skip", reason),
            place=f"{skipped.first.file}:{skipped.first.line}",
        )
    if account.undated:
        yield phrases.text("note.undated", undated_count=len(account.undated), path=min(account.undated))
    if account.duplicates_count:
        yield phrases.text("note.copies", duplicates_count=account.duplicates_count)
    if account.first_late is not None:
        place = f"{account.first_late.file}:{account.first_late.line}"
        yield phrases.text("note.late", late_count=account.late_count, place=place)
    if not account.shown_count:
        key = "none_shown" if account.last_time is None else "none_shown_of"
        times = {"first_time": account.first_time, "last_time": account.last_time}
        yield phrases.text(f"note.{key}", records_count=account.records_count, **times)
