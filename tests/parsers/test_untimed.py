"""Lines without a time that tell of a connection's end."""

from __future__ import annotations

import pytest

from logdiag.parsers.rule_files import load_rules
from logdiag.parsers.untimed import match_bare


@pytest.mark.parametrize("before", ["", "[0] ", "api-1  | ", "0|api  | "])
def test_what_stands_before_a_bare_line_is_taken_off(before: str) -> None:
    """What collects the lines of several processes, then level and logger as Python writes them."""
    sid = "4b08a53608dff3ba307532f304479f87"
    found = match_bare(f"{before}INFO:engineio.server:{sid}: Client is gone, closing socket", load_rules([]), None)
    assert found is not None
    assert (found.rule and found.rule.id, found.extracted["socket_id"]) == ("engineio-client-gone", sid)
