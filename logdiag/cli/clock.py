"""The only clock of logdiag: when a report was made."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from logdiag.errors import InputError


def generated_at() -> datetime:
    """Return now, or the moment that SOURCE_DATE_EPOCH pins (reproducible-builds.org). Raises InputError."""
    pinned = os.environ.get("SOURCE_DATE_EPOCH")
    if not pinned:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(pinned), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InputError("time.bad_epoch", text=pinned) from error
