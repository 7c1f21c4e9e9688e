"""Settings of the server that the logs show: its own lines, or those of clients that it sent them to."""

from __future__ import annotations

import pandas as pd

from logdiag.events import EventKind
from logdiag.request import StatedSettings


def find_logged_settings(frame: pd.DataFrame) -> StatedSettings:
    """The settings that all lines agree on; where servers differ, or a setting was changed, there is no one value."""
    rows = frame[(frame["kind"] == EventKind.SETTING.value) & frame["channel"].notna() & (frame["value"] > 0)]
    values = {str(name): {float(value) for value in group} for name, group in rows.groupby("channel")["value"]}
    agreed = {name: given.pop() for name, given in values.items() if len(given) == 1}
    interval_ms, timeout_ms = agreed.get("pingInterval"), agreed.get("pingTimeout")
    limit = agreed.get("maxHttpBufferSize")
    return StatedSettings(
        None if interval_ms is None else interval_ms / 1e3,
        None if timeout_ms is None else timeout_ms / 1e3,
        None if limit is None else int(limit),
    )
