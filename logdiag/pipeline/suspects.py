"""From a text to the lines that it names, and from those to the answer whether they are related to the disconnects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from logdiag.analyzers.timers.suspicions import combine, judge_suspects
from logdiag.analyzers.triggers.inputs import build_contexts, build_template_series
from logdiag.analyzers.triggers.moments import TemplateWords
from logdiag.deferred import compile_later
from logdiag.errors import InputError
from logdiag.parsers.lexicon.ends import tells_of_a_deed, tells_of_an_end
from logdiag.parsers.patterns import SlowPatternError, compile_pattern
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.inputs import ReadLogs
from logdiag.pipeline.stages import Analysis
from logdiag.pipeline.surroundings import list_awake
from logdiag.results.suspicion import Relatedness, Sense, Suspicion, TemplateRelation
from logdiag.scanning.matches import MASK, FoundRecord, Needle, Regex, Services, Template, TextNeedle, find_matches

MOST_MATCHES: Final = 200_000  # as many lines bound a share to a thousandth; more only cost memory
MOST_LISTED: Final = 10
SHORTEST_DELIMITED: Final = 2  # the two strokes of /regex/
META: Final = compile_later(r"[\\^$.|?*+()\[\]{}]")
# A line in which a service says that it does something every so often.
ANNOUNCEMENT: Final = compile_later(
    r"(?i)(?:interval|every|period|间隔|每隔|每)\W{0,3}(\d+(?:\.\d+)?)\s*(ms|毫秒|min\w*|分钟|s\b|sec\w*|秒)"
)
UNITS_S: Final = {"m": 60.0, "分": 60.0, "s": 1.0, "秒": 1.0}


class Named(NamedTuple):
    """What a text names: its sense, the services, the interval that a timer announces, and the lines."""

    sense: Sense
    names: tuple[str, ...]
    announced_s: float | None
    matches: list[FoundRecord]


def answer_suspicion(text: str, analysis: Analysis) -> Suspicion:
    """Find the lines that a text names and hold them against the disconnects. Raises InputError for a bad /regex/."""
    named = _understand(text, analysis)
    relations = _judge(named.matches, analysis) if named.matches else []
    answer, why = combine(relations)
    if named.matches and not relations:
        answer, why = Relatedness.UNDECIDED, "about-the-socket"
    inputs = analysis.diagnosis.inputs
    names = tuple(sorted({match.service for match in named.matches})) if named.names else ()
    return Suspicion(
        text=text,
        sense=named.sense,
        names=names or named.names,
        announced_s=named.announced_s,
        answer=answer,
        why=why,
        files_count=len(inputs.files),
        lines_count=inputs.lines_count,
        matched_count=len(named.matches),
        is_cut=len(named.matches) >= MOST_MATCHES,
        drops_count=len(analysis.explained.ledger.drops),
        relations_count=len(relations),
        relations=tuple(relations[:MOST_LISTED]),
    )


def list_names(analysis: Analysis) -> frozenset[str]:
    """What a text could have named: the services, and the templates of the lines that were understood."""
    wordings = analysis.diagnosis.inputs.wordings
    return frozenset((*_list_services(analysis), *(wording.template for wording in wordings)))


def _understand(text: str, analysis: Analysis) -> Named:
    """A /regex/, a template with masks, a service, words of messages (an announced timer's), or a bare regex."""
    reading = analysis.reading
    if len(text) > SHORTEST_DELIMITED and text[0] == text[-1] == "/":
        return Named(Sense.REGEX, (), None, _find(Regex(_compile(text[1:-1])), reading))
    if MASK.search(text):
        return Named(Sense.TEMPLATE, (), None, _find(Template(text), reading))
    words = TextNeedle(text)
    services = _list_services(analysis)
    exact = tuple(name for name in services if words.pattern.fullmatch(name.lower()))
    if exact:
        return Named(Sense.SERVICE, exact, None, _find(Services(frozenset(exact)), reading))
    matches = _find(words, reading)
    announced_s = [_read_interval_s(match.message) for match in matches]
    if matches and None not in announced_s:
        names = tuple(sorted({match.service for match in matches}))
        return Named(Sense.TIMER, names, announced_s[-1], _find_ticks(names, reading))
    if matches:
        return Named(Sense.TEXT, (), None, matches)
    parts = tuple(name for name in services if words.fits(name))
    if parts:
        return Named(Sense.SERVICE, parts, None, _find(Services(frozenset(parts)), reading))
    found = _find(Regex(_compile(text)), reading) if META.search(text) else []
    return Named(Sense.REGEX if found else Sense.NOTHING, (), None, found)


def _find_ticks(names: Sequence[str], reading: ReadLogs) -> list[FoundRecord]:
    """What the services write that announce a timer, but for the announcements."""
    lines = _find(Services(frozenset(names)), reading)
    return [line for line in lines if _read_interval_s(line.message) is None]


def _compile(text: str) -> re.Pattern[str]:
    try:
        return compile_pattern(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError("input.bad_regex", text=text, why=error) from error
    except SlowPatternError as error:
        raise InputError("input.slow_regex", text=text, why=error.sentence) from None


def _read_interval_s(message: str) -> float | None:
    """The interval that a message announces, in seconds; None if it announces none."""
    found = ANNOUNCEMENT.search(message)
    if found is None:
        return None
    unit = found[2].lower()
    return float(found[1]) * (1e-3 if unit in {"ms", "毫秒"} else UNITS_S[unit[0]])


def _list_services(analysis: Analysis) -> list[str]:
    names = {scan.file.service for scan in analysis.reading.scans}
    names |= set(analysis.followed.timeline["service"].tolist())
    names |= {line.service for line in analysis.explained.near.lines}
    return sorted(name for name in names if name)


def _find(needle: Needle, reading: ReadLogs) -> list[FoundRecord]:
    asked = reading.window
    found = find_matches(reading.scans, needle)
    return list(islice((match for match in found if asked is None or asked.holds(match.time)), MOST_MATCHES))


def _judge(matches: Sequence[FoundRecord], analysis: Analysis) -> list[TemplateRelation]:
    followed, explained = analysis.followed, analysis.explained
    sessions, extent = followed.sockets.sessions, followed.extent.seconds
    rows = (
        (
            match.time.timestamp(),
            (match.source, match.service, None, mask_message(match.message)),
            match.file,
            match.line,
        )
        for match in matches
    )
    clients = {session.connection: session.connection for session in sessions}
    templates = build_template_series(rows, followed.timeline, clients, TemplateWords(tells_of_an_end, tells_of_a_deed))
    drops, fits = explained.ledger.drops, explained.tracks.fits
    contexts = build_contexts(drops, sessions, fits, span_s=extent, observed_s=[extent])
    return judge_suspects(contexts, templates, list_awake(explained.near), explained.tracks.triggers)
