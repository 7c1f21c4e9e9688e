"""Errors without an id beside the ends of sockets that have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from logdiag.analyzers.sides.stated_errors import join_stated_errors
from logdiag.events import Event, EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.analyzers.cases import SERVER, event

OPENED, CLOSED = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED
TIMED_OUT = {"reason": "ping timeout", "code": "1011", "message": "[req] ConnectionClosedError: sent 1011"}


def _number(events: Sequence[Event]) -> list[Event]:
    """The events as lines of one file, in this order."""
    return [replace(one, line=place + 1) for place, one in enumerate(events)]


def _tell(second: float, kind: EventKind, socket: str | None = None, **fields: str) -> Event:
    return event(second, kind, SERVER, socket_id=socket, **fields)


def _fail(second: float, **fields: str) -> Event:
    return _tell(second, EventKind.DISCONNECTED, **{**TIMED_OUT, **fields})


def _end(second: float, socket: str, *leads_s: float, **fields: str) -> list[Event]:
    """A socket's end with errors so many seconds before it."""
    errors = [_fail(second - lead_s, **fields) for lead_s in leads_s]
    return [*errors, _tell(second, CLOSED, socket, message=f"Disconnected: {socket}")]


def _list_ends(events: Sequence[Event]) -> list[tuple[str | None, str | None]]:
    kinds = {CLOSED, EventKind.DISCONNECTED}
    return [(one.socket_id, one.reason) for one in join_stated_errors(_number(events)) if one.kind in kinds]


def test_errors_of_requests_are_the_reason_of_the_end_beside_them() -> None:
    """Seven errors before four ends, the earliest 13 s before: four sockets, each with the reason."""
    leads_s = ((0.01,), (0.1, 0.05), (13.0, 8.0, 0.1), (0.002,))
    rows = [row for index, leads in enumerate(leads_s) for row in _end(400.0 * index, f"s{index}", *leads)]
    told = _list_ends(rows)
    assert {socket for socket, _ in told} == {"s0", "s1", "s2", "s3"}
    assert [one for one in told if one[1]] == [(f"s{index}", "ping timeout") for index in range(4)]


def test_an_error_in_a_line_without_words_leaves_its_reason_to_the_end() -> None:
    """JSON of a request with an `error` and no message: the end's own line is shown."""
    rows = [row for index in range(4) for row in _end(400.0 * index, f"s{index}", 0.01, message="", error="closed")]
    joined = join_stated_errors(_number(rows))
    assert [(one.message, one.code) for one in joined] == [(f"Disconnected: s{index}", "1011") for index in range(4)]


def test_ends_without_an_error_stay_without_a_reason() -> None:
    """Some close in order: three of six have none."""
    rows = [row for index in range(6) for row in _end(400.0 * index, f"s{index}", *([0.01] if index % 2 else []))]
    reasons = dict(sorted(_list_ends(rows), key=lambda one: one[1] or ""))
    assert [reasons[f"s{index}"] for index in range(6)] == [None, "ping timeout"] * 3


@pytest.mark.parametrize(
    "rows",
    [
        [row for index in range(2) for row in _end(400.0 * index, f"s{index}", 0.01)],
        [row for index in range(6) for row in _end(400.0 * index, f"s{index}", 30.0)],
        [row for index in range(30) for row in _end(0.5 * index, f"s{index}", 0.01)],
        [row for index in range(6) for row in _end(400.0 * index, f"s{index}", 0.01, message="Upstream closed")],
        [
            _tell(-1, EventKind.CONNECTED, message="Connected to the hub"),
            *(row for index in range(6) for row in _end(400.0 * index, f"s{index}", 0.01)),
        ],
    ],
    ids=["two", "long before", "by chance", "no error", "with connects of their own"],
)
def test_what_may_be_ends_of_others_stay_ends(rows: list[Event]) -> None:
    """Too few, too early, as likely by luck, sentences of another connection, or of one that logs its connects."""
    assert join_stated_errors(_number(rows)) == _number(rows)


def test_an_end_with_a_reason_of_its_own_is_not_that_of_the_error() -> None:
    """`transport close` is no ping timeout."""
    rows = _number([row for index in range(6) for row in _end(400.0 * index, f"s{index}", 0.01)])
    told = [replace(one, reason="transport close") if one.socket_id else one for one in rows]
    assert join_stated_errors(told) == told


def test_ends_are_no_more_than_connects(tmp_path: Path) -> None:
    """A server of one device: 6 connects, 10 errors, 6 ends of which 5 have an error: 6 disconnects, 5 by ping."""
    lines = ["[09:00:00] WebSocket server listening on 0.0.0.0:8001"]
    for number in range(6):
        name = f"('10.0.0.7', {50121 + 7 * number})"
        lines += ["connection open", f"[09:{10 * number:02}:09] [+] Connected: {name}"]
        for id_ in ("a1b2c3d4", "b2c3d4e5")[: 2 if number else 0]:
            error = "sent 1011 (internal error) keepalive ping timeout; no close frame received"
            lines.append(f"[09:{10 * number + 2:02}:51]   [{id_[:7]}{number}] Error: {error}")
        lines += [f"[09:{10 * number + 2:02}:51] [-] Disconnected: {name}", "connection closed"]
    (tmp_path / "server.log").write_text("\n".join(lines) + "\n", "utf-8")
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert [one.server_reason or one.reason for one in found.disconnects] == [None] + ["ping timeout"] * 5
