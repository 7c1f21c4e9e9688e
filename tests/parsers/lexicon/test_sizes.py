"""How many bytes a line speaks of."""

from __future__ import annotations

from logdiag.parsers.lexicon.sizes import find_size
from tests.folding import each


@each(
    ("message", "record", "size"),
    [
        ("开始上传画面 F636 大小 160.3 KB", {}, "164147"),
        ("sending frame, 1.06 MB", {}, "1111491"),
        ("sending frame (28000 字节)", {}, "28000"),
        ("sending frame (12.5 kB)", {}, "12500"),
        ("sending frame (1.5 MiB)", {}, "1572864"),
        ("отправка, 300 байт", {}, "300"),
        ("sending frame of 1 204 332 octets", {}, "1204332"),
        ("sending frame, bytes: 1_048_600", {}, "1048600"),
        ("sending frame len=12345", {}, "12345"),
        ("sending frame sizeKb=144.9", {}, "148378"),
        ("sending frame size: 1.2MB", {}, "1258291"),
        ("sending frame", {"sizeKb": 144.9}, "148378"),
        ("sending frame", {"size_kb": 10}, "10240"),
        ("sending frame", {"payloadBytes": 51683}, "51683"),
        ("sending frame", {"bodySize": 51683}, "51683"),
        ("sending frame", {"contentLength": "1048600"}, "1048600"),
        ("sending frame", {"size": "1.2MB"}, "1258291"),
    ],
)
def test_a_size_is_read_in_any_usual_unit(message: str, record: dict[str, object], size: str) -> None:
    """Behind a number or a word, or in a key of the record that names its unit or not."""
    assert find_size(message, record) == size


@each(
    ("message", "record"),
    [
        ("sending frame at 5 MB/s", {}),
        ("sending frame v1.2.3", {}),
        ("sending frame 7", {"number": 5, "web": 3, "level": "info"}),
        ("sending frame", {"bytes": True}),
        ("sending frame", {"bytes": 1.5}),
        ("sending frame", {"size": "large"}),
    ],
)
def test_what_counts_no_bytes_is_no_size(message: str, record: dict[str, object]) -> None:
    """A rate, a version, a flag, or half a byte."""
    assert find_size(message, record) is None
