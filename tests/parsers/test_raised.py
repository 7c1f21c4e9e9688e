"""Which logged errors are of a connection, and what they say."""

from __future__ import annotations

from logdiag.parsers.raised import find_raised
from tests.folding import each


@each(
    "lines, said",
    [
        (
            ["System.TimeoutException: Server timeout (30000.00ms) elapsed without receiving a message."],
            "Server timeout (30000.00ms) elapsed without receiving a message.",
        ),
        (
            [
                "Traceback (most recent call last):",
                "websockets.exceptions.ConnectionClosedError: no close frame received",
            ],
            "no close frame received",
        ),
        (
            ["  Caused by: java.net.SocketTimeoutException: sent ping but didn't receive pong within 20000ms"],
            "sent ping but didn't receive pong within 20000ms",
        ),
        (["simple_websocket.errors.ConnectionClosed: Connection closed: 1005 "], "code=1005"),
        (
            [r'{"msg":"failed","stack":"Traceback\n  File x\nwebsockets.exceptions.ConnectionClosedError: sent 1011"}'],
            "sent 1011",
        ),
    ],
)
def test_an_error_of_a_connection_says_why_it_ended(lines: list[str], said: str) -> None:
    """Errors that libraries of WebSockets raise, or that tell of missing heartbeats, have the reason as their text."""
    assert find_raised(lines) == said


@each(
    "line",
    [
        "redis.exceptions.ConnectionError: Connection closed by server.",
        "psycopg2.OperationalError: server closed the connection unexpectedly",
        "java.net.SocketTimeoutException: Read timed out",
        "NameError: name 'GraphInterrupt' is not defined",
        "pymongo.errors.AutoReconnect: heartbeat timeout",
        "an exception was logged",
    ],
)
def test_an_error_of_something_else_is_no_reason(line: str) -> None:
    """What a database, a request or the program's own code raised tells of no connection's end."""
    assert find_raised([line]) is None
