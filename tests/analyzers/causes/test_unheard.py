"""Ends before a client's own log begins, of a client whose own lines show an idle limit."""

from __future__ import annotations

from typing import Any

from logdiag.analyzers.causes.unheard import find_unheard_idlers
from logdiag.events import Side
from tests.analyzers.cases import case, clock, fact, report
from tests.folding import each

LIMIT = clock("idle", 60.0)


@each(
    ("fields", "is_counted"),
    [
        ({}, True),
        ({"opened": 270.0}, False),
        ({"server_reason": "ping timeout"}, False),
        ({"side": Side.CLIENT}, False),
    ],
)
def test_an_end_that_fits_in_all_that_is_known_counts_with_the_limit(fields: dict[str, Any], is_counted: bool) -> None:
    """It lasted as long and states the same; a shorter one, another reason, or one that was heard is none."""
    heard = [fact(number, fit=LIMIT, server_reason="transport close") for number in range(1, 9)]
    known: dict[str, Any] = {
        "opened": 200.0,
        "side": Side.SERVER,
        "server_has_end": True,
        "server_reason": "transport close",
    }
    earlier = fact(10, **(known | fields))
    found = find_unheard_idlers(case([*heard, earlier], patterns=report(LIMIT)))
    assert (10 in found) is is_counted


def test_a_limit_of_few_claims_no_end_that_nobody_heard() -> None:
    """Where it ends half of what the client's lines cover, the earlier ends may be the others'."""
    heard = [fact(number, fit=LIMIT if number % 2 else None) for number in range(1, 9)]
    earlier = fact(10, opened=200.0, side=Side.SERVER, server_has_end=True)
    assert find_unheard_idlers(case([*heard, earlier], patterns=report(LIMIT))) == set()
