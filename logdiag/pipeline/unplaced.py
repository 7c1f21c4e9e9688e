"""What is said of lines without a time: what they tell, and, where no line of a request has one, how to get stamps."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import tzinfo
from pathlib import Path, PurePath
from typing import Final

from logdiag.errors import InputError
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.lexicon.messages import CONNECTION_KINDS
from logdiag.parsers.refusals import REASONS_SHOWN, Unplaced, refuse
from logdiag.parsers.rules import RuleSet
from logdiag.parsers.untimed import Meaning, Told, count_untimed
from logdiag.reading import FoundFiles, Line, LogFile, find_log_files, mask_secrets, read_lines
from logdiag.request import Request
from logdiag.results.causes import Finding
from logdiag.results.evidence import Number
from logdiag.scanning.lines import FileScan
from logdiag.texts.sentences import say
from logdiag.verdict import Severity

TEXT_NAMES: Final = frozenset({"", ".txt", ".text"})  # a copied terminal is saved under one of them
LIVES: Final = (Meaning.END, Meaning.CONNECT, Meaning.FAILED)  # what tells of connections
MOST_TEXTS: Final = 20  # a choice: so many texts that nothing marks as logs are looked at


def refuse_unplaced(
    request: Request, found: FoundFiles, scans: Sequence[FileScan], rules: RuleSet, zone: tzinfo
) -> InputError:
    """The error for a request of which not one line has a time.

    Texts without stamps that were left alone within folders are looked at too, where they tell of connections.
    """
    files = [Unplaced(scan.file.path, scan.layout, scan.lines_count) for scan in scans]
    faulty = {scan.file: scan.layout for scan in scans if scan.layout.fault is not None}
    told, others = count_untimed(faulty, faulty, rules), list[Unplaced]()
    if not faulty:
        others, told = _read_texts(found, rules, zone)
        files += others
    looked = say(
        "input.looked_at_all",
        files_count=len(files),
        lines_count=sum(file.lines_count or 0 for file in files),
        others_count=len(found.left_alone) - len(others),
    )
    return refuse(tuple(map(mask_secrets, request.paths)), looked, files, found.unread, told)


def find_untimed(scans: Sequence[FileScan], rules: RuleSet) -> list[Told]:
    """What the files of a request tell without a time, where others of its lines have one.

    Of a file that has stamps in some of its lines, in the middle of their words, no other line can borrow a time; it
    counts where no stamped line tells of a connection.
    """
    files = {scan.file: scan.layout for scan in scans if _is_untimed(scan)}
    return count_untimed(files, files, rules)


def note_untimed(told: Sequence[Told], name: str) -> tuple[Finding, ...]:
    """What lines tell of connections without a time, as a finding of this name."""
    rows = {row.meaning: row for row in told if row.meaning in LIVES}
    if not rows:
        return ()
    numbers: dict[str, Number] = {
        f"{meaning}s_count": rows[meaning].count if meaning in rows else 0 for meaning in LIVES
    }
    ends = rows.get(Meaning.END)
    reasons = () if ends is None else ends.reasons.most_common(REASONS_SHOWN)
    numbers["reasons"] = ", ".join(f"{reason} {count}×" for reason, count in reasons) or None
    return (Finding(name, Severity.INFO, numbers, tuple(row.first for row in rows.values())),)


def _is_untimed(scan: FileScan) -> bool:
    layout = scan.layout
    if not scan.records_seen:
        return layout.fault is not None
    is_stray = layout.fault is None and layout.is_time_rare
    return is_stray and not any(event.kind in CONNECTION_KINDS for event in scan.events)


def _read_texts(found: FoundFiles, rules: RuleSet, zone: tzinfo) -> tuple[list[Unplaced], list[Told]]:
    """The texts beside the logs that tell of connections without a time, and what they tell."""
    paths = [path for path in found.left_alone if PurePath(path).suffix.lower() in TEXT_NAMES and Path(path).is_file()]
    layouts = find_layouts(find_log_files(paths[:MOST_TEXTS]).files, zone)
    untimed = {file: layout for file, layout in layouts.items() if layout.fault is not None}
    telling: dict[LogFile, Unplaced] = {
        file: Unplaced(file.path, layout, _count_lines(file))
        for file, layout in untimed.items()
        if count_untimed([file], untimed, rules)
    }
    return list(telling.values()), count_untimed(telling, untimed, rules)


def _count_lines(file: LogFile) -> int:
    with closing(read_lines(file)) as lines:
        return sum(isinstance(line, Line) for line in lines)
