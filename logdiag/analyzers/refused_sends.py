"""Sends that found nobody connected: `tried to send to a session that is not connected`, from either side.

No push that goes out dies of it, so that the ledger of pushes holds none of them; what was to be sent was lost all the
same unless somebody kept it, and of that such a line says nothing. Numbered tries are their own retries, told there.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from logdiag.events import EventKind
from logdiag.frame import list_values
from logdiag.results.causes import Finding
from logdiag.results.diagnosis import REFUSED_SENDS
from logdiag.results.evidence import Evidence
from logdiag.verdict import Severity

SHOWN: Final = 5  # a choice: as many lines as a reader looks up


def find_refused_sends(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """How many lines tell of such a send, and where the first stand."""
    rows = frame[(frame["kind"] == EventKind.EMIT_REFUSED.value) & frame["count"].isna()]
    if rows.empty:
        return ()
    first = rows.head(SHOWN)
    lines = zip(list_values(first["file"]), list_values(first["line"]), strict=True)
    places = tuple(Evidence(file, int(line)) for file, line in lines)
    return (Finding(REFUSED_SENDS, Severity.INFO, {"count": len(rows)}, places),)
