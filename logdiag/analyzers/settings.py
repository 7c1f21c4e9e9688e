"""Settings of the server that the logs show: its own lines, or those of clients that it sent them to."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import pandas as pd

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.frame import list_values, rows_of
from logdiag.request import StatedSettings

CONNECTS: Final = (EventKind.CONNECTED, EventKind.SERVER_CONNECTED)
# The handshake (Engine.IO's open packet) as libraries log it beside the connect: in ms, and bytes.
HANDSHAKE: Final = compile_later(r"\b(pingInterval|pingTimeout|maxPayload)\b['\"]?\s?[:=]\s?(\d{1,12})\b")
NAMES: Final = {"maxPayload": "maxHttpBufferSize"}  # the handshake's name for the server's


def find_logged_settings(frame: pd.DataFrame) -> StatedSettings:
    """The settings that all lines agree on; where servers differ, or a setting was changed, there is no one value."""
    rows = frame[(frame["kind"] == EventKind.SETTING.value) & frame["channel"].notna() & (frame["value"] > 0)]
    values: dict[str, set[float]] = defaultdict(set)
    for name, group in rows.groupby("channel")["value"]:
        values[str(name)].update(float(value) for value in group)
    for message in set(list_values(rows_of(frame, CONNECTS, ("message",))["message"])):
        for name, value in HANDSHAKE.findall(message) if "pingInterval" in message else ():
            values[NAMES.get(name, name)].update([float(value)] if float(value) > 0 else [])
    agreed = {name: given.pop() for name, given in values.items() if len(given) == 1}
    interval_ms, timeout_ms = agreed.get("pingInterval"), agreed.get("pingTimeout")
    limit = agreed.get("maxHttpBufferSize")
    return StatedSettings(
        None if interval_ms is None else interval_ms / 1e3,
        None if timeout_ms is None else timeout_ms / 1e3,
        None if limit is None else int(limit),
    )
