"""Before health is told: what was written of lost messages in words that nobody understood, in any file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from logdiag.parsers.forms.records import UnreadableError, decode_records
from logdiag.parsers.lexicon.deliveries import may_be_loss
from logdiag.parsers.lexicon.messages import is_foreign
from logdiag.parsers.lexicon.troubles import ALARMING
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.following import Followed
from logdiag.pipeline.unread_troubles import LEAST_LINES, MOST_LINES, Row, choose_window
from logdiag.results.evidence import Evidence
from logdiag.scanning.cells import EVER, read_within
from logdiag.scanning.lines import FileScan

# What stands in the raw line of each such message, of any language.
TELLING_BYTES: Final = re.compile(
    rb"(?i)\back|drop|discard|abandon|deliver|giv(?:e|ing|en) up|gave up|time[d]?[ -]?out|fail|retr(?:y|ies)|attempts"
    rb"|\blost\b|not sent|no (?:answer|reply|response)|descart|perd|verworf|verlor|aufgegeb|scartat|odrzuc|utrac"
    rb"|[\xc3-\xed][\x80-\xbf]"  # letters beyond ASCII
)


def find_unread_losses(followed: Followed) -> tuple[Row, ...]:
    """The lines that look as if they told of a lost message: template, how many, the first of them."""
    scans = [scan for scan in followed.reading.scans if not is_foreign(scan.file.service)]
    most_lines = max(LEAST_LINES, MOST_LINES // max(1, len(scans)))
    found: dict[str, Row] = {}
    for scan in scans:
        for template, place in _list_losses(followed, scan, most_lines):
            _, count, first = found.get(template, (template, 0, place))
            found[template] = template, count + 1, first
    return tuple(sorted(found.values(), key=lambda row: (-row[1], row[2].file, row[2].line)))


def _list_losses(followed: Followed, scan: FileScan, most_lines: int) -> Iterator[tuple[str, Evidence]]:
    rules, asked = followed.reading.rules, followed.reading.window
    is_candidate = rules.find_candidate()
    for number, raw in read_within(scan, [choose_window(scan, EVER, most_lines)]):
        if TELLING_BYTES.search(raw) is None:
            continue
        try:
            records = decode_records(raw, scan.layout)
        except UnreadableError:
            continue
        for moment, record in records:
            service = record.service or scan.file.service
            if (
                (asked is None or asked.holds(moment))
                and may_be_loss(record.message, is_alarm=record.level in ALARMING)
                and not is_foreign(service)
                and not (
                    is_candidate(raw)
                    and rules.interpret(record.message, service, record.fields, record.level) is not None
                )
            ):
                yield mask_message(record.message), Evidence(scan.file.path, number)
