"""Sends whose size stands in a key: `uploading stock sheet` beside `"bytes": 1485622`, or `bytes=1485622` behind it.

Where sizes are logged, they decide whether a limit was hit. Only what a line announces, never what is done: by then
the connection may be gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from logdiag.deferred import compile_later
from logdiag.parsers.lexicon.sizes import find_size

SENDING: Final = (
    "sending", "emitting", "pushing", "publishing", "uploading", "transmitting", "submitting", "shipping", "delivering",
    "enviando", "subiendo", "envoi ", "sende ", "正在发送", "开始发送", "开始上传", "开始上报",
    "开始推送", "正在上传", "正在推送", "发送", "上传", "上报", "送信",
)  # fmt: skip
_ANNOUNCED: Final = compile_later(rf"(?i)\W{{0,8}}(?:\[[\w -]{{1,20}}\]\W{{0,4}})?(?:{'|'.join(SENDING)})")
# What does not go over the socket.
_ELSEWHERE: Final = compile_later(
    r"(?i)\b(?:e?mail|sms|files?|response|reply|request|https?|s3|ftp|kafka|redis|mqtt|amqp|query|chunk|part|backup)\b"
)


def find_sent_size(message: str, record: Mapping[str, Any]) -> str | None:
    """How many bytes a line says that it is about to send; None: it announces no send, or not its size."""
    if not _ANNOUNCED.match(message) or _ELSEWHERE.search(message):
        return None
    return find_size(message, record)
