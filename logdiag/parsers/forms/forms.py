"""From the heads of files to their layouts: which form each is in, and what the files tell about each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timezone, tzinfo
from itertools import islice
from pathlib import Path
from typing import Final

from logdiag.parsers.forms.colours import strip_colours
from logdiag.parsers.forms.contexts import FEWEST_LIFTED, lift
from logdiag.parsers.forms.dating import find_date, settle_order
from logdiag.parsers.forms.day_order import PLACE_BYTES, PLACES
from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.forms.drafts import ANY_DAY, SAMPLED_STAMPS, Draft, NumberedLine, find_lack
from logdiag.parsers.forms.form_names import name_form
from logdiag.parsers.forms.found_keys import find_keys
from logdiag.parsers.forms.header_search import FEWEST_INSIDE, find_header, find_rare_header
from logdiag.parsers.forms.headers import Column, Head
from logdiag.parsers.forms.layouts import JSON_LINES, Fault, Layout
from logdiag.parsers.forms.logfmt import PAIRS_LINE
from logdiag.parsers.forms.neighbours import ask_neighbours
from logdiag.parsers.forms.prefixes import has_prefix
from logdiag.parsers.forms.records import (
    BLANK,
    BRACE,
    CLOCK,
    NEAR,
    NOT_JSON,
    UnreadableError,
    list_records,
    read_line,
)
from logdiag.parsers.forms.shared_headers import Header
from logdiag.parsers.forms.torn_lines import is_torn
from logdiag.reading import Damage, DamageError, LogFile, is_document, is_seekable, read_lines, read_spans
from logdiag.times.stamps import (
    find_bare_millis,
    has_zone,
    parse_timestamp,
)

HEAD_LINES: Final = 400
HEAD_BYTES: Final = 1 << 18
LONGEST_LINE: Final = 1 << 16  # longer ones tell no form
LIFTED_LINES: Final = 80  # taken evenly, are asked whether metadata stands among their columns
DECODED_LINES: Final = 100  # of JSON lines as many are decoded to learn how their stamps are written
SHOWN_CHARACTERS: Final = 160
LINES_A_PLACE: Final = 4  # two loggers take turns line by line
LINES_OF_NEIGHBOURS: Final = 12  # of a place, to see lines of different kinds follow each other
INDENTS: Final = (b" ", b"\t")


def find_layouts(
    files: Sequence[LogFile], zone: tzinfo = UTC, *, is_zone_stated: bool = False
) -> dict[LogFile, Layout]:
    """The layout of each file. What one leaves open, a day's date or the order of day and month, others may tell.

    Stamps without a zone are read in `zone`, unless it was assumed and the lines of a file tell another.
    """
    drafts = {file: _draft(file, zone, is_zone_stated=is_zone_stated) for file in files}
    drafts = settle_order(drafts)
    return {file: replace(find_date(file, draft, drafts), limits=file.limits) for file, draft in drafts.items()}


def read_alone(text: str) -> list[Record]:
    """The records of one line, as in a file of such lines. Raises UnreadableError, also for what is but a message."""
    raw = text.encode("utf-8", "replace").strip(BLANK)
    if not raw:
        raise UnreadableError(NOT_JSON)
    header = None if raw[0] == BRACE or has_prefix(raw) else find_header([lift(strip_colours(raw.decode()))[0]])
    return list(read_line(raw, Layout(header=header, is_lifted=True)))


def _draft(file: LogFile, zone: tzinfo, *, is_zone_stated: bool) -> Draft:
    lines = _read_head(file)
    draft = _draft_head(file, lines, zone)
    if not lines or draft.layout.fault not in {None, Fault.CLOCK_ALONE}:
        return draft
    if lines[0].number == 1 and lines[0].raw[0] != BRACE and is_torn([line.raw for line in lines], draft.layout):
        draft = replace(draft, layout=replace(draft.layout, torn=lines[0].raw), stamps=draft.stamps[1:])
    is_alike = all(line.raw[0] == BRACE for line in lines)
    if is_alike and len({has_zone(stamp) for stamp in draft.stamps[:SAMPLED_STAMPS]}) < 2:
        return draft
    later = [] if is_alike or _is_whole(file, lines) else _read_places(file)
    told = ask_neighbours([[line.raw for line in lines], *later], draft.layout, is_zone_stated=is_zone_stated)
    layout = replace(draft.layout, is_zone_found=told.zone is not None, is_zone_open=told.is_open)
    layout = layout if told.zone is None else replace(layout, zone=timezone(told.zone))
    return replace(draft, layout=layout, told=told)


def _is_whole(file: LogFile, lines: Sequence[NumberedLine]) -> bool:
    """Whether the lines at the head of a file are all that it has."""
    return bool(lines) and lines[-1].number < HEAD_LINES and file.size_bytes <= HEAD_BYTES


def _draft_head(file: LogFile, lines: Sequence[NumberedLine], zone: tzinfo) -> Draft:
    objects = [line for line in lines if line.raw[0] == BRACE or has_prefix(line.raw)]
    texts = (
        [_show(line.raw) for line in lines if not line.is_inner and line not in objects]
        if len(objects) < len(lines)
        else []
    )
    later = _read_later(file) if len(texts) > len(objects) and not _is_whole(file, lines) else []
    is_lifted = sum(lift(text)[1] != "" for text in texts[:: len(texts) // LIFTED_LINES + 1]) >= FEWEST_LIFTED
    if is_lifted:
        texts, later = ([lift(text)[0] for text in some] for some in (texts, later))
    header = find_header(texts, later) if texts else None
    is_pairs = sum(PAIRS_LINE.match(text) is not None for text in texts) * 2 > len(texts)
    if header is not None and not (header.before and is_pairs):
        heads = [head for text in (*texts, *later) if (head := header.read(text)) is not None]
        if len(heads) > len(objects):
            draft = _draft_text(lines, heads, header, zone)
            return replace(draft, layout=replace(draft.layout, is_lifted=is_lifted))
    if objects:
        return _draft_json(file, objects, zone)
    if is_pairs:
        return _draft_pairs(lines, zone)
    is_timed = sum(CLOCK.search(line.raw, 0, NEAR) is not None for line in lines) * 2 > len(lines)
    if not is_timed and (rare := _draft_rare(lines, [*texts, *later], zone)) is not None:
        return replace(rare, layout=replace(rare.layout, is_lifted=is_lifted, is_rare=True))
    return Draft(_refuse(Layout("text", zone), Fault.NOT_UNDERSTOOD if is_timed else Fault.UNTIMED_TEXT, lines))


def _read_head(file: LogFile) -> list[NumberedLine]:
    lines: list[NumberedLine] = []
    with closing(read_lines(file)) as stream:
        for line in islice(stream, HEAD_LINES):
            if isinstance(line, Damage) or line.offset_bytes > HEAD_BYTES:
                break
            if raw := line.raw.strip(BLANK):
                is_inner = line.raw[:1] in INDENTS and CLOCK.search(raw, 0, NEAR) is None
                lines.append(NumberedLine(line.number, raw, is_inner))
    return lines


def _show(raw: bytes) -> str:
    return strip_colours(raw[:LONGEST_LINE].decode("utf-8", "replace"))


def _read_later(file: LogFile) -> list[str]:
    """Lines of places all over a file behind its head: their form may be another one, of a second logger or version."""
    rows = [rows[:LINES_A_PLACE] for rows in _read_places(file)]
    return [_show(bare) for raws in rows for raw in raws if (bare := raw.strip(BLANK)) and raw[:1] not in INDENTS]


def _read_places(file: LogFile) -> list[list[bytes]]:
    """Lines that follow each other, as they stand there, at places all over a file behind its head."""
    if not is_seekable(file) or not isinstance(file.opened_as, Path):
        return []  # one unpacked or fetched for this alone would be so twice
    step = max(file.size_bytes // PLACES, PLACE_BYTES)
    spans = [(place, place + PLACE_BYTES) for place in range(step, file.size_bytes, step)]
    try:
        with closing(read_spans(file, spans)) as pieces:
            return [piece.split(b"\n")[1:-1][:LINES_OF_NEIGHBOURS] for piece in pieces]
    except DamageError:
        return []


def _refuse(layout: Layout, fault: Fault, lines: Sequence[NumberedLine]) -> Layout:
    """A layout of which nothing can be placed in time, with the line that shows it."""
    if not lines:
        return replace(layout, form="empty")
    shown = strip_colours(lines[0].raw[: 4 * SHOWN_CHARACTERS].decode("utf-8", "replace"))[:SHOWN_CHARACTERS]
    return replace(layout, fault=fault, line=lines[0].number, first_line=shown)


def _draft_text(lines: Sequence[NumberedLine], heads: Sequence[Head], header: Header, zone: tzinfo) -> Draft:
    stamps = [stamp for head in heads for stamp in head.stamps[-1:]]
    holds_json = sum(head.message.startswith("{") for head in heads) * 2 > len(heads)
    form = f"{header.form.removesuffix(' message')} JSON" if holds_json else header.form
    header = replace(header, is_own=not holds_json or Column.LEVEL in header.columns)
    layout = Layout(form=f"text: {form}", zone=zone, header=header, is_json=False, has_braces=False)
    outer = [stamp for head in heads for stamp in head.stamps]
    return _judge(layout, stamps if header.is_own else _list_stamps(lines), outer, lines)


def _draft_json(file: LogFile, lines: Sequence[NumberedLine], zone: tzinfo) -> Draft:
    has_braces = sum(line.raw[0] == BRACE for line in lines) * 2 > len(lines)
    layout = Layout(form=name_form([line.raw for line in lines[:DECODED_LINES]]), zone=zone, has_braces=has_braces)
    if is_document(file):
        return Draft(_refuse(layout, Fault.TOO_LARGE, lines))
    records = _list_records(lines)
    if (keys := find_keys(records)) is not None:
        layout = replace(layout, keys=keys, form=f"{layout.form} ({', '.join(filter(None, keys))})")
        records = _list_records(lines, layout)
    return _judge(layout, [record.stamp for record in records], (), lines)


def _draft_pairs(lines: Sequence[NumberedLine], zone: tzinfo) -> Draft:
    layout = Layout(form="logfmt", zone=zone, is_json=False, has_braces=False)
    return _judge(layout, _list_stamps(lines, layout), (), lines)


def _draft_rare(lines: Sequence[NumberedLine], texts: Sequence[str], zone: tzinfo) -> Draft | None:
    """Of a file with few stamped lines, by these alone; None: a text without stamps that names a few times."""
    if (header := find_rare_header(texts)) is not None:
        return _draft_text(lines, [head for text in texts if (head := header.read(text)) is not None], header, zone)
    draft = _draft_pairs([line for line in lines if PAIRS_LINE.match(_show(line.raw))], zone)
    return None if draft.layout.fault or len(draft.stamps) < FEWEST_INSIDE else draft


def _list_stamps(lines: Iterable[NumberedLine], layout: Layout = JSON_LINES) -> list[object]:
    return [record.stamp for record in _list_records(lines, layout)]


def _list_records(lines: Iterable[NumberedLine], layout: Layout = JSON_LINES) -> list[Record]:
    records: list[Record] = []
    for line in islice(lines, DECODED_LINES):
        try:
            records += list_records(line.raw, layout)
        except (UnreadableError, RecursionError):
            continue
    return records


def _judge(layout: Layout, stamps: Sequence[object], others: Sequence[str], lines: Sequence[NumberedLine]) -> Draft:
    """What the stamps lack: all of it, the date, the year, or nothing."""
    known = [stamp for stamp in stamps if stamp is not None]
    if not known:
        untimed = Fault.UNTIMED_JSON if layout.is_json else Fault.UNTIMED_TEXT
        return Draft(_refuse(layout, untimed if stamps else Fault.NOT_UNDERSTOOD, lines))
    if all(parse_timestamp(stamp, layout.zone, ANY_DAY) is None for stamp in known):
        return Draft(_refuse(layout, Fault.NOT_UNDERSTOOD, lines))
    if find_bare_millis(stamp for stamp in known if isinstance(stamp, str)):
        layout = replace(layout, hints=layout.hints._replace(counts_millis=True))
    lacking = Counter(find_lack(stamp) for stamp in (*known, *others))
    draft = Draft(layout, tuple(known))
    if lacking[""]:
        return (
            draft
            if lacking[""] * 2 >= sum(lacking.values())
            else replace(draft, lacks=_commonest(lacking), stamps=(*known, *others))
        )
    lacks = _commonest(lacking)
    yearless = tuple(stamp for stamp in others if find_lack(stamp) == "year")
    if 2 * len(yearless) >= len(known):  # month and day in front of an inner logger's clock
        draft, lacks = replace(draft, stamps=yearless), "year"
    timed = [line for line in lines if CLOCK.search(line.raw, 0, NEAR) is not None]
    return replace(draft, lacks=lacks, layout=_refuse(layout, Fault.CLOCK_ALONE, timed or lines))


def _commonest(lacking: Counter[str]) -> str:
    return next(lack for lack, _ in lacking.most_common() if lack)
