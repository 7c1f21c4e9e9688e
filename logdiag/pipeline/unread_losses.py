"""Before health is told: what was written of lost messages in words that nobody understood, in any file."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from logdiag.parsers.forms.dialects import Record
from logdiag.parsers.lexicon.deliveries import may_be_loss
from logdiag.parsers.lexicon.messages import is_foreign
from logdiag.parsers.lexicon.troubles import ALARMING
from logdiag.pipeline.following import Followed
from logdiag.pipeline.unread_lines import Row, choose_window, count_wordings, list_unread, share_lines
from logdiag.scanning.cells import EVER

# What stands in the raw line of each such message, of any language.
TELLING_BYTES: Final = re.compile(
    rb"(?i)\back|drop|discard|abandon|deliver|giv(?:e|ing|en) up|gave up|time[d]?[ -]?out|fail|retr(?:y|ies)|attempts"
    rb"|\blost\b|not sent|no (?:answer|reply|response)|descart|perd|verworf|verlor|aufgegeb|scartat|odrzuc|utrac"
    rb"|[\xc3-\xed][\x80-\xbf]"  # letters beyond ASCII
)


def find_unread_losses(followed: Followed) -> tuple[Row, ...]:
    """The lines that look as if they told of a lost message: template, how many, the first of them."""
    scans = [scan for scan in followed.reading.scans if not is_foreign(scan.file.service)]
    most_lines = share_lines(len(scans))
    return count_wordings(
        line
        for scan in scans
        for line in list_unread(followed, scan, choose_window(scan, EVER, most_lines), TELLING_BYTES, _may_be_loss)
    )


def _may_be_loss(_moment: datetime, record: Record) -> bool:
    return may_be_loss(record.message, is_alarm=record.level in ALARMING)
