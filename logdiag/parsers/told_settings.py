"""Settings of a server in the line of its start: keys of the record, `pingInterval=25000`, `心跳间隔 25 秒`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.parsers.lexicon.timers import MILLISECONDS

INTERVAL: Final = "pingInterval"
TIMEOUT: Final = "pingTimeout"
LIMIT: Final = "maxHttpBufferSize"
IDLE: Final = "idleTimeout"

_LIMIT_WORDS: Final = (
    r"max[ _-]?http[ _-]?buffer[ _-]?size|max[ _-]?payload(?:[ _-]?(?:size|length|bytes))?"
    r"|max[ _-]?(?:message|frame)[ _-]?(?:size|length|bytes)|最大(?:消息|帧|载荷)(?:大小|长度)?"
)
_NAMES: Final = (
    (INTERVAL, r"(?:ping|heart-?beat|hb)[ _.-]?(?:interval|period|every)(?:[ _-]?ms)?|心跳(?:间隔|周期)"),
    (TIMEOUT, r"(?:ping|pong|heart-?beat|hb)[ _.-]?time-?out(?:[ _-]?ms)?|心跳超时(?:时间)?"),
    (LIMIT, _LIMIT_WORDS),
    (IDLE, r"(?:socket[ _-]?)?idle[ _-]?time-?out(?:[ _-]?ms)?|空闲超时(?:时间)?"),
)
_BARE: Final = (INTERVAL, r"heart-?beat|ping|心跳")  # `heartbeat: 30`: in the line of a start alone
_TIMES: Final = "|".join(sorted(MILLISECONDS, key=len, reverse=True))
_SIZES: Final[Mapping[str, float]] = {
    "b": 1.0,
    "bytes": 1.0,
    "字节": 1.0,
    "k": 1e3,
    "kb": 1e3,
    "m": 1e6,
    "mb": 1e6,
    "kib": 1024.0,
    "mib": 1024.0**2,
    "g": 1e9,
    "gb": 1e9,
    "gib": 1024.0**3,
}
_SIZE_UNITS: Final = "|".join(sorted(_SIZES, key=len, reverse=True))
_VALUE: Final = (
    r"[\"']?(?: (?:is|of|set to|set at))?[\s:=：]{0,3}[\"']?(?P<value>\d{1,12}(?:\.\d{1,3})?(?:e\d)?)"
    rf" ?(?P<unit>{_TIMES}|{_SIZE_UNITS})?(?![\w.])"
)
_SEARCHES: Final = {name: compile_later(rf"(?i)(?<![a-z])(?:{words}){_VALUE}") for name, words in _NAMES}
_KEYS: Final = {name: compile_later(rf"(?i)^(?:{words})$") for name, words in _NAMES}
_BARE_SEARCH: Final = compile_later(rf"(?i)(?<![a-z])(?:{_BARE[1]})(?=[\"']?[ ]?[:=：]){_VALUE}")
_BARE_KEY: Final = compile_later(rf"(?i)^(?:{_BARE[1]})$")
_WHOLE: Final = compile_later(
    rf"(?i)^\s?(?P<value>\d{{1,12}}(?:\.\d{{1,3}})?(?:e\d)?) ?(?P<unit>{_TIMES}|{_SIZE_UNITS})?$"
)
_MESSAGE_LIMIT: Final = 600  # characters of a message: what a start says of itself
_MOST_SECONDS: Final = 500.0  # a bare number up to here is seconds: no heartbeat comes every half of a second
_LEAST_BYTES: Final = 1024.0  # less is no limit on messages


def read_settings(message: str, fields: Mapping[str, Any], *, is_start: bool) -> dict[str, float]:
    """The settings that a line tells, by Socket.IO's names: in milliseconds, and bytes.

    The line of a start itself may say less of what it names (`is_start`): `heartbeat: 30`.
    """
    found: dict[str, float] = {}
    for key, value in _list_pairs(fields):
        name = next((name for name, words in _KEYS.items() if words.match(key)), None)
        if name is None and is_start and _BARE_KEY.match(key):
            name = _BARE[0]
        if name is not None and (number := _read_value(name, value)) is not None:
            found.setdefault(name, number)
    headline = message[:_MESSAGE_LIMIT]
    searches = [*_SEARCHES.items(), *([(_BARE[0], _BARE_SEARCH)] if is_start else [])]
    for name, search in searches:
        match = search.search(headline)
        if match is not None and (number := _convert(name, match["value"], match["unit"])) is not None:
            found.setdefault(name, number)
    return found


def _list_pairs(fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The keys of a record and of the objects in it."""
    pairs: list[tuple[str, Any]] = []
    for key, value in fields.items():
        pairs += value.items() if isinstance(value, Mapping) else [(key, value)]
    return [(str(key), value) for key, value in pairs]


def _read_value(name: str, value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _convert(name, str(value), None)
    match = _WHOLE.match(value) if isinstance(value, str) else None
    return None if match is None else _convert(name, match["value"], match["unit"])


def _convert(name: str, value: str, unit: str | None) -> float | None:
    """The value in milliseconds or bytes; None where its unit is of another kind, or the number says nothing."""
    number, unit = float(value), (unit or "").lower()
    if name == LIMIT:
        size = number * _SIZES.get(unit, 1.0)
        return size if size >= _LEAST_BYTES and (not unit or unit in _SIZES) else None
    if unit:
        return number * MILLISECONDS[unit] or None if unit in MILLISECONDS else None
    return (number * 1e3 if number <= _MOST_SECONDS else number) or None
