"""Ids that no form gives away: words that one connect and one end have."""

from __future__ import annotations

from tests.analyzers.names.test_named_sockets import CLOSE, OPEN, list_ids, told


def test_a_word_of_one_connect_and_one_end_is_an_id() -> None:
    """Whatever its shape; one that stands alone, too, behind the words behind which the others stand."""
    ids = ("1a2b3c4d", "99fe2810", "0b0b77aa", "77c0ffee")
    lines = [told(2 * n, OPEN, f"person connected {name}") for n, name in enumerate(ids)]
    lines += [told(20 + n, CLOSE, f"person disconnected {name} after 120003 ms") for n, name in enumerate(ids[:3])]
    assert list_ids(lines) == [*ids, *ids[:3]]


def test_words_that_many_lines_have_are_no_ids() -> None:
    """An hour, a version, a room: they open twice, or close twice."""
    kinds = (OPEN, OPEN, CLOSE, CLOSE, OPEN, CLOSE)
    hours = ("10h02m", "10h02m", "10h05m", "10h05m", "10h07m", "10h07m")
    lines = [
        told(n, kind, f"peer {kind} {hour} v1.20.3") for n, (kind, hour) in enumerate(zip(kinds, hours, strict=True))
    ]
    assert set(list_ids(lines)) == {None}
