"""Lines that tell of an end, and lines of what was sent or done before it."""

from __future__ import annotations

from logdiag.parsers.lexicon.ends import tells_of_an_end
from logdiag.parsers.templates import mask_message
from tests.folding import each


@each(
    "message",
    [
        "WebSocketClient: retry in 5000ms 1006",
        "stream errored out",
        "HttpConnection.stopConnection(undefined) called while in state Disconnecting. Utils.ts:192",
        "Error in WebSocket to process pipe: received 1009 (message too big); then sent 1009 (message too big)",
        "socket error: read ECONNRESET",
        "Reconnect attempt 1 in 500 ms",
        "连接错误: 1006",
    ],
)
def test_a_lost_or_redialled_connection_is_told_of(message: str) -> None:
    """Closed, in error, with a close code, or about to be dialled again."""
    assert tells_of_an_end(mask_message(message))


@each(
    "message",
    [
        "Pushing data sync (1200000 bytes)",
        "Processing request of type CallToolRequest",
        "Token expired for player 12, disconnecting",
        "Frame too large, closing websocket",
        "Config changed, reconnecting",
        "Scheduled connection cleanup",
        "Upload failed: connection closed",
        "Application is shutting down (signal: SIGTERM)",
    ],
)
def test_what_was_sent_or_done_is_no_end(message: str) -> None:
    """It may be what ended the connection, even where the line says so as well."""
    assert not tells_of_an_end(mask_message(message))
