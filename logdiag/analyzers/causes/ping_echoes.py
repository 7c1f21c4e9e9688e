"""Lifetimes that are idle limits in disguise: a ping of the protocol, then that much silence."""

from __future__ import annotations

from typing import Final

from logdiag.analyzers.causes.case import DEFAULT_PING_INTERVAL_S, Case
from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.results.patterns import PatternKind

PING_ECHO_S: Final = 0.2  # a choice: a ping reaches the client, and a lifetime beside it is only its echo


def is_ping_echo(case: Case, fit: ClockFit) -> bool:
    """Whether a lifetime is an idle limit in disguise: a protocol ping, then that much silence.

    Engine.IO pings every `pingInterval` (25 s by default) after the connect and so restarts the idle clock.
    """
    if fit.kind != PatternKind.CONNECTION_AGE or fit.period_s is None:
        return False
    interval = case.ping_interval_s or DEFAULT_PING_INTERVAL_S
    limits = [
        other.period_s for other in case.patterns.fits if other.kind == PatternKind.IDLE and other.period_s is not None
    ]
    return any(
        limit < interval and abs((fit.period_s - limit + interval / 2) % interval - interval / 2) <= PING_ECHO_S
        for limit in limits
    )
