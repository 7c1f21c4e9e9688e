"""Sessions that share one age at their end, where others do not: a majority that no clock of all explains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from logdiag.analyzers.causes.limits import LimitKind, find_code, find_suspects
from logdiag.analyzers.causes.reasons import IN_ORDER, IN_ORDER_NAMES
from logdiag.analyzers.clocks.candidates import number_events, resolution_of
from logdiag.analyzers.clocks.competition import AGE
from logdiag.analyzers.clocks.lifetimes import find_spikes, is_one_moment
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Number
from logdiag.results.finding_ids import SHARED_LIFETIME
from logdiag.results.patterns import LIFETIME_KINDS, Pattern
from logdiag.verdict import Severity

LEAST_KNOWN: Final = 12  # of eight, a fleet of 20 to 30 s visits beside long ones shows one in 1 of 40 logs
MAJORITY: Final = 0.5  # more than half: a smaller share is one of several things that end these sessions
MOST_LOG10_CHANCE: Final = -4.0  # a choice: stricter than for clocks, as nothing here forbids to outlive the age
MOST_WIDTH_RATIO: Final = 0.05  # a choice: of the age; whole seconds show none below twenty
FINEST_S: Final = 0.05  # a choice: what ends are late by, whatever the stamps


def find_shared_lifetime(drops: Sequence[Disconnect], patterns: Sequence[Pattern]) -> tuple[Finding, ...]:
    """The age at which most sessions of known age ended, held against chance; none where a clock tells of it."""
    known = [drop for drop in drops if drop.session_s is not None and drop.has_end_line and not drop.is_orderly]
    if len(known) < LEAST_KNOWN or any(pattern.kind in LIFETIME_KINDS for pattern in patterns):
        return ()
    known.sort(key=lambda drop: drop.time)
    ages_s = np.array([drop.session_s for drop in known], dtype=np.float64)
    step_s = resolution_of(ages_s)
    times_s = np.array([drop.time.timestamp() for drop in known])
    events = number_events(times_s)
    for spike in find_spikes(ages_s, events, AGE, resolution_s=step_s):
        width_s = max(2.0 * spike.jitter_s, step_s, FINEST_S)
        members = [drop for drop, is_member in zip(known, spike.members.tolist(), strict=True) if is_member]
        is_most = len(members) > MAJORITY * len(known) and spike.log10_false_alarm <= MOST_LOG10_CHANCE
        if not is_most or is_one_moment(spike, times_s) or width_s > MOST_WIDTH_RATIO * spike.lifetime_s:
            continue
        code = find_code(IN_ORDER if drop.reason in IN_ORDER_NAMES - {None} else None for drop in members)
        suspects = find_suspects(spike.lifetime_s, frozenset(LimitKind), code)
        numbers: dict[str, Number] = {
            "count": len(members),
            "of_count": len(known),
            "lifetime_s": spike.lifetime_s,
            "false_alarm_probability": math.pow(10.0, max(spike.log10_false_alarm, -300.0)),
            "suspects": "; ".join(limit.name for limit in suspects) or None,
        }
        places = tuple(place for drop in members if (place := drop.evidence or drop.server_evidence) is not None)
        return (Finding(SHARED_LIFETIME, Severity.INFO, numbers, places[:SHOWN]),)
    return ()
