"""What the logs do not hold, and which causes that leaves open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from logdiag.analyzers.causes.blind_spots import find_blind_spots
from logdiag.analyzers.causes.ranking import judge_causes
from logdiag.events import EventKind, Side
from tests.analyzers.cases import (
    attempt,
    case,
    event,
    fact,
    facts_of,
    push,
    server_view,
    timeline,
)
from tests.folding import each


def _spots(pushed_count: int = 0, **fields: Any) -> set[str]:
    whole = case((*facts_of(pushed_count, push=push()), *facts_of(10 - pushed_count)), **fields)
    return {spot.id for spot in find_blind_spots(whole, judge_causes(whole))}


def test_a_bare_log_has_every_blind_spot_but_those_of_a_server() -> None:
    """No codes, no server, no pushes, no traffic, no starts, no settings."""
    assert _spots() == {
        "payload-size",
        "close-code",
        "server-side-missing",
        "push-lines-missing",
        "no-traffic-lines",
        "process-starts-missing",
        "settings-unknown",
    }


def test_a_server_without_ids_is_no_missing_server() -> None:
    """Its own lines tell of the ends, though none names a socket: what it lacks are the reasons."""
    whole = case([fact(number, server_has_end=True, reason=None, side=Side.SERVER) for number in range(1, 11)])
    spots = {spot.id for spot in find_blind_spots(whole, judge_causes(whole))}
    assert "server-side-missing" not in spots
    assert "server-reason-missing" in spots


@each(("code", "is_missing"), [("4001", False), ("1006", True), (None, True)])
def test_a_close_code_in_the_servers_line_is_a_reason(code: str | None, *, is_missing: bool) -> None:
    """An application's own code says why; 1006 says that no frame came."""
    ends = [fact(n, server_has_end=True, reason=None, side=Side.SERVER, code=code) for n in range(1, 11)]
    whole = case(ends)
    spots = {spot.id for spot in find_blind_spots(whole, judge_causes(whole))}
    assert ("server-reason-missing" in spots) is is_missing


def test_files_that_may_be_the_servers_are_not_said_to_be_missing() -> None:
    """A file of which no line is understood is named instead: the lack is one of rules, not of logs."""
    whole = case(facts_of(10))
    spots = {spot.id: spot for spot in find_blind_spots(whole, judge_causes(whole), ["server/out.log", "server/b.log"])}
    assert "server-side-missing" not in spots
    assert spots["server-lines-unknown"].numbers == {"count": 10, "file": "server/out.log", "files_count": 2}


def test_a_server_whose_lines_are_understood_is_neither_missing_nor_unknown() -> None:
    """Its log tells of connections: what is missing is what ties one of them to a client's session."""
    whole = case(facts_of(10))
    found = find_blind_spots(whole, judge_causes(whole), ["pods/matchmaker.log"], ["pods/gateway.log"])
    spots = {spot.id: spot for spot in found}
    assert spots.keys().isdisjoint({"server-side-missing", "server-lines-unknown"})
    assert spots["server-lines-untied"].numbers == {"count": 10, "file": "pods/gateway.log", "files_count": 1}


def test_each_blind_spot_closes_when_the_lines_are_there() -> None:
    """With the server's logs, pushes, traffic, starts and settings only what the server omits is left."""
    pushes = tuple(attempt(30.0 * number + 9) for number in range(10))
    told = _spots(
        3,
        server=server_view(),
        attempts=pushes,
        emits_seen=True,
        starts_seen=True,
        ping_interval_s=25.0,
        ping_timeout_s=20.0,
    )
    assert told == {"payload-size", "close-code", "server-reason-missing", "receipts-missing"}
    receipts = timeline(event(1, EventKind.RECEIPT))
    assert "receipts-missing" not in _spots(3, server=server_view(receipts=receipts), attempts=pushes)


def test_where_sizes_are_logged_no_report_says_that_none_is() -> None:
    """One message of known size before a drop, in logs whose sizes part nothing."""
    sized = case((fact(1, sent_bytes=130_000.0), *(fact(number) for number in range(2, 11))))
    spots = find_blind_spots(sized, judge_causes(sized))
    assert "payload-size" not in {spot.id for spot in spots}


def test_where_heartbeats_are_logged_no_report_misses_what_went_over_the_socket() -> None:
    """Nor does anything that is missing leave lost heartbeats open."""
    seen = case(facts_of(10), are_beats_seen=True)
    spots = find_blind_spots(seen, judge_causes(seen))
    assert "no-traffic-lines" not in {spot.id for spot in spots}
    assert not any("heartbeat-timeout" in spot.blocks_causes for spot in spots)


def test_a_cause_that_each_end_states_leaves_nothing_open() -> None:
    """Nine of nine ends say that another login took their place; where one of ten does not, all stays open."""
    stated = [
        replace(one, drop=replace(one.drop, reason="replaced by another login")) for one in facts_of(9, reason=None)
    ]
    whole = case(stated)
    assert find_blind_spots(whole, judge_causes(whole)) == ()
    mixed = case((*stated, fact(10, reason="transport close")))
    assert find_blind_spots(mixed, judge_causes(mixed))


def test_without_disconnects_nothing_is_left_open() -> None:
    """Health has no blind spots to report."""
    assert find_blind_spots(case(), judge_causes(case())) == ()


def test_a_blind_spot_names_only_causes_that_are_still_open() -> None:
    """What is refuted beyond doubt is not blocked by missing lines."""
    whole = case(facts_of(10, reason="io client disconnect"))
    blocked = {name for spot in find_blind_spots(whole, judge_causes(whole)) for name in spot.blocks_causes}
    assert "payload-too-large" not in blocked


def test_a_broker_of_mqtt_lacks_no_settings_and_codes_of_websockets() -> None:
    """MQTT has no close codes, and its clients name their keepalive: nobody misses Socket.IO's settings."""
    assert {"close-code", "settings-unknown"} <= _spots(server=server_view())
    assert {"close-code", "settings-unknown"}.isdisjoint(_spots(server=server_view(), is_mqtt=True))
