"""Lines that tell of a connect or an end once more, without the id that another line has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from logdiag.analyzers.sides.retold_ends import join_retold_ends
from logdiag.events import Event, EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.analyzers.cases import SERVER, event
from tests.foreign_apps import Row, name_socket, write_winston

OPENED, CLOSED = EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED


def _number(events: list[Event]) -> list[Event]:
    """The events as lines of one file, in this order."""
    return [replace(one, line=place + 1) for place, one in enumerate(events)]


def _tell(second: float, kind: EventKind, socket: str | None = None, message: str = "gone", **fields: str) -> Event:
    return event(second, kind, SERVER, socket_id=socket, message=message, **fields)


def _twice(count: int, *, connects: bool = False) -> list[Event]:
    """So many ends, each told by a line with an id and 3 ms later by one without; their connects too."""
    rows = []
    for index in range(count):
        moments = ((30.0 * index, OPENED, "open"), (30.0 * index + 20, CLOSED, "gone"))
        for second, kind, word in moments if connects else moments[1:]:
            rows.append(_tell(second, kind, f"s{index}", f"socket {word}"))
            rows.append(_tell(second + 0.003, kind, None, f"Client {word}"))
    return _number(rows)


def _list_sockets(events: list[Event], kind: EventKind = CLOSED) -> list[str | None]:
    return [one.socket_id for one in join_retold_ends(events) if one.kind is kind]


def test_a_line_without_an_id_tells_again_of_the_socket_beside_it() -> None:
    """Six ends, twelve lines: each pair has one id."""
    assert _list_sockets(_twice(6)) == [f"s{index}" for index in range(6) for _ in range(2)]


def test_sockets_that_end_together_are_paired_one_to_one() -> None:
    """Three cuts of four sockets each in stamps of seconds: four lines each without ids, four sockets."""
    rows = []
    for cut in range(3):
        names = [f"s{cut}{number}" for number in range(4)]
        rows += [_tell(600.0 * cut, CLOSED, names[0]), _tell(600.0 * cut, CLOSED, message="left")]
        rows += [_tell(600.0 * cut, CLOSED, name) for name in names[1:]]
        rows += [_tell(600.0 * cut, CLOSED, message="left") for _ in names[1:]]
    joined = join_retold_ends(_number(rows))
    named = [one.socket_id for one in joined if one.message == "left"]
    assert sorted(map(str, named)) == sorted(f"s{cut}{number}" for cut in range(3) for number in range(4))


def test_ends_that_sometimes_fall_together_stay_two() -> None:
    """Half of the lines without an id have a socket beside them: they are ends of their own."""
    rows = [*_twice(6), *(_tell(1000.0 + 50 * index, CLOSED, message="Client gone") for index in range(6))]
    assert _list_sockets(_number(rows)).count(None) == 12


def test_ends_in_no_order_stay_two() -> None:
    """Now the one, now the other is first: two voices of one process always speak in the same order."""
    rows = []
    for index in range(10):
        pair = [_tell(60.0 * index, CLOSED, f"s{index}"), _tell(60.0 * index, CLOSED, message="left")]
        rows += pair if index % 2 else pair[::-1]
    assert _list_sockets(_number(rows)).count(None) == 10


@pytest.mark.parametrize(("early_count", "joined_count"), [(1, 10), (2, 0)])
def test_one_of_ten_may_be_told_in_the_other_order(early_count: int, joined_count: int) -> None:
    """Two loggers of one process change places now and then; in two of ten cases the ends are of two."""
    rows = []
    for index in range(10):
        pair = [_tell(60.0 * index, CLOSED, f"s{index}"), _tell(60.0 * index, CLOSED, message="left")]
        rows += pair[::-1] if index < early_count else pair
    left = [one for one in join_retold_ends(_number(rows)) if one.message == "left"]
    assert sum(one.socket_id is not None for one in left) == joined_count


def test_connects_of_their_own_make_ends_of_their_own() -> None:
    """Each cut ends a socket with and one without an id; they come back seconds apart, so they are two."""
    rows = []
    for index in range(8):
        start = 60.0 * index
        rows += [_tell(start, OPENED, f"s{index}", "opened"), _tell(start + 5, OPENED, None, "Client opened")]
        rows += [_tell(start + 50, CLOSED, f"s{index}"), _tell(start + 50.01, CLOSED, None, "Client gone")]
    assert _list_sockets(_number(rows)).count(None) == 8


def test_a_single_coincidence_joins_nothing() -> None:
    """One pair of lines may be chance; where the connects are told twice again and again, it is none."""
    assert _list_sockets(_twice(1)).count(None) == 1
    known = [one for one in _twice(6, connects=True) if one.kind is OPENED or one.time < _twice(2)[2].time]
    assert _list_sockets(_number(known)) == ["s0", "s0"]


def test_lines_that_name_others_are_not_joined() -> None:
    """A line that states another reason tells of another end."""
    rows = [
        replace(one, reason="ping timeout" if one.socket_id else "transport close") for one in _number([*_twice(6)])
    ]
    assert _list_sockets(rows).count(None) == 6


def test_two_wordings_without_ids_are_one_end() -> None:
    """The first line of each end stays, with the reason that the second states."""
    rows = []
    for index in range(6):
        rows.append(_tell(60.0 * index, CLOSED, message="socket closed"))
        rows.append(_tell(60.0 * index + 0.01, CLOSED, message="goodbye, client", code="1006"))
    joined = join_retold_ends(_number(rows))
    assert [(one.message, one.code) for one in joined] == [("socket closed", "1006")] * 6


@pytest.mark.parametrize(("beside_count", "ends_count"), [(8, 20), (6, 28)])
def test_a_wording_may_tell_of_some_of_the_ends_again(beside_count: int, ends_count: int) -> None:
    """Eight of twenty ends have the player's line 1 ms before the library's: twenty ends. With six it is chance."""
    rows = []
    for index in range(20):
        rows.append(_tell(600.0 * index, CLOSED, message="connection closed"))
        if index < beside_count:
            rows.append(_tell(600.0 * index - 0.001, CLOSED, message="Player disconnected", worker_id=f"p{index}"))
        elif index < 8:
            rows.append(_tell(600.0 * index - 60, CLOSED, message="Player disconnected", worker_id=f"p{index}"))
    joined = join_retold_ends(_number(sorted(rows, key=lambda one: one.time)))
    assert len(joined) == ends_count
    assert {one.worker_id for one in joined} == {None, *(f"p{index}" for index in range(8))}


def _tell_in_seconds_and_finer(count: int) -> list[Event]:
    """So many ends and their connects, each told by an access log in whole seconds and by the application in ms."""
    rows = []
    for index in range(count):
        start = 47.0 * index
        for whole, fine, kind, word in (
            (start, start + 0.05 + 0.9 * (index % 7) / 7, OPENED, "open"),
            (start + 21, start + 21.95 - 0.9 * (index % 5) / 5, CLOSED, "gone"),
        ):
            rows.append(_tell(whole, kind, f"s{index}", f"WS {word}"))
            rows.append(_tell(fine, kind, None, f"Consumer {word}"))
    return _number(rows)


@pytest.mark.parametrize("kind", [OPENED, CLOSED])
def test_whole_seconds_of_one_teller_hold_the_moment_of_the_other(kind: EventKind) -> None:
    """The access log's stamps lie up to a second before the application's: one end, one connect, not two."""
    assert _list_sockets(_tell_in_seconds_and_finer(8), kind) == [f"s{index}" for index in range(8) for _ in range(2)]


def _tell_behind(rule: str | None, *, count: int = 2, gap_lines: int = 0) -> list[Event]:
    """Ends in whole seconds, whose reader is `rule`, each with the application's own line in ms behind it."""
    rows = []
    for index in range(count):
        rows.append(replace(_tell(8.0 * index, CLOSED, f"s{index}", "WS gone"), rule=rule))
        rows += [_tell(8.0 * index + 0.1, EventKind.SETTING, None, "noise") for _ in range(gap_lines)]
        rows.append(_tell(8.0 * index + 0.7, CLOSED, None, "Consumer gone"))
    return _number(rows)


