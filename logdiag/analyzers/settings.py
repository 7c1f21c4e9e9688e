"""Settings of the server that the logs show: its own lines, or those of clients that it sent them to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.connections.server_side import ServerView
from logdiag.deferred import compile_later
from logdiag.events import CLOSINGS, EventKind
from logdiag.request import StatedSettings
from logdiag.results.causes import Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import CHANGED_SETTINGS
from logdiag.rows import Rows
from logdiag.verdict import Severity

MOST_CHANGES: Final = 5  # a choice: more are somebody's trials, and the last ones count
CONNECTS: Final = (EventKind.CONNECTED, EventKind.SERVER_CONNECTED)
# The handshake (Engine.IO's open packet) as libraries log it beside the connect: in ms, and bytes.
HANDSHAKE: Final = compile_later(r"\b(pingInterval|pingTimeout|maxPayload)\b['\"]?\s?[:=]\s?(\d{1,12})\b")
NAMES: Final = {"maxPayload": "maxHttpBufferSize"}  # the handshake's name for the server's


class ToldSetting(NamedTuple):
    """One setting as a server told it when it started: in milliseconds, or bytes."""

    time: datetime
    source: str
    name: str
    value: float
    place: Evidence


class SettingChange(NamedTuple):
    """A start of a server that told another value of a setting than its last start before."""

    before: ToldSetting
    after: ToldSetting


def find_changes(told: Sequence[ToldSetting]) -> tuple[SettingChange, ...]:
    """Where a server came back with another value; `told` is in the order of time."""
    last: dict[tuple[str, str], ToldSetting] = {}
    changes = []
    for one in told:
        before = last.get((one.source, one.name))
        if before is not None and before.value != one.value:
            changes.append(SettingChange(before, one))
        last[one.source, one.name] = one
    return tuple(changes)


def settle_told(told: Sequence[ToldSetting], timeline: Rows) -> StatedSettings:
    """The values that all servers agree on while most connections end: those before or after a change, not both."""
    if not told:
        return StatedSettings()
    ends_s = timeline.of_kinds(CLOSINGS).seconds()
    middle_s = float(np.median(ends_s)) if len(ends_s) else told[-1].time.timestamp()
    first: dict[tuple[str, str], float] = {}
    current: dict[tuple[str, str], float] = {}
    for one in told:
        first.setdefault((one.source, one.name), one.value)
        if one.time.timestamp() <= middle_s:
            current[one.source, one.name] = one.value
    values: dict[str, set[float]] = defaultdict(set)
    for (_, name), value in (first | current).items():
        values[name].add(value)
    return _state({name: given.pop() for name, given in values.items() if len(given) == 1})


def find_logged_settings(timeline: Rows) -> StatedSettings:
    """The settings that all lines agree on; where servers differ, or a setting was changed, there is no one value."""
    rows = timeline.of_kinds({EventKind.SETTING})
    values: dict[str, set[float]] = defaultdict(set)
    for name, value in zip(rows["channel"], rows["value"], strict=True):
        if name is not None and value is not None and value > 0:
            values[name].add(value)
    for message in set(timeline.of_kinds(CONNECTS)["message"]):
        for name, text in HANDSHAKE.findall(message) if "pingInterval" in message else ():
            values[NAMES.get(name, name)].update([float(text)] if float(text) > 0 else [])
    agreed = {name: given.pop() for name, given in values.items() if len(given) == 1}
    return _state(agreed)


def _state(agreed: Mapping[str, float]) -> StatedSettings:
    """The settings in seconds and bytes."""
    interval_ms, timeout_ms = agreed.get("pingInterval"), agreed.get("pingTimeout")
    limit = agreed.get("maxHttpBufferSize")
    return StatedSettings(
        None if interval_ms is None else interval_ms / 1e3,
        None if timeout_ms is None else timeout_ms / 1e3,
        None if limit is None else int(limit),
    )


def note_changed_settings(
    changes: Sequence[SettingChange], drops: Sequence[Disconnect], server: ServerView
) -> tuple[Finding, ...]:
    """One finding a change, the last ones; by the clock of the server that told it."""
    moments = [drop.time - timedelta(seconds=server.offset_s(drop.connection)[0]) for drop in drops]
    return tuple(_note(change, moments) for change in changes[-MOST_CHANGES:])


def _note(change: SettingChange, moments: Sequence[datetime]) -> Finding:
    before, after = change
    numbers: dict[str, Number] = {
        "setting": after.name,
        "source": after.source,
        "was": _show(before.value),
        "now": _show(after.value),
        "change_time": after.time.isoformat(),
        "before_count": sum(moment < after.time for moment in moments),
        "after_count": sum(moment >= after.time for moment in moments),
    }
    return Finding(CHANGED_SETTINGS, Severity.INFO, numbers, (before.place, after.place))


def _show(value: float) -> str:
    return f"{value:,.0f}"
