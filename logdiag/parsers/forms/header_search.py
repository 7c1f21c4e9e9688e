"""The header that the lines of a file share: the columns that most of them have, and no word of a message.

Where lines begin with none, as Rails' do, some may tell their time inside, always behind the same word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.parsers.forms.fixed_headers import FIXED_HEADERS, is_fixed
from logdiag.parsers.forms.headers import (
    CERTAIN,
    CLOSERS,
    HEADER_CHARACTERS,
    QUOTES,
    Column,
    Token,
    choose_name,
    find_tokens,
    find_whole_stamps,
)
from logdiag.parsers.forms.shared_headers import Header
from logdiag.parsers.lexicon.vocabulary import names_a_thing
from logdiag.times.stamps import find_stamp_form, parse_timestamp

SHARED_RATIO: Final = 0.8  # of the lines with a stamp have a column, if it is one of the file
FEWEST_VALUES: Final = 3  # so many different loggers any file may have; more only if each writes four lines
LINES_A_VALUE: Final = 4
MAIN: Final = "__main__"  # the logger of the program that Python runs
SAMPLED_LINES: Final = 80  # taken evenly: to find the columns of a line costs 0.1 ms
STAMPED_RATIO: Final = 0.1  # of the lines at the head begin with a stamp; stacks may outnumber them
FORM_RATIO: Final = 0.05  # of the lines with a stamp are in a form of their own, if the file has several
FEWEST_OF_A_FORM: Final = 3  # fewer lines show no form; `read_head` takes them apart one by one
FEWEST_OF_A_WRITER: Final = 20  # a choice: so few lines of a server may all be about one client
PAYLOAD_RATIO: Final = 0.5  # of the lines have a stamp in what they quote, if it is when they were written
FEWEST_INSIDE: Final = 5  # lines with a stamp inside: a text may name a few dates
IN_ORDER_RATIO: Final = 0.95  # of them tell no earlier time than the one before: lines are written as time goes by
FEWEST_APART: Final = 5  # lines with a number behind the stamp: of fewer none can tell whether it is the same one
MILLIS: Final = compile_later(r"\d{1,3}")
MILLIS_DIGITS: Final = 3  # of nine milliseconds in ten, even where the zeros before them are left out
LAG_S: Final = 5.0  # a choice: what collects lines is no later than that with most
ZONE_STEP_S: Final = 900.0  # zones differ by quarters of an hour
_CLOCK: Final = compile_later(r"\d:\d\d|\d{10}|\d{6}[T _-]\d{4}")  # a line without one of them has no stamp
_OF_A_VALUE: Final = compile_later(r"(?i)(?:^|_)(?:time ?stamp|time|date|ts|at|start\w*|end\w*|open\w*|close\w*)$")
# What a program calls what happened, where others name a logger: "[CALL] SOCKET_CLOSED - 5", "[ws] client_left - 5".
_EVENT: Final = compile_later(
    r"[A-Z0-9]+(?:_[A-Z0-9]+)+$|(?i:(?:^|.*[_-])(?:\w{2,}ed|lost|left|gone|open|close|error|fail|(?:dis)?connect)$)"
)
_CLASS: Final = compile_later(r"(?:[a-z_]\w*\.)+[A-Z]\w*$")  # a class in a package: no message begins with one so often
_NUMBERED: Final = compile_later(r"[A-Za-z][A-Za-z_.]*[_.-]?\d{1,4}$")  # `kiosk-1`, `agent07`; an id has other digits
_OF_AN_OBJECT: Final = compile_later(r"(?<=[a-z])\.(?:\d{6,20}|0x[0-9a-f]{4,16})$")  # a logger for each: its class's
# Whose message it is, which opens it: `10.4.0.11:47235 - cid:6 - Client connection created`; `hub.go:42` is a place.
_OF_A_CONNECTION: Final = compile_later(
    r"(?:\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}|(?:[a-z]|client|conn|session|socket|user|peer)_?id[:#]\d+):?$"
)
_BEFORE: Final = compile_later(r"[^\s\d]{1,24}[ \t]*$")  # a word, a key with its sign, or a bracket
# A line that has nothing but such a key and its value is part of an object that is shown.
_KEY: Final = compile_later(r"[\s{\[]*[\"'`]?[\w.@$-]{1,60}[\"'`]? *(?:=>|[:=]) *[\"'`]?")
# What a line tells a time of that is not its own.
_OF_ELSE: Final = compile_later(
    r"(?i)expir|until|valid|due\b|next|schedul|since|retry|deadline|modif|creat|updat|last|before|after|from|will|eta\b"
)


def find_header(lines: Sequence[str], later: Sequence[str] = ()) -> Header | None:
    """The header that the lines of a file share; None if too few of them have a stamp.

    A file may hold several forms, of several loggers or after an update: each is a header, `others` of the commonest.
    `lines` are of the head, `later` ones of places all over the rest.
    """
    timed, later_timed = (
        [line for line in some if _CLOCK.search(line, 0, HEADER_CHARACTERS)] for some in (lines, later)
    )
    sample, later_sample = (some[:: max(len(some) // SAMPLED_LINES, 1)] for some in (timed, later_timed))
    found, later_found = (
        [tokens for line in some if _has_stamp(tokens := find_tokens(line))] for some in (sample, later_sample)
    )
    if _are_few(found, sample, timed, lines) and _are_few(later_found, later_sample, later_timed, later):
        return _find_inside(lines)  # every n-th line may be one of those without
    sample, found = sample + later_sample, found + later_found
    for row in FIXED_HEADERS:
        if sum(is_fixed(row.name, line) for line in sample) >= SHARED_RATIO * len(found):
            return Header((), row.name)
    is_apart = _has_millis_apart(found)
    if is_apart:
        found = [_join_millis(tokens) for tokens in found]
    header = _find_shared(found, is_apart=is_apart)
    forms = [own for rows in _part_forms(found) if (own := _find_shared(rows, is_apart=is_apart)) is not None]
    if len(forms) < 2 or (header is not None and len(header.columns) >= max(len(form.columns) for form in forms)):
        return header
    return replace(forms[0], others=tuple(forms[1:]))


def _are_few(found: Sequence[object], sample: Sequence[str], timed: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether too few lines begin with a stamp, if so many of a sample of the timed ones do."""
    return not found or len(found) * len(timed) < STAMPED_RATIO * len(lines) * len(sample)