def test_two_lines_beside_a_log_of_all_sockets_tell_of_them_again() -> None:
    """All of daphne's two ends have the consumer's line next to them: two ends, as nobody connects past daphne."""
    assert _list_sockets(_tell_behind("daphne-access-disconnect")) == ["s0", "s0", "s1", "s1"]


@pytest.mark.parametrize(
    "rows",
    [
        _tell_behind(None),
        _tell_behind("daphne-access-disconnect", count=1),
        _tell_behind("daphne-access-disconnect", gap_lines=1),
        [*_tell_behind("daphne-access-disconnect"), _tell(90, CLOSED, None, "Consumer gone")],
    ],
    ids=["another log", "one alone", "lines between", "one left"],
)
def test_two_lines_may_be_luck(rows: list[Event]) -> None:
    """A log that may lack sockets, a single end, lines between, an end without one beside it: none is joined."""
    assert all(one is None or _list_sockets(rows).count(one) == 1 for one in _list_sockets(rows))


def test_ends_in_one_second_of_a_teller_stay_as_many() -> None:
    """Two sockets end in each second, and the application tells each: two ids, each of them twice."""
    rows = []
    for index in range(6):
        for part in range(2):
            rows.append(_tell(60.0 * index, CLOSED, f"s{index}{part}", "WS gone"))
            rows.append(_tell(60.0 * index + 0.3 + 0.4 * part, CLOSED, None, "Consumer gone"))
    expected = [f"s{index}{part}" for index in range(6) for part in range(2) for _ in range(2)]
    assert sorted(map(str, _list_sockets(_number(rows)))) == expected


