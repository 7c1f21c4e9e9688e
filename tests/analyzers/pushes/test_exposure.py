"""Which session a push may have ended."""

from __future__ import annotations

from logdiag.analyzers.pushes.exposure import LONGEST_UNNOTICED, Exposure
from tests.analyzers.cases import at, attempt
from tests.folding import each

LATEST_S = LONGEST_UNNOTICED.total_seconds()


@each(
    ("started", "end"),
    [(5.0, 0), (15.0, 0), (25.0, 1), (35.0, 1), (999.0 - LATEST_S, None), (1000.0 - LATEST_S, 2), (1010.0, None)],
)
def test_a_push_belongs_to_the_outage_it_fell_into_or_the_next_one(started: float, end: int | None) -> None:
    """Within an outage it is that one's; before one it is the next one's, unless that is over two minutes away."""
    starts, ends = (10.0, 30.0, 1000.0), (20.0, 40.0, 1001.0)
    exposure = Exposure(tuple(map(at, starts)), tuple(map(at, ends)), connected_s=900.0)
    assert exposure.find_end(attempt(started)) == end