def find_rare_header(lines: Sequence[str]) -> Header | None:
    """The header of the few lines of a file that begin with a whole stamp, as the programs' behind a build's output.

    None: too few of them do, or they do not stand in order. What they tell of the others is nothing.
    """
    found = [(line, stamp) for line in lines if (stamp := _find_own_stamp(line)) is not None]
    times = [time for _, stamp in found if (time := parse_timestamp(stamp)) is not None]
    if len(times) < FEWEST_INSIDE or times[0] == times[-1]:
        return None
    in_order = sum((later - earlier).total_seconds() >= -LAG_S for earlier, later in pairwise(times))
    return find_header([line for line, _ in found]) if in_order >= IN_ORDER_RATIO * (len(times) - 1) else None


def _find_own_stamp(line: str) -> str | None:
    """The whole stamp at the head of a line, at most a level, a number or what a collector writes before it."""
    if not _CLOCK.search(line, 0, HEADER_CHARACTERS):
        return None
    for token in find_tokens(line):
        if token.kind is Column.STAMP:
            form = find_stamp_form(token.value)
            return None if form is None or form.lacks else token.value
        if token.kind in {Column.NAME, Column.WORD} and not line[token.end :].lstrip().startswith("|"):
            return None
    return None


def _find_shared(found: Sequence[Sequence[Token]], *, is_apart: bool) -> Header | None:
    """The header of lines with these columns; None if most share none with a stamp in it."""
    columns = _cut_inner(_vote(found), found)
    if Column.STAMP not in columns:
        return Header((Column.STAMP,)) if columns == () else None
    stamps = (token.value for tokens in found for token in tokens if token.kind is Column.STAMP)
    forms = Counter(form.name if (form := find_stamp_form(stamp)) else "epoch" for stamp in stamps)
    names = tuple(name for name, _ in forms.most_common())
    return Header(_trim(columns, found), stamp_forms=names, is_apart=is_apart)


def _has_millis_apart(found: Sequence[Sequence[Token]]) -> bool:
    """Whether the number behind the stamp is that of milliseconds, `14:36:10 102 [17]`: it changes all the time.

    That of a process or a thread has few values; a count of something seldom has three digits in most lines, and falls
    within a second.
    """
    rows = [(tokens[place - 1].value, tokens[place].value) for tokens in found if (place := _find_millis(tokens))]
    values = [value for _, value in rows]
    if len(values) < max(FEWEST_APART, SHARED_RATIO * len(found)) or len(set(values)) * 2 <= len(values):
        return False
    within = [(int(early), int(late)) for (second, early), (same, late) in pairwise(rows) if second == same]
    in_order = sum(early <= late for early, late in within)
    is_long = sum(len(value) == MILLIS_DIGITS for value in values) >= SHARED_RATIO * len(values)
    return is_long and in_order >= IN_ORDER_RATIO * len(within)


