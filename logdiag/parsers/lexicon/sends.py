"""Sends whose size stands in a key: `uploading stock sheet` beside `"bytes": 1485622`, or `bytes=1485622` behind it.

Where sizes are logged, they decide whether a limit was hit. Only what a line announces, never what is done: by then
the connection may be gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from logdiag.deferred import compile_later

SIZE_KEYS: Final = (
    "bytes", "size", "sizeBytes", "size_bytes", "byteLength", "byte_length", "payloadBytes", "payload_bytes",
    "payloadSize", "payload_size", "messageSize", "message_size",
)  # fmt: skip
SENDING: Final = (
    "sending", "emitting", "pushing", "publishing", "uploading", "transmitting", "submitting", "shipping", "delivering",
    "enviando", "subiendo", "envoi ", "sende ", "正在发送", "发送", "上传", "上报", "送信",
)  # fmt: skip
LONGEST_SIZE: Final = 12
_ANNOUNCED: Final = compile_later(rf"(?i)\W{{0,8}}(?:\[[\w -]{{1,20}}\]\W{{0,4}})?(?:{'|'.join(SENDING)})")
_SIZE_BEHIND: Final = compile_later(r"(?i)(?<![\w.-])(?:payload_?|message_?|size_?)?(?:bytes|size)=(\d{1,12})(?![\w.])")
# Marks between thousands, as a locale has them, `(1.204.332 Bytes)`: there are no fractions of bytes.
_GROUPED: Final = compile_later(r"(?i)(?<![\w.,-])(\d{1,3}(?:([.,' \u00a0\u202f])\d{3})(?:\2\d{3})*) ?bytes?\b")
# A number with its unit, in any language: `2213671 字节`, `2.1 MB`.
_WITH_UNIT: Final = compile_later(
    r"(?<![\w.,-])(\d{1,12}(?:\.\d{1,3})?) ?(bytes?|Bytes?|字节|байт(?:а|ов)?|バイト|바이트|B|[kK]i?B|Mi?B)(?![\w/])"
)
_FACTORS: Final = {"kB": 1_000, "KB": 1_000, "KiB": 1_024, "kiB": 1_024, "MB": 1_000_000, "MiB": 1_048_576}
# What does not go over the socket.
_ELSEWHERE: Final = compile_later(
    r"(?i)\b(?:e?mail|sms|files?|response|reply|request|https?|s3|ftp|kafka|redis|mqtt|amqp|query|chunk|part|backup)\b"
)


def find_sent_size(message: str, record: Mapping[str, Any]) -> str | None:
    """How many bytes a line says that it is about to send; None: it announces no send, or not its size."""
    if not _ANNOUNCED.match(message) or _ELSEWHERE.search(message):
        return None
    for key in SIZE_KEYS if record else ():
        value = record.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**LONGEST_SIZE:
            return str(value)
    found = _SIZE_BEHIND.search(message)
    if found is not None:
        return found[1]
    grouped = _GROUPED.search(message)
    return re.sub(r"\D", "", grouped[1]) if grouped else None


def find_stated_size(message: str) -> str | None:
    """How many bytes a line about a send states, beside the words that a rule knows; None: it states no size."""
    found = _WITH_UNIT.search(message)
    return None if found is None else str(round(float(found[1]) * _FACTORS.get(found[2], 1)))
