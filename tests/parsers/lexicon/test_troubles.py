"""Words that look as if they told of an end of a connection, though no sentence is known."""

from __future__ import annotations

from logdiag.parsers.lexicon.troubles import TELLING_BYTES, may_be_trouble
from tests.folding import each


@each(
    "message",
    [
        "disconnected: 3501, bad request",
        "connecting: 1, transport closed",
        "connecting: 11, no ping",
        "el servidor cerró la conexión (código 4401): token caducado",
        "broker session lost rc=7, retry",
        "sesja utracona przez serwer, kod 1006",
        "die Leitung ist tot (Code 1006), neuer Versuch in 5 s",
        "peer vanished without a goodbye (1006)",
        "uplink dropped, will dial again",
        "服务器把我们踢了 code=4001",
        "サーバーとの回線が途切れました",
        "le lien avec le serveur est rompu",
        "kicked by server",
        "no pong for 30 s, recycling the connection",
        "transport: read error, redialing",
    ],
)
def test_words_of_loss_are_known_in_many_languages(message: str) -> None:
    """By the classes of their words, a close code, or what nothing but a connection suffers."""
    assert may_be_trouble(message)
    assert TELLING_BYTES.search(message.encode()) is not None


@each(
    "message",
    [
        "stats: dropped=0 errors=0 reconnects=0",
        "0 disconnected, no connection errors",
        "redis connection lost, retrying",
        "[db] connection closed",
        "smtp connection closed",
        "job 3 failed: timeout",
        "order 7 closed",
        "GPS fix lost",
        "session token refreshed",
        "position update 3000",
        "heartbeat ok rtt=4ms",
        "文件 3 已关闭",
        "caja 3 cerrada",
    ],
)
def test_what_else_closes_or_fails_is_no_trouble_of_a_connection(message: str) -> None:
    """A database, a job, a door, a counter of nothing."""
    assert not may_be_trouble(message)


def test_a_warning_about_a_connection_is_trouble() -> None:
    """The same words at the level of what is normal are not."""
    assert may_be_trouble("websocket behaves strangely", "warn")
    assert not may_be_trouble("websocket behaves strangely", "info")
