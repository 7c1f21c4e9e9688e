"""Clients that a server turned away for their credentials: counted, and a cause only of the ends that follow."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from logdiag.analyzers.attempts.turned_away import (
    FollowedEnd,
    Refusal,
    list_refusals,
    pair_with_ends,
    states_refusal,
)
from logdiag.events import EventKind
from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.document import Subheading, flatten
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.headline import build_headline
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.remedies import build_remedies
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.results.finding_ids import REFUSED_CREDENTIALS
from tests.analyzers.cases import SERVER, at, event, timeline
from tests.winston import at as stamp
from tests.winston import record, write

ROUNDS = 12


def _socket_id(number: int) -> str:
    return f"q7Xb2LmNPzRk9Tt{number:05d}"


def _diagnose(folder: Path, lines: Iterable[tuple[float, str]]) -> Diagnosis:
    write(folder / "hub.log", [record(stamp(second), text) for second, text in sorted(lines)])
    return diagnose(Request((str(folder),))).diagnosis


def _counts(got: Diagnosis) -> tuple[int, int] | None:
    found = [one.numbers for one in got.findings if one.id == REFUSED_CREDENTIALS]
    return (int(found[0]["count"] or 0), int(found[0]["of_count"] or 0)) if found else None


def _asserted(got: Diagnosis) -> list[str]:
    return [cause.id for cause in got.asserted]


def test_ends_that_come_by_turns_with_refusals_are_refused_authentication(tmp_path: Path) -> None:
    """A terminal that is not known is thrown out after each connect, and comes back at once."""
    lines: list[tuple[float, str]] = []
    for number in range(ROUNDS):
        lines += [
            (number * 7.3, "Device connected from ::ffff:10.0.0.24"),
            (number * 7.3 + 0.2, "Unauthorized, or no tenant for device: esp-17"),
            (number * 7.3 + 0.23, "Device disconnected from ::ffff:10.0.0.24"),
        ]
    got = _diagnose(tmp_path, lines)
    assert (_asserted(got), _counts(got)) == (["auth-rejected"], (ROUNDS, ROUNDS))
    (cause,) = got.asserted
    assert cause.explains_count == ROUNDS
    headline = "".join(span.text for span in build_headline(Material(got, Phrases("en"), "0")))
    assert f"{ROUNDS} of {ROUNDS} connects refused: credentials" in headline


@pytest.mark.parametrize("is_named", [True, False])
def test_refusals_beside_the_disconnects_are_counted_and_no_cause(tmp_path: Path, is_named: bool) -> None:
    """Strangers that never come in say nothing of why the others go, even where one goes a moment later."""
    lines: list[tuple[float, str]] = []
    for number in range(ROUNDS):
        start = number * 61.7
        name = f"Socket {_socket_id(number + 500)} connection attempt" if is_named else "Socket connection attempt"
        lines += [
            (start, f"Client connected: {_socket_id(number)}"),
            (start + 20.0, f"Client disconnected: {_socket_id(number)} (transport close)"),
            *((start + second, f"{name}: No token provided.") for second in (11.0, 19.5, 33.0)),
        ]
    got = _diagnose(tmp_path, lines)
    assert "auth-rejected" not in _asserted(got)
    assert _counts(got) == (3 * ROUNDS, 4 * ROUNDS)


def test_a_refusal_of_the_very_socket_that_ends_is_its_cause(tmp_path: Path) -> None:
    """Named by the id or the address of the socket, however many others come and go."""
    lines: list[tuple[float, str]] = []
    for number in range(ROUNDS):
        start, mine, other = number * 13.1, _socket_id(number), _socket_id(number + 500)
        lines += [
            (start, f"Client connected: {mine}"),
            (start + 0.1, f"Client connected: {other}"),
            (start + 0.3, f"Rejected unauthenticated connection: {mine}"),
            (start + 0.31, f"Client disconnected: {other} (client namespace disconnect)"),
            (start + 0.32, f"Client disconnected: {mine} (server namespace disconnect)"),
        ]
    got = _diagnose(tmp_path, lines)
    (cause,) = [one for one in got.causes if one.id == "auth-rejected"]
    assert (cause.explains_count, _counts(got)) == (ROUNDS, (ROUNDS, 2 * ROUNDS))


def test_a_few_refusals_are_those_of_strangers(tmp_path: Path) -> None:
    """Two lines make no finding."""
    lines = [(second, "Unauthenticated socket connection attempt") for second in (3.0, 40.0)]
    lines += [(float(second), f"Client connected: {_socket_id(second)}") for second in range(5)]
    assert _counts(_diagnose(tmp_path, lines)) is None


def test_the_words_of_the_error_beside_a_line_count_as_the_lines_own() -> None:
    """`rejected` says nothing; the error in a key says that it was for the credentials."""
    rows = [
        event(1.0, EventKind.SERVER_ERROR, SERVER, message="rejected", error="invalid token"),
        event(2.0, EventKind.SERVER_ERROR, SERVER, message="rejected", error="disk full"),
        event(3.0, EventKind.SERVER_ERROR, SERVER, message="rejected"),
        event(4.0, EventKind.CONNECTED, SERVER, message="forbidden"),
    ]
    assert [one.evidence.line for one in list_refusals(timeline(*rows))] == [1]


def test_a_refusal_is_named_by_its_socket_or_else_by_its_address() -> None:
    """The words are told without what differs from line to line."""
    told = "Unauthorized 10.0.0.24:5123"
    rows = [
        event(1.0, EventKind.SERVER_KICK, SERVER, message=told, socket_id="s1"),
        event(2.0, EventKind.SERVER_KICK, SERVER, message=told),
        event(3.0, EventKind.SERVER_KICK, SERVER, message="Unauthorized"),
    ]
    found = list_refusals(timeline(*rows))
    assert [one.name for one in found] == ["s1", "10.0.0.24:5123", None]
    assert [one.told for one in found] == ["Unauthorized …", "Unauthorized …", "Unauthorized"]


def _refuse(second: float, line: int, name: str | None = None) -> Refusal:
    return Refusal(at(second), name, "Unauthorized", Evidence(SERVER, line))


def _end(index: int, second: float, line: int, name: str | None = None, file: str = SERVER) -> FollowedEnd:
    return FollowedEnd(index, at(second), name, Evidence(file, line))


@pytest.mark.parametrize(("second", "is_paired"), [(9.9, False), (10.0, True), (12.0, True), (12.1, False)])
def test_a_named_refusal_ends_its_own_socket_within_two_seconds(second: float, *, is_paired: bool) -> None:
    """Not what ended before it, nor what lived on, nor another socket or file."""
    refusal = _refuse(10.0, 5, "a")
    ends = [
        _end(1, second, 9, "a"),
        _end(2, second, 9, "b"),
        _end(3, second, 9),
        _end(4, second, 9, "a", "other/x.log"),
    ]
    assert pair_with_ends([refusal], ends) == ({1: refusal} if is_paired else {})


@pytest.mark.parametrize(("turns", "others", "is_paired"), [(3, 0, True), (2, 0, False), (4, 1, True), (3, 1, False)])
def test_refusals_without_a_name_count_where_nearly_each_has_one_end_before_the_next(
    turns: int, others: int, *, is_paired: bool
) -> None:
    """Three and more, four of five of them: else the end may be another client's."""
    rows = [_refuse(10.0 * number, 2 * number + 1) for number in range(turns + others)]
    ends = [_end(number, 10.0 * number + 0.1, 2 * number + 2) for number in range(turns)]
    assert pair_with_ends(rows, ends) == (dict(enumerate(rows[:turns])) if is_paired else {})


