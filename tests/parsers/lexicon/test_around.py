"""What a line says of an end beside the words of the library that told it."""

from __future__ import annotations

from logdiag.events import EventKind
from logdiag.parsers.lexicon.around import read_around

WORDS = "Connection reset without closing handshake"


def test_the_sentence_around_a_librarys_words_names_the_client_and_the_side() -> None:
    """A line about a client by its id is its server's; one without a client tells neither."""
    told = read_around(EventKind.DISCONNECTED, f"client disconnected id=p05 error={WORDS}", None, {})
    assert (told.who, told.is_servers) == ({"worker_id": "p05"}, True)
    bare = read_around(EventKind.DISCONNECTED, f"WebSocket protocol error: {WORDS}", None, {})
    assert (bare.who, bare.is_servers) == ({}, False)
