"""Which words of a record are a reason for an end, and where they stand."""

from __future__ import annotations

from typing import Any

import pytest

from logdiag.parsers.lifecycles.reasons import Reason, find_reason, list_scalars


@pytest.mark.parametrize(
    ("message", "fields", "reason"),
    [
        ("quay lost (transport close)", {}, Reason("transport close", "message")),
        ("quay lost: PING_TIMEOUT", {}, Reason("ping timeout", "message")),
        ("quay lost", {"why": " Transport-Error "}, Reason("transport error", "why")),
        ("quay lost", {"data": {"err": {"reason": "ping timeout"}}}, Reason("ping timeout", "data.err.reason")),
        ("quay lost", {"error": "failed to get reader: EOF"}, Reason("failed to read frame header", "error")),
        ("quay lost, code=1006", {}, Reason("1006", "message")),
        ("closed with 1000", {}, Reason("1000", "message")),
        ("quay lost", {"closeCode": 1011}, Reason("1011", "closeCode")),
    ],
)
def test_a_librarys_word_or_a_close_code_is_a_reason(message: str, fields: dict[str, Any], reason: Reason) -> None:
    """Whatever the case and the marks between its words, as the whole of a value or a part of the message."""
    assert find_reason(message, fields) == reason


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("shipping timeout", {}),
        ("quay lost", {"why": "a transport close, it seems"}),
        ("quay lost", {"a": {"b": {"c": {"reason": "ping timeout"}}}}),
        ("order 1006 shipped", {}),
        ("code=1004", {}),
        ("code=10061", {}),
        ("quay lost", {"port": 1006}),
        ("quay lost", {"code": True}),
    ],
)
def test_what_only_resembles_a_reason_is_none(message: str, fields: dict[str, Any]) -> None:
    """A part of a word or of a value, a key too deep, a number without a word for a code, 1004, which is reserved."""
    assert find_reason(message, fields) is None


def test_the_scalars_of_a_record_are_texts_and_whole_numbers_of_three_levels() -> None:
    """Truth values and fractions are none, and keys with dots in them lead nowhere."""
    fields = {"a": 1, "b": True, "c": 0.5, "d": {"e": {"f": "x", "g": {"h": "too deep"}}}, "i.j": {"k": "l"}}
    assert list_scalars(fields) == [("a", 1), ("d.e.f", "x")]
