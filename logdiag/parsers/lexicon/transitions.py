"""Changes of a connection's state, told with an arrow: `connection state: connected -> reconnecting`.

The first word is what was, so that a reading of the words in their order takes it for what happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind

ARROWS: Final = ("->", "=>", "→", "⇒", "➜")
_UP: Final = ("connected", "open", "opened", "established", "online", "已连接", "在线")
_DOWN: Final = ("disconnected", "closed", "lost", "offline", "已断开", "断开", "离线")
_TRYING: Final = ("connecting", "连接中", "正在连接", "opening")
_AGAIN: Final = ("reconnecting", "重连中", "正在重连", "retrying")
_FAILED: Final = ("failed", "error", "失败", "错误")
_GROUPS: Final[Mapping[str, str]] = {
    word: name
    for name, words in (("up", _UP), ("down", _DOWN), ("trying", _TRYING), ("again", _AGAIN), ("failed", _FAILED))
    for word in words
}
_STATE: Final = rf"['\"`]?(?:\w{{1,20}}\.)?({'|'.join(sorted(_GROUPS, key=len, reverse=True))})\b['\"`]?"
_CHANGE: Final = compile_later(rf"(?i)(?<![\w-]){_STATE} ?(?:{'|'.join(ARROWS)}) ?{_STATE}")
# Whose state: that of a door, an order or a circuit breaker is another matter.
_OF_A_CONNECTION: Final = compile_later(r"(?i)socket|\bws\b|signalr|\bconnection|connectionstate|realtime|连接|链接")


class Change(NamedTuple):
    """What a change of state means; `kind` None: nothing happened yet. It is the client's kind, whoever writes it."""

    kind: EventKind | None


def find_change(message: str) -> Change | None:
    """The change that a message tells with an arrow; None: it tells none of a connection."""
    if not any(arrow in message for arrow in ARROWS):
        return None
    found = _CHANGE.search(message)
    if found is None or _OF_A_CONNECTION.search(message[: found.start()]) is None:
        return None
    return Change(_find_kind(*(_GROUPS[state.lower()] for state in found.groups())))


def _find_kind(before: str, after: str) -> EventKind | None:
    if before == after:
        return None
    if after == "up":
        return EventKind.CONNECTED
    if after == "trying":
        return EventKind.CONNECTING if before == "down" else None
    if before == "up":
        return EventKind.DISCONNECTED
    if before in {"trying", "again"}:
        return EventKind.CONNECT_ERROR
    return EventKind.RECONNECT_ATTEMPT if after == "again" else None
