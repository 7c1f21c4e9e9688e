"""The words that the lexicon knows."""

from __future__ import annotations

from logdiag.parsers.lexicon.vocabulary import fold, load_vocabulary


def test_vocabulary_is_written_as_it_is_read() -> None:
    """An entry with an accent or a capital letter would never be found."""
    for first, phrases in load_vocabulary().phrases.items():
        assert fold(first) == first
        assert all(fold(word) == word for phrase in phrases for word in phrase.rest)
