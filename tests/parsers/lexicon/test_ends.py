"""Lines that tell of an end, and lines of what was sent or done before it."""

from __future__ import annotations

from logdiag.parsers.lexicon.ends import tells_of_a_deed, tells_of_an_end
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


@each(
    "template",
    [
        "Uploading snapshot of <n> bytes",
        "kicking client <id>",
        "cron job nightly started",
        "Token expired for user <id>",
        "reloading configuration",
        "定时同步开始",
    ],
)
def test_a_line_of_what_is_done_tells_of_a_deed(template: str) -> None:
    """A push, a kick, a job, a token that expires may be what ends a connection."""
    assert tells_of_a_deed(template)


@each(
    "template", ["START RequestId: <id> Version: $LATEST", "[onPause]", "handler entered", "closing client connection"]
)
def test_a_line_of_a_handler_tells_of_no_deed(template: str) -> None:
    """That a call begins, a handler is entered or a socket closed says of nothing that it was done to it."""
    assert not tells_of_a_deed(template)