def _find_millis(tokens: Sequence[Token]) -> int:
    """The place of up to three bare digits behind a stamp; 0: there are none."""
    return next(
        (
            place
            for place, (stamp, token) in enumerate(pairwise(tokens), 1)
            if stamp.kind is Column.STAMP and token.kind is Column.NUMBER and MILLIS.fullmatch(token.value)
        ),
        0,
    )


def _join_millis(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without the milliseconds, which belong to the stamp."""
    place = _find_millis(tokens)
    return [*tokens[:place], *tokens[place + 1 :]] if place else list(tokens)


def _part_forms(found: Sequence[Sequence[Token]]) -> list[list[Sequence[Token]]]:
    """The lines of each form, by their columns up to the last stamp or level; the commonest form first.

    A level tells a form where it is written as one: a message may begin with "error".
    """
    parts: dict[tuple[Column, ...], list[Sequence[Token]]] = {}
    for tokens in found:
        last = max((place for place, token in enumerate(tokens) if token.kind in CERTAIN), default=-1)
        parts.setdefault(tuple(token.kind for token in tokens[: last + 1]), []).append(tokens)
    least = max(FEWEST_OF_A_FORM, FORM_RATIO * len(found))
    ranked = sorted(parts.items(), key=lambda part: -len(part[1]))
    return [rows for kinds, rows in ranked if len(rows) >= least and (Column.LEVEL not in kinds or _is_written(rows))]


def _is_written(rows: Sequence[Sequence[Token]]) -> bool:
    """Whether lines have a level in capitals, as loggers write it and sentences do not."""
    return all(token.value.isupper() for tokens in rows for token in tokens if token.kind is Column.LEVEL)


def _cut_inner(columns: tuple[Column, ...], found: Sequence[Sequence[Token]]) -> tuple[Column, ...]:
    """Without a second stamp that is of something else than the line: the first is the line's own.

    What collects lines writes its stamp before the program's own, at most the name of the stream between them. A level,
    or the name of a value, makes the first one the program's; so does a distance between the two that is none of zones.
    """
    places = [place for place, kind in enumerate(columns) if kind is Column.STAMP]
    if len(places) < 2:
        return columns
    first, second = places[:2]
    rows = [tokens for tokens in found if tuple(token.kind for token in tokens[: second + 1]) == columns[: second + 1]]
    names = [tokens[second - 1].value for tokens in rows if tokens[second - 1].kind is Column.NAME]
    named = sum(_OF_A_VALUE.search(name) is not None for name in names)
    is_inner = (
        Column.LEVEL in columns[first:second]
        or named * 2 > len(rows)
        or _are_apart([(tokens[first].value, tokens[second].value) for tokens in rows])
    )
    return columns[:second] if is_inner else columns


def _are_apart(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether two stamps of a line tell times that have nothing to do with each other.

    Zones keep them a number of quarters of an hour apart. Where the first ones are of one moment, the lines were
    collected then.
    """
    known = [
        (one, two) for first, second in pairs if (one := parse_timestamp(first)) and (two := parse_timestamp(second))
    ]
    if len(known) < FEWEST_INSIDE:
        return False
    outer, inner = ((max(column) - min(column)).total_seconds() for column in zip(*known, strict=True))
    apart = [((one - two).total_seconds() + LAG_S) % ZONE_STEP_S for one, two in known]
    return sum(lag > 2 * LAG_S for lag in apart) > (1 - SHARED_RATIO) * len(apart) and outer * 10 > inner


class _Inside(NamedTuple):
    """A stamp inside of a line: the word before it, its text, and whether it stands in quotes or in an object."""

    before: str
    stamp: str
    is_quoted: bool


def _find_inside(lines: Sequence[str]) -> Header | None:
    """A header of lines that tell their time inside, behind one and the same word; None if they do not."""
    found = [inside for line in lines if (inside := _look_inside(line)) is not None]
    if len(found) < max(FEWEST_INSIDE, STAMPED_RATIO * len(lines)):
        return None
    ((before, count),) = Counter(inside.before for inside in found).most_common(1)
    times = [parse_timestamp(inside.stamp) for inside in found if inside.before == before]
    known = [time for time in times if time is not None]
    in_order = sum(later >= earlier for earlier, later in pairwise(known))
    if count < SHARED_RATIO * len(found) or len(known) < count or known[0] == known[-1]:
        return None
    if sum(inside.is_quoted for inside in found) * 2 > count and count < PAYLOAD_RATIO * len(lines):
        return None  # the time of what a few lines show: the others have none, and some of these another
    return Header((), before=before) if in_order >= IN_ORDER_RATIO * (count - 1) else None


def _look_inside(line: str) -> _Inside | None:
    """The last whole stamp of a line, if it stands behind a word and is the line's own time."""
    stamps = list(find_whole_stamps(line))
    if stamps and _KEY.fullmatch(line, 0, stamps[-1].start()) and not line[stamps[-1].end() :].strip(CLOSERS):
        return None
    word = _BEFORE.search(line, 0, stamps[-1].start()) if stamps else None
    if word is None or _OF_ELSE.search(line[max(word.start() - 16, 0) : word.end()]):
        return None
    said = line[: stamps[-1].start()]
    return _Inside(word[0], stamps[-1][0], said.endswith(QUOTES) or said.count("{") > said.count("}"))


def _has_stamp(tokens: Sequence[Token]) -> bool:
    return any(token.kind is Column.STAMP for token in tokens)


def _vote(found: Sequence[Sequence[Token]]) -> tuple[Column, ...]:
    """The longest beginning that enough lines share."""
    columns: tuple[Column, ...] = ()
    agreeing = list(found)
    while agreeing:
        place = len(columns)
        ((kind, count),) = Counter(
            tokens[place].kind if place < len(tokens) else None for tokens in agreeing
        ).most_common(1)
        if kind is None or count < SHARED_RATIO * len(found):
            break
        columns = (*columns, kind)
        agreeing = [tokens for tokens in agreeing if place < len(tokens) and tokens[place].kind is kind]
    return columns


def _trim(columns: tuple[Column, ...], found: Sequence[Sequence[Token]]) -> tuple[Column, ...]:
    """Without what the messages may begin with: names and numbers behind the last stamp or level."""
    last = max(place for place, kind in enumerate(columns) if kind in CERTAIN)
    kept = last + 1
    for place in range(last + 1, len(columns)):
        fitting = [
            tokens[place]
            for tokens in found
            if tuple(token.kind for token in tokens[: place + 1]) == columns[: place + 1]
        ]
        if not _is_column(columns[place], fitting):
            break
        if columns[place] is not Column.NUMBER or _is_enclosed(columns, place) or all(map(_is_marked, fitting)):
            kept = place + 1
    return columns[:kept]


def _is_enclosed(columns: Sequence[Column], place: int) -> bool:
    """Whether a number behind the level is a process: another name follows it, or the level does not stand before."""
    return columns[place + 1 : place + 2] in ((Column.TAG,), (Column.NAME,)) or columns[place - 1] is Column.STAMP


def _is_marked(token: Token) -> bool:
    """Whether a number can be nothing but a process or a thread: "12#12:", "*34", "(1):"."""
    return "#" in token.value or token.value[0] in "*Os" or (token.value[0] == "(" and token.place - token.end > 1)


def _is_column(kind: Column, tokens: Sequence[Token]) -> bool:
    """Whether tokens behind the level are loggers, of which there are few, or the words and ids of messages."""
    if kind is Column.NUMBER:
        return True
    if kind is Column.WORD:
        return _is_writer(tokens)
    if _tell_connections({token.value for token in tokens}):
        return False
    values = {_OF_AN_OBJECT.sub("", choose_name((token.value,)) or token.value) for token in tokens}
    if kind is Column.NAME and sum(_CLASS.match(token.value) is not None for token in tokens) > len(tokens) / 2:
        return True
    if kind is Column.NAME and sum(_EVENT.match(value) is not None for value in values) * 2 > len(values):
        return False
    return len(values) <= max(FEWEST_VALUES, len(tokens) / LINES_A_VALUE) and (
        kind is Column.TAG or _are_loggers({token.value for token in tokens}) or _is_dashed(tokens)
    )


def _tell_connections(values: Collection[str]) -> bool:
    """Whether most of several different names are addresses or numbered ids: one and the same is the writer's own."""
    return len(values) > 1 and sum(_OF_A_CONNECTION.match(value) is not None for value in values) * 2 > len(values)


def _is_writer(tokens: Sequence[Token]) -> bool:
    """Whether a bare word is who writes the file: one name with a number in each line, whatever the message says."""
    return (
        len(tokens) >= FEWEST_OF_A_WRITER
        and len({token.value for token in tokens}) == 1
        and bool(_NUMBERED.match(tokens[0].value))
    )


def _are_loggers(values: Collection[str]) -> bool:
    """Whether names look like those of loggers: each has a mark inside, or, beside some with a dot, tells no event."""
    bare = [value for value in values if not any(mark in value for mark in ".:[/")]
    return not bare or (
        any("." in value for value in values) and all(value == MAIN or names_a_thing(value) for value in bare)
    )


def _is_dashed(tokens: Sequence[Token]) -> bool:
    """Whether more stands between name and message than a colon: "category - message", "logger : message"."""
    return all(token.place - token.end >= 3 for token in tokens)
