"""Files of options and rules are read within bounds, and every fault has a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.reading.toml import LARGEST_BYTES, TomlError, TooLargeError, parse_toml, read_toml
from tests.folding import each


@each(
    "fault",
    ["a = " + "[" * 5000, "a = " + "9" * 5000, ".".join("a" * 20_000) + " = 1", "a = ", "a = 1\na = 2", "a = 25:00:00"],
    ids=["deep", "long", "dotted", "cut", "twice", "hour"],
)
def test_every_fault_has_its_line(fault: str) -> None:
    """Whatever `tomllib` makes of it, the caller is told the line."""
    with pytest.raises(TomlError) as caught:
        parse_toml(f"x = 1\ny = 2\n{fault}\n")
    assert caught.value.line in {3, 4}


def test_dots_in_texts_are_no_key() -> None:
    """Patterns and comments may hold as many as they like."""
    dots = "a." * 99
    text = f'# {dots}\np = "{dots}"\nq = \'{dots}\'\nr = """\n{dots}\n"""\n'
    assert parse_toml(text) == {"p": dots, "q": dots, "r": f"{dots}\n"}


def test_large_file_is_not_read(tmp_path: Path) -> None:
    """One byte more than the limit is too much."""
    (tmp_path / "x.toml").write_bytes(b"#" * LARGEST_BYTES)
    assert len(read_toml(tmp_path / "x.toml")) == LARGEST_BYTES
    (tmp_path / "x.toml").write_bytes(b"#" * (LARGEST_BYTES + 1))
    with pytest.raises(TooLargeError):
        read_toml(tmp_path / "x.toml")
