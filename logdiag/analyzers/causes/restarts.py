"""What the restarts of a server look like: a deploy in order, an instance after another, or an outage for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.results.evidence import Number

LEAST_WAITED: Final = 3  # a choice: of fewer a median says nothing
LEAST_LATER_S: Final = 1.0  # a choice: Socket.IO's first wait is 0.5 to 1.5 s
MOSTLY: Final = 0.8  # a choice: four of five; of one instance no client need be let in before the next ends


def count_restarts(case: Case, facts: Sequence[DisconnectFacts]) -> dict[str, Number]:
    """How many ends came by restarts in order, if all did, and at how many other instances let clients in."""
    is_announced = bool(facts) and all(fact.is_restarted_in_order for fact in facts)
    return {"announced_count": len(facts) if is_announced else None, **count_rolled(case, facts)}


def count_rolled(case: Case, facts: Sequence[DisconnectFacts]) -> dict[str, Number]:
    """At how many ends other instances of the server let clients in, if at nearly all of them.

    With how many instances there are, and how many of them stop.
    """
    rolled_count = sum(fact.taken_over is not None for fact in facts)
    if not case.instances.ended_count or rolled_count < max(1.0, MOSTLY * len(facts)):
        return {"rolled_count": None, "instances_count": None, "ended_count": None}
    return {
        "rolled_count": rolled_count,
        "instances_count": case.instances.all_count,
        "ended_count": case.instances.ended_count,
    }


def measure_back_off(case: Case, facts: Sequence[DisconnectFacts]) -> dict[str, Number]:
    """How long after these ends the server was back, and how much later its clients, in seconds (medians).

    Only where the lines of both sides tell it for at least three ends, and the clients waited for longer than the
    server's own start may take to be written.
    """
    rows = [
        (down_s, fact.drop.outage_s - down_s)
        for fact in facts
        if (down_s := _find_down_s(case, fact)) is not None and fact.drop.outage_s is not None
    ]
    later_s = median(later for _, later in rows) if len(rows) >= LEAST_WAITED else 0.0
    if later_s < LEAST_LATER_S:
        return {"back_s": None, "later_s": None}
    return {"back_s": round(median(down_s for down_s, _ in rows), 3), "later_s": round(later_s, 3)}


def _find_down_s(case: Case, fact: DisconnectFacts) -> float | None:
    """From an end that a line tells of to the start of the server, on one clock, in seconds."""
    if fact.server_start is None or not fact.drop.has_end_line:
        return None
    offset_s, error_s = case.server.offset_s(fact.drop.connection)
    down_s = (fact.server_start - fact.drop.time).total_seconds() + offset_s
    return down_s if down_s > 0.0 and error_s < LEAST_LATER_S else None
