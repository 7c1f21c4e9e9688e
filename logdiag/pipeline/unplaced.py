"""What is said where no line of a request has a time: what the lines tell without one, and how to get stamps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path, PurePath
from typing import Final

from logdiag.errors import InputError
from logdiag.parsers.forms import find_layouts
from logdiag.parsers.refusals import Unplaced, refuse
from logdiag.parsers.rules import RuleSet
from logdiag.parsers.untimed import Told, count_untimed
from logdiag.reading import FoundFiles, LogFile, find_log_files, mask_secrets
from logdiag.request import Request
from logdiag.scanning.lines import FileScan
from logdiag.texts.sentences import say

TEXT_NAMES: Final = frozenset({"", ".txt", ".text"})  # a copied terminal is saved under one of them
MOST_TEXTS: Final = 20  # a choice: so many texts that nothing marks as logs are looked at


def refuse_unplaced(
    request: Request, found: FoundFiles, scans: Sequence[FileScan], rules: RuleSet, zone: tzinfo
) -> InputError:
    """The error for a request of which not one line has a time.

    Texts without stamps that were left alone within folders are looked at too, where they tell of connections.
    """
    looked = say(
        "input.looked_at_all",
        files_count=len(found.files),
        lines_count=sum(scan.lines_count for scan in scans),
        others_count=len(found.left_alone),
    )
    files = [Unplaced(scan.file.path, scan.layout, scan.lines_count) for scan in scans]
    faulty = {scan.file: scan.layout for scan in scans if scan.layout.fault is not None}
    told = count_untimed(faulty, faulty, rules)
    if not faulty:
        others, told = _read_texts(found, rules, zone)
        files += others
    return refuse(tuple(map(mask_secrets, request.paths)), looked, files, found.unread, told)


def _read_texts(found: FoundFiles, rules: RuleSet, zone: tzinfo) -> tuple[list[Unplaced], list[Told]]:
    """The texts beside the logs that tell of connections without a time, and what they tell."""
    paths = [path for path in found.left_alone if PurePath(path).suffix.lower() in TEXT_NAMES and Path(path).is_file()]
    layouts = find_layouts(find_log_files(paths[:MOST_TEXTS]).files, zone)
    untimed = {file: layout for file, layout in layouts.items() if layout.fault is not None}
    telling: dict[LogFile, Unplaced] = {
        file: Unplaced(file.path, layout) for file, layout in untimed.items() if count_untimed([file], untimed, rules)
    }
    return list(telling.values()), count_untimed(telling, untimed, rules)
