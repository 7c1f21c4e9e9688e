"""How many bytes a line says that it is about to send."""

from __future__ import annotations

import pytest

from logdiag.parsers.lexicon.sends import find_sent_size


@pytest.mark.parametrize(
    ("message", "record", "size"),
    [
        ("uploading stock sheet", {"bytes": 1_485_622}, "1485622"),
        ("[hub] sending snapshot bytes=1485622", {}, "1485622"),
        ("sending snapshot (1.204.332 Bytes)", {}, "1204332"),
        ("sending snapshot of 1,204,332 bytes", {}, "1204332"),
        ("正在发送 快照", {"payloadSize": 2048}, "2048"),
        ("sending ping", {"bytes": 1}, "1"),
    ],
)
def test_a_line_that_announces_a_send_tells_its_size(message: str, record: dict[str, int], size: str) -> None:
    """In a key, behind a word for it, or with marks between thousands, as a locale has them."""
    assert find_sent_size(message, record) == size


@pytest.mark.parametrize(
    ("message", "record"),
    [
        ("sent stock sheet", {"bytes": 1_485_622}),
        ("done uploading stock sheet", {"bytes": 1_485_622}),
        ("uploading files to S3", {"bytes": 1_485_622}),
        ("sending response", {"bytes": 1_485_622}),
        ("uploading stock sheet", {"bytes": 0}),
        ("uploading stock sheet", {"bytes": True}),
        ("uploading stock sheet", {"bytes": 10**12}),
        ("sending snapshot bytes=1.5", {}),
        ("sending snapshot (1.204.33 Bytes)", {}),
    ],
)
def test_what_is_done_or_goes_elsewhere_has_no_size(message: str, record: dict[str, object]) -> None:
    """Nor what holds no whole number of bytes: nothing is guessed of sizes."""
    assert find_sent_size(message, record) is None