@pytest.mark.parametrize(
    ("reason", "is_refusal"),
    [
        ("invalid token", True),
        ("did not receive auth message within 10 seconds", False),
        ("client never sent auth", False),
        ("no auth message within 5 s", False),
        ("did not receive pong within 10 seconds", False),
    ],
)
def test_who_waits_for_credentials_in_vain_has_refused_none(reason: str, *, is_refusal: bool) -> None:
    """The client may stand still, or its message may be lost: nothing says that its token does not hold."""
    assert states_refusal(reason) is is_refusal


@pytest.mark.parametrize("reason", ["token_expired", "auth.tokenExpired", "token expired", "UNAUTHORIZED"])
def test_a_name_in_code_states_a_refusal_as_its_words_do(reason: str) -> None:
    """What servers write into a close frame beside a code of their own, such as 4401."""
    assert states_refusal(reason)


def test_whom_a_server_throws_out_later_had_come_in(tmp_path: Path) -> None:
    """A token that expires ends a connection; of the tries that follow, two are refused, and the third comes in.

    The client's own log tells of each connect once more.
    """
    server: list[tuple[float, str]] = [(0.0, "WebSocket server listening on port 8000"), (1.0, "connection open")]
    client = [(1.03, "websocket connected")]
    for number in range(1, 6):
        end = number * 900.0
        server += [(end, "closing plant-7: token expired (exp reached)"), (end + 0.01, "connection closed")]
        server += [(end + 2 * turn, "connection rejected (403 Forbidden)") for turn in (1, 2)]
        server.append((end + 9, "connection open"))
        client += [
            (
                end + 0.03,
                "connection closed: received 1008 (policy violation) token expired; no close frame sent",
            )
        ]
        client += [
            (end + 2 * turn + 0.02, "connect failed: server rejected WebSocket connection: HTTP 403") for turn in (1, 2)
        ]
        client.append((end + 9.03, "websocket connected"))
    write(tmp_path / "feeder.log", [record(stamp(second), text) for second, text in client])
    assert _counts(_diagnose(tmp_path, server)) == (10, 16)


