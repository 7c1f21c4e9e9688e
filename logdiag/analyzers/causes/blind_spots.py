"""What the logs do not hold, and which causes that leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.events import Side
from logdiag.results.causes import BlindSpot, Cause, Outcome
from logdiag.results.evidence import Number

# What a server's log gives away by its reasons, its starts, and which side it says fell silent.
TOLD_BY_SERVER: Final = (
    "server-timer",
    "server-restart",
    "payload-too-large",
    "proxy-reload",
    "heartbeat-timeout",
    "event-loop-blocked",
)
# What tells of pushes of the client and of the server's limit says nothing of a message that the client refuses.
OF_OWN_PUSHES: Final = frozenset({"push-lines-missing", "receipts-missing", "settings-unknown"})
OF_HEARTBEATS: Final = frozenset({"heartbeat-timeout"})  # what lines of heartbeats tell, whatever else is missing
TOLD_BY_REASON: Final = ("payload-too-large", "server-timer", "server-kick", "heartbeat-timeout")  # its `ping timeout`
NO_REASONS: Final = frozenset({None, "1005", "1006"})  # RFC 6455, 7.4.1: no code was received, or no close frame
ABOUT_FILES: Final = frozenset({"server-lines-unknown", "server-lines-untied"})
STATED: Final = "stated-replaced"  # the check of a cause that the lines of the ends themselves may name
REFUSED: Final = "auth-errors"  # and this one: the server's lines right before them, about the credentials
SURE: Final = 0.95  # a choice: of a cause that the lines of all ends state, no more can be had


def _is_stated_at_all(cause: Cause) -> bool:
    """Whether a line of each disconnect states this cause: another login took its place, or its credentials expired."""
    return _are_all_turned_away(cause) or (
        cause.confidence >= SURE
        and 0 < cause.explains_count == cause.of_count
        and any(
            check.id == STATED
            and check.outcome is Outcome.SUPPORTS
            and check.numbers.get("count") == check.numbers.get("of_count")
            for check in cause.checks
        )
    )


def _are_all_turned_away(cause: Cause) -> bool:
    """Whether the server's own line ends each of the disconnects for its credentials."""
    return cause.explains_count == cause.of_count and any(
        check.id == REFUSED
        and check.outcome is Outcome.SUPPORTS
        and check.numbers.get("turned_count") == cause.of_count > 0
        for check in cause.checks
    )


def _states_why(fact: DisconnectFacts) -> bool:
    """Whether the server's line of an end has a reason, or a close code that came in a frame, or one before it says."""
    is_coded = fact.session.side is Side.SERVER and fact.session.code not in NO_REASONS
    return fact.drop.server_reason is not None or is_coded or fact.turned_away is not None


def _list_unset(case: Case) -> tuple[str, ...]:
    """The causes that settings would decide which nothing states: who states the interval of pings states them all."""
    if case.ping_interval_s is not None:
        return ()
    return ("heartbeat-timeout",) if case.max_payload_bytes is not None else ("heartbeat-timeout", "payload-too-large")


def find_blind_spots(
    case: Case, causes: Sequence[Cause], unread: Sequence[str] = (), untied: Sequence[str] = ()
) -> tuple[BlindSpot, ...]:
    """What the logs do not hold, and which causes that leaves open.

    `unread` are files of which no line was understood as one about a connection, and which may be the server's;
    `untied` those in which a server does tell of connections: they count where nothing ties these to the clients'.
    """
    if not case.facts:
        return ()
    if any(map(_is_stated_at_all, causes)):
        return ()  # whatever else these logs lack leaves nothing open
    open_causes = {cause.id for cause in causes if cause.confidence > 0.02}
    server_reasons = any(_states_why(fact) for fact in case.facts)
    codes = [fact for fact in case.facts if (fact.session.code or "").isdecimal()]
    # A server whose sockets have no ids is heard, too.
    server = case.server.present or any(
        fact.session.side is Side.SERVER or fact.session.server_has_end for fact in case.facts
    )
    sized = any(fact.sent_bytes is not None for fact in case.facts)
    # Each client of MQTT names its keepalive, and other protocols have no such settings.
    has_none = case.is_mqtt or case.is_another_protocol
    is_traffic_seen = case.emits_seen or case.are_beats_seen
    rows = (
        ("payload-size", ("payload-too-large",), not case.payload_errors and case.bracket is None and not sized),
        ("close-code", ("payload-too-large", "idle-timeout"), not codes and not case.is_mqtt),
        ("server-side-missing", TOLD_BY_SERVER, not server and not unread and not untied),
        ("server-lines-unknown", TOLD_BY_SERVER, not server and bool(unread) and not untied),
        ("server-lines-untied", TOLD_BY_SERVER, not server and bool(untied)),
        ("server-reason-missing", TOLD_BY_REASON, server and not server_reasons),
        ("push-lines-missing", ("payload-too-large", "server-timer"), case.visible_pushes_count < len(case.facts) / 2),
        ("no-traffic-lines", ("idle-timeout", "connection-age-limit", "limit-on-the-way"), not is_traffic_seen),
        ("process-starts-missing", ("client-restart",), not case.starts_seen),
        ("receipts-missing", ("payload-too-large",), server and not len(case.server.receipts)),
        ("settings-unknown", _list_unset(case), not has_none),
    )
    refused = frozenset(cause.id for cause in causes if cause.is_of_client)
    spots = []
    for name, blocked, applies in rows:
        settled = refused if name in OF_OWN_PUSHES else OF_HEARTBEATS if case.are_beats_seen else frozenset()
        still_open = tuple(cause for cause in blocked if cause in open_causes - settled)
        if applies and still_open:
            numbers: dict[str, Number] = {"count": len(case.facts)}
            if name in ABOUT_FILES:
                files = unread if name == "server-lines-unknown" else untied
                numbers |= {"file": files[0], "files_count": len(files)}
            spots.append(BlindSpot(name, still_open, numbers))
    return tuple(spots)
