"""Whether a client may have started anew: the check supports, refutes and cannot tell."""

from __future__ import annotations

from typing import Any, Final

import pytest

from logdiag.analyzers.causes.checks.result import CHECKS
from logdiag.analyzers.causes.own_words import Said
from logdiag.events import Side
from logdiag.results.causes import Outcome
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import CLIENT, Scene, Scenes, case, claim, fact, facts_of

BEGUN = Said("Arbeiter startet", Evidence(CLIENT, 9))
SCENES: Final[Scenes] = {
    "no-start-between": {
        Outcome.SUPPORTS: lambda _: Scene(case(), facts_of(4), {"count": 4, "of_count": 4}),
        Outcome.REFUTES: lambda _: Scene(case(), facts_of(4, unread_start=BEGUN), {"count": 4, "text": BEGUN.text}),
        Outcome.UNKNOWN: lambda _: Scene(case(), facts_of(4, reopened=None), {"count": 0}),
    },
}


@pytest.mark.parametrize(
    ("begun_count", "count", "side", "outcome"),
    [
        (0, 5, Side.CLIENT, Outcome.SUPPORTS),
        (2, 5, Side.CLIENT, Outcome.SUPPORTS),
        (3, 5, Side.CLIENT, Outcome.REFUTES),
        (0, 2, Side.CLIENT, Outcome.UNKNOWN),
        (0, 5, Side.SERVER, Outcome.UNKNOWN),
    ],
)
def test_a_line_that_may_start_a_process_speaks_against_a_close_where_most_outages_have_it(
    begun_count: int, count: int, side: Side, outcome: Outcome
) -> None:
    """Two outages are too few, and a server's log tells nothing of what its clients write."""
    fields: dict[str, Any] = {"reason": "io client disconnect", "side": side}
    facts = (
        *facts_of(begun_count, unread_start=BEGUN, **fields),
        *(fact(number, **fields) for number in range(begun_count + 1, count + 1)),
    )
    result = CHECKS["no-start-between"](case(facts), claim("client-close", facts))
    assert result.outcome is outcome
    assert result.numbers.get("text") == (BEGUN.text if outcome is Outcome.REFUTES else None)
