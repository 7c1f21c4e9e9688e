"""How to go on with logdiag: its other commands, filled in with what this incident has.

Nothing from a log is trusted: a text goes into a command only if a person can type it, and quoted for a POSIX shell.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from logdiag.renderers.document import Block, CodeLines, Inline, Section, code
from logdiag.renderers.escape import escape_controls
from logdiag.renderers.sections.material import Material, join
from logdiag.renderers.snippet import list_sides
from logdiag.results.patterns import TriggerRole
from logdiag.results.pushes import PushOutcome
from logdiag.results.timers import TimerAnswer, TimerKind
from logdiag.verdict import Verdict

HINTS_SHOWN: Final = 4
LONGEST_TEXT: Final = 120  # a longer one is no hint, and a shorter template names the same lines
LONGEST_COMMAND: Final = 400
STANDARD_INPUT: Final = "-"
ANY_LOGS: Final = "logs/"  # in the place of a path that no one can type


def build_hints(material: Material) -> Section:
    """Show the commands that go on from here, the most telling first."""
    if material.diagnosis.verdict is not Verdict.INCIDENT:
        return Section("hints", material.title("hints"), ())
    commands = [(name, command) for name, command in _list(material) if len(command) <= LONGEST_COMMAND]
    blocks: tuple[Block, ...] = tuple(
        CodeLines(material.phrases.inline(f"hints.{name}"), (command,)) for name, command in commands[:HINTS_SHOWN]
    )
    return Section("hints", material.title("hints"), blocks)


def name_more(material: Material) -> Inline:
    """Name where a first screen goes on: the command for the whole report, and that for what is known of the cause."""
    commands = [_write("diagnose", *(_name_logs(material) or (STANDARD_INPUT,)))]
    commands += [_write("explain", cause.id) for cause in material.asserted[:1]]
    return join((code(command) for command in commands if len(command) <= LONGEST_COMMAND), "; ")


def _list(material: Material) -> Iterator[tuple[str, str]]:
    """The names of the hints that suit this incident, with their commands."""
    diagnosis = material.diagnosis
    logs = _name_logs(material)
    if logs:
        message, template = _choose(_lost_messages(material)), _choose(_suspects(material))
        if message is not None:
            yield "trace", _write("trace", message, *logs)
        if template is not None:
            yield "suspect", _write("suspect", template, *logs)
        if diagnosis.retries:
            yield "replay", _write("replay", *logs)
    sides = Counter(side for spot in diagnosis.blind_spots for side in list_sides(spot.id))
    if sides:
        ((side, _),) = sides.most_common(1)
        yield "snippet", _write("snippet", side)
    if logs:
        start, end = diagnosis.inputs.start, diagnosis.inputs.end
        if start is not None and end is not None and diagnosis.inputs.has_dates:
            middle = material.phrases.formats.local(start + (end - start) / 2)
            yield "verify", _write("verify", *logs, "--at", f"{middle:%Y-%m-%d %H:%M:%S}")
        yield "watch", _write("watch", *logs)


def _name_logs(material: Material) -> tuple[str, ...]:
    """The paths as they were given, with the zone if one was; none for standard input, which is read but once."""
    inputs = material.diagnosis.inputs
    if STANDARD_INPUT in inputs.paths:
        return ()
    paths = tuple(path if _can_be_typed(path) else ANY_LOGS for path in inputs.paths)
    stated = inputs.clock_assumption.partition(":")[0].endswith("-stated")
    return (*paths, "--tz", inputs.display_zone) if stated else paths


def _lost_messages(material: Material) -> Iterator[str]:
    """The ids of lost messages, then those of messages that were probably lost."""
    pushes = material.diagnosis.pushes
    yield from pushes.lost_message_ids
    for push in pushes.items:
        if push.outcome is PushOutcome.SUSPECT:
            yield from push.message_ids


def _suspects(material: Material) -> Iterator[str]:
    """The lines that may bring the disconnects, the likeliest first: triggers, timers, what is undecided.

    What announces a timer is written once, far from the disconnects: of timers their own lines are looked for.
    """
    diagnosis = material.diagnosis
    for role in (TriggerRole.TRIGGER, TriggerRole.UNDECIDED):
        yield from (trigger.template for trigger in diagnosis.triggers if trigger.role == role)
    for answer in (TimerAnswer.SUSPECT, TimerAnswer.UNDECIDED):
        lines = (timer for timer in diagnosis.timers if timer.kind is not TimerKind.ANNOUNCED)
        yield from (timer.template for timer in lines if timer.answer is answer)


def _choose(texts: Iterable[str]) -> str | None:
    return next((text for text in texts if text.strip() and len(text) <= LONGEST_TEXT and _can_be_typed(text)), None)


def _can_be_typed(text: str) -> bool:
    """Whether a text stays what it is as an argument: no control character, and no dash that makes it an option."""
    return not text.startswith("-") and escape_controls(text) == text


def _write(*words: str) -> str:
    return shlex.join(("logdiag", *words))
