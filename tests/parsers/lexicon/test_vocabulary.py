"""The words that the lexicon knows."""

from __future__ import annotations

from logdiag.parsers.lexicon.vocabulary import drop_topic, fold, load_vocabulary


def test_vocabulary_is_written_as_it_is_read() -> None:
    """An entry with an accent or a capital letter would never be found."""
    for first, phrases in load_vocabulary().phrases.items():
        assert fold(first) == first
        assert all(fold(word) == word for phrase in phrases for word in phrase.rest)


def test_of_a_dotted_name_the_head_tells() -> None:
    """A hub's account is a hub; a hub's database is a database, and so is whatever else is named before a dot."""
    assert [drop_topic(name) for name in ("hub.account", "ws.orders.api", "Hub.Account")] == ["hub", "ws", "Hub"]
    for name in ("hub.redis", "app.account", "kafka.account", "hub"):
        assert drop_topic(name) == name