def _expire(count: int) -> list[tuple[float, str]]:
    """Sessions of 15 to 16 min, which a check each minute ends as their tokens have expired, two of a check at once."""
    lines: list[tuple[float, str]] = []
    for number in range(count):
        end = 960.0 + 120.0 * (number // 2) + 0.013 * (number % 2)
        opened = end - 905.0 - (number * 17) % 50
        lines += [
            (opened, f"Client connected: {_socket_id(number)}"),
            (end, f"Token expired for player {number % 7}, disconnecting"),
            (end + 0.003, f"Client disconnected: {_socket_id(number)}"),
        ]
    return lines


def test_whose_token_expires_had_come_in(tmp_path: Path) -> None:
    """The line right before the end of an open connection refuses no connect: it is what ends it, and is told once."""
    got = _diagnose(tmp_path, _expire(40))
    assert (_asserted(got), _counts(got)) == (["auth-rejected"], None)
    (cause,) = got.asserted
    assert cause.explains_count == 40
    headline = "".join(span.text for span in build_headline(Material(got, Phrases("en"), "0")))
    assert "refused: credentials" not in headline
    assert "40 disconnects at 20 moments" in headline
    (ends,) = [one for one in got.findings if one.id == "unexplained-disconnects"]
    assert ends.numbers == {"count": 40, "kicked_count": 40}
    assert got.blind_spots == ()


def test_no_drop_is_due_where_nobody_is_connected_any_more(tmp_path: Path) -> None:
    """Every socket of this server has ended, and none ever comes back under its name."""
    got = _diagnose(tmp_path, _expire(40))
    assert {pattern.kind for pattern in got.patterns if pattern.is_significant} <= {"timer", "wall-clock"}
    assert got.patterns
    assert got.next_drop is None


def test_a_line_that_comes_before_the_disconnects_is_no_consequence_too(tmp_path: Path) -> None:
    """The second of two that a check ends stands after the first's end."""
    got = _diagnose(tmp_path, _expire(40))
    assert [one.role for one in got.triggers] == ["trigger"]


def test_a_known_cause_without_a_push_needs_no_remedy_for_pushes(tmp_path: Path) -> None:
    """Nothing is acknowledged, queued or sent again in logs that hold no push."""
    section = build_remedies(Material(_diagnose(tmp_path, _expire(40)), Phrases("en"), "0"))
    titles = [flatten(block.text) for block in section.blocks if isinstance(block, Subheading)]
    assert len(titles) == 1
    assert "A fresh token" in titles[0]


def test_kicks_of_one_check_end_one_socket_each_and_refusals_beside_them_none() -> None:
    """Each within 50 ms, in their order; what says no more than a refusal is held apart from them."""
    kicks = [_refuse(60.0 * turn + 0.01 * k, 4 * turn + k + 1) for turn in range(3) for k in range(2)]
    kicks = [one._replace(is_kick=True) for one in kicks]
    ends = [_end(n, 60.0 * (n // 2) + 0.02 + 0.01 * (n % 2), 4 * (n // 2) + n % 2 + 3) for n in range(6)]
    strangers = [_refuse(60.0 * turn + 30.0, 90 + turn) for turn in range(9)]
    assert pair_with_ends([*kicks, *strangers], ends) == dict(enumerate(kicks))
    assert pair_with_ends([one._replace(is_kick=False) for one in kicks], ends) == {}


def test_tries_that_are_turned_away_before_they_connect_come_beside_the_connects(tmp_path: Path) -> None:
    """A token that expires ends an open connection, the next try is refused, and the one after it comes in."""
    lines: list[tuple[float, str]] = []
    for client in range(4):
        for turn in range(5):
            start = 600.0 * turn + 97.0 * client
            lines += [
                (start, "connection open"),
                (start + 580.0, f"tablet-{client} token expired, closing with 4401"),
                (start + 580.002, "connection closed"),
                (start + 583.0, "connection rejected (403 Forbidden)"),
            ]
    assert _counts(_diagnose(tmp_path, lines)) == (20, 40)


def test_a_broker_that_accepts_no_password_turns_away_each_try(tmp_path: Path) -> None:
    """Mosquitto names none of them: each line says `Client <unknown> disconnected, not authorised`."""
    lines = [(60.0 * number, "Client <unknown> disconnected, not authorised.") for number in range(ROUNDS)]
    lines += [
        (5.0, "New client connected from 10.0.0.8:5001 as garage (p2, c1, k60)."),
        (700.0, "Client garage closed its connection."),
    ]
    got = _diagnose(tmp_path, lines)
    assert _counts(got) == (ROUNDS, ROUNDS + 1)
    assert "auth-rejected" not in _asserted(got)