def test_ends_in_one_second_told_by_fine_stamps_are_two() -> None:
    """Both wordings have stamps in ms, and the second end comes 700 ms after the first: two connections."""
    rows = []
    for index in range(8):
        rows.append(_tell(60.0 * index + 0.1, CLOSED, f"s{index}", "WS gone"))
        rows.append(_tell(60.0 * index + 0.8, CLOSED, None, "Consumer gone"))
    assert _list_sockets(_number(rows)).count(None) == 8


def test_many_ends_within_a_second_of_others_by_chance_stay_two() -> None:
    """A socket ends every other second, so that any line stands within a second of one: nothing is joined."""
    rows = [_tell(2.0 * index, CLOSED, f"s{index}", "WS gone") for index in range(20)]
    rows += [_tell(2.0 * index + 0.63, CLOSED, None, "Consumer gone") for index in range(20)]
    assert _list_sockets(_number(sorted(rows, key=lambda one: one.time))).count(None) == 20


def test_an_end_has_the_id_of_one_line_and_the_reason_of_the_other(tmp_path: Path) -> None:
    """The library knows the socket and not why; the application's own line says it."""
    rows: list[Row] = []
    for index in range(12):
        start, name = index * 40.0, name_socket(index)
        rows.append((start, {"message": f"{name}: client connected", "service": "engine"}))
        rows.append((start + 30.0, {"message": f"{name}: client disconnected", "service": "engine"}))
        rows.append((start + 30.004, {"message": "A client disconnected: transport close", "service": "hall"}))
    write_winston(tmp_path / "app.log", rows)
    drops = diagnose(Request((str(tmp_path),))).diagnosis.disconnects
    assert [(drop.socket_id, drop.server_reason) for drop in drops] == [
        (name_socket(index), "transport close") for index in range(12)
    ]


def test_a_layer_that_knows_some_of_the_sockets_tells_of_them_again() -> None:
    """Ten sockets end, of six a registry without ids told a moment before: ten ends; five of its own stay its own."""
    rows = []
    for index in range(10):
        start = 60.0 * index
        for second, kind, word in ((start, OPENED, "open"), (start + 20, CLOSED, "gone")):
            if index < 6:
                rows.append(_tell(second, kind, None, f"Session of the registry {word}"))
            rows.append(_tell(second + 0.002, kind, f"s{index}", f"socket {word}"))
    for index in range(5):
        start = 2000 + 60.0 * index
        rows += [_tell(start, OPENED, None, "old style open"), _tell(start + 20, CLOSED, None, "old style gone")]
    found = _list_sockets(_number(rows))
    assert (len({one for one in found if one}), found.count(None)) == (10, 5)
