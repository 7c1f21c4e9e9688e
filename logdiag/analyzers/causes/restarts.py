"""What the restarts of a server look like: a deploy in order, an instance after another, or an outage for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.results.evidence import Number

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
        "instances_count": case.instances.count,
        "ended_count": case.instances.ended_count,
    }
