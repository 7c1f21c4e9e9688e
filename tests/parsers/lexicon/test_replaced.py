"""Words by which an end says that another login took its place, and others that are near them."""

from __future__ import annotations

import pytest

from logdiag.parsers.lexicon.replaced import REPLACING


@pytest.mark.parametrize(
    "words",
    [
        "Registered from another connection",
        "logged in from another tab",
        "Signed in elsewhere",
        "session superseded",
        "kicked by another login",
        "a new device has logged in",
        "duplicate connection",
        "Stream Errored (conflict)",
        "node=pk-2 already present, evicting previous sid=YDuf3mtPLZOinZw9AAFW",
        "Ya había una sesión de obrero-4, se cierra la sesión anterior",
        "worker-4 已在线，断开旧连接",
    ],
)
def test_an_end_for_another_login_says_so_in_many_words(words: str) -> None:
    """Whoever comes under the same name throws the other one out."""
    assert REPLACING.search(words)


@pytest.mark.parametrize(
    "words",
    [
        "Reconnected with new session",
        "new connection established",
        "connected to another server",
        "logged out",
        "session expired",
        "closed by another process",
        "opened the connection",
        "already connected",
        "already connected, closing the pool of connections",
    ],
)
def test_what_another_connection_does_elsewhere_replaces_nobody(words: str) -> None:
    """A client that comes back, and words that stand for something else."""
    assert REPLACING.search(words) is None
