"""Headers that libraries write, row by row."""

from __future__ import annotations

import pytest

from logdiag.parsers.forms.fixed_headers import FIXED_HEADERS, FixedHeader
from logdiag.parsers.forms.header_search import find_header

SAID = "Connected to master"


@pytest.mark.parametrize("row", FIXED_HEADERS, ids=lambda row: row.name)
def test_fixed_headers_read_their_examples(row: FixedHeader) -> None:
    """Each row of the table does, and is found from a file of such lines."""
    example = row.example
    header = find_header([example] * 5)
    assert header is not None
    found = header.read(example)
    assert found is not None
    assert found.message == SAID
