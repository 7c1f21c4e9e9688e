"""What is learned from the structure of a log, and what must not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.lifecycles import learn_rules
from logdiag.parsers.lifecycles.learning import MOST_OF_A_FOLDER, choose_files
from logdiag.pipeline.stages import Result, diagnose
from logdiag.reading import LogFile, find_log_files
from logdiag.request import Request
from tests import foreign_apps
from tests.foreign_apps import name_socket
from tests.winston import BUILT_IN, at, record, write


def run(folder: Path) -> Result:
    return diagnose(Request((str(folder),)))


def count_kinds(folder: Path) -> dict[str, int]:
    return dict(Counter(run(folder).timeline["kind"]))


def count_drops(folder: Path) -> dict[str, int]:
    return {item.id: item.disconnects_count for item in run(folder).diagnosis.connections}


def test_words_in_messages_are_learned_on_both_sides(tmp_path: Path) -> None:
    """Whatever a tower calls it, what opens and closes under a socket's id is a connection, and its side is known."""
    foreign_apps.sail_lighthouses(tmp_path)
    assert count_kinds(tmp_path) == {
        "connected": 18, "disconnected": 16, "server-connected": 18, "server-disconnected": 16,
    }  # fmt: skip
    assert count_drops(tmp_path) == {"beacon-1": 8, "beacon-2": 8}


def test_what_is_learned_names_socket_client_and_reason(tmp_path: Path) -> None:
    """Of a learned event, the id of the socket, the name of the client and the reason are known."""
    foreign_apps.sail_lighthouses(tmp_path)
    frame = run(tmp_path).timeline
    closes = frame[frame["kind"] == "server-disconnected"]
    assert set(closes["reason"]) == {"transport close"}
    assert set(closes["worker_id"]) == {"b1", "b2"}
    assert set(closes["socket_id"]) == {name_socket(n) for n in range(1, 19) if n not in {9, 18}}
    opens = frame[frame["kind"] == "connected"]
    assert set(opens["socket_id"]) == {name_socket(n) for n in range(1, 19)}


def test_words_in_keys_are_learned(tmp_path: Path) -> None:
    """Where all lines have one message and a key tells them apart, the key's words are learned."""
    foreign_apps.sail_ferries(tmp_path)
    assert count_kinds(tmp_path) == {
        "connected": 14, "disconnected": 12, "server-connected": 14, "server-disconnected": 12,
    }  # fmt: skip
    assert count_drops(tmp_path) == {"iris": 6, "vega": 6}


def test_reasons_of_one_side_decide_the_side(tmp_path: Path) -> None:
    """Ids that say nothing do with reasons that only a server of Socket.IO's can give."""
    foreign_apps.tend_orchards(tmp_path)
    assert count_kinds(tmp_path) == {"server-connected": 7, "server-disconnected": 7}


@pytest.mark.parametrize("drops", [1, 2])
def test_a_single_close_is_enough_with_ids_of_engine_io(tmp_path: Path, drops: int) -> None:
    """An id of Engine.IO's that opens and closes with a reason needs no company."""
    foreign_apps.sail_lighthouses(tmp_path, drops)
    assert count_drops(tmp_path) == {"beacon-1": drops, "beacon-2": drops}


def test_what_a_known_close_opened_is_learned_on_its_side(tmp_path: Path) -> None:
    """A server's own word for a connect, beside a close that anybody understands, makes no client of its sockets."""
    foreign_apps.hold_seats(tmp_path)
    assert count_kinds(tmp_path) == {"server-connected": 12, "server-disconnected": 12}
    assert sum(count_drops(tmp_path).values()) == 12


def test_signs_serve_as_words(tmp_path: Path) -> None:
    """Where a sign tells a connect and nothing but its reason an end, ids and reasons show what they are."""
    foreign_apps.mark_comings(tmp_path)
    assert count_kinds(tmp_path) == {"server-connected": 12, "server-disconnected": 12}
    assert set(run(tmp_path).timeline["worker_id"].known()) == {"ada2", "bob1"}


@pytest.mark.parametrize("write", [foreign_apps.cast_buoys, foreign_apps.cast_buoys_in_keys])
def test_close_codes_end_connections(tmp_path: Path, write: Callable[[Path], None]) -> None:
    """A close code of WebSockets is a reason, in the message as in a key; what it means is told with it."""
    write(tmp_path)
    frame = run(tmp_path).timeline
    closes = frame[frame["kind"] == "server-disconnected"]
    assert len(closes) == 9
    assert set(closes["code"]) == {"1001", "1006"}
    assert set(closes["reason"]) == {"going away", "abnormal closure"}


def test_the_end_of_a_stream_in_go_ends_a_connection(tmp_path: Path) -> None:
    """What Go's websocket package says of an end is a reason, wherever the application puts it."""
    foreign_apps.haul_nets(tmp_path)
    frame = run(tmp_path).timeline
    assert dict(Counter(frame["kind"])) == {"server-connected": 8, "server-disconnected": 8}
    assert len(set(frame["socket_id"].known())) == 8


def test_who_is_refused_while_the_connection_is_down_is_its_client(tmp_path: Path) -> None:
    """ECONNREFUSED in a key is a refused connect, and tells whose log it is, though the message says nothing."""
    foreign_apps.steer_kites(tmp_path)
    frame = run(tmp_path).timeline
    assert dict(Counter(frame["kind"])) == {"connected": 6, "disconnected": 6, "connect-error": 12}
    assert set(frame[frame["kind"] == "connect-error"]["error"]) == {"connect ECONNREFUSED 10.0.0.2:7300"}


def test_what_refuses_while_the_connection_is_up_is_something_else(tmp_path: Path) -> None:
    """A process that is refused at any time asks for another thing."""
    foreign_apps.steer_kites(tmp_path, refused_while_up=True)
    assert "connect-error" not in count_kinds(tmp_path)


REFUSED_TOKENS = [
    "the hall stays dark: jwt expired",
    "turned away at the door (invalid signature)",
    "no entry, TokenExpiredError",
    "door: Signature has expired",
    "doorman says IDX10223: Lifetime validation failed. The token is expired.",
    "hall answers 401 (Unauthorized)",
]
KNOWN_WORDS = ("Socket connected:", "Socket disconnected:")


@pytest.mark.parametrize("refused", REFUSED_TOKENS)
def test_a_token_refused_while_the_connection_is_down_is_a_refused_connect(tmp_path: Path, refused: str) -> None:
    """Libraries that check tokens have words of their own, whatever the application says around them."""
    foreign_apps.play_harps(tmp_path, refused)
    result = run(tmp_path)
    kinds = Counter(result.timeline["kind"])
    assert (kinds["connected"], kinds["disconnected"], kinds["connect-error"]) == (6, 6, 18)
    assert [cause.id for cause in result.diagnosis.causes if cause.status == "asserted"] == ["auth-rejected"]


def test_a_token_refused_is_learned_beside_words_that_are_known(tmp_path: Path) -> None:
    """That the rules know the connects and closes does not mean that they know the rest."""
    foreign_apps.play_harps(tmp_path, REFUSED_TOKENS[0], words=KNOWN_WORDS)
    assert count_kinds(tmp_path) == {"connected": 6, "disconnected": 6, "connect-error": 18}


@pytest.mark.parametrize("words", [("on stage", "off stage"), KNOWN_WORDS])
@pytest.mark.parametrize(
    ("refused", "while_up"),
    [
        ("score of bo not read: jwt expired", True),
        ("GET /api/scores 401 Unauthorized", False),
        ("scores not fetched: jwt expired", False),
        ("request of bo turned away: jwt expired", False),
        ("the token of tom expires in an hour", False),
        ("401 strings tuned", False),
    ],
)
def test_a_token_of_something_else_is_no_refused_connect(
    tmp_path: Path, refused: str, while_up: bool, words: tuple[str, str]
) -> None:
    """What is refused while the connection is up as well, what is asked over HTTP, and what is not refused."""
    foreign_apps.play_harps(tmp_path, refused, while_up=while_up, words=words)
    result = run(tmp_path)
    assert "connect-error" not in set(result.timeline["kind"])
    assert "auth-rejected" not in {cause.id for cause in result.diagnosis.causes if cause.status == "asserted"}


@pytest.mark.parametrize("reason", ["server namespace disconnect", "transport close"])
def test_a_token_that_a_server_refuses_makes_it_no_client(tmp_path: Path, reason: str) -> None:
    """Whose log it is, is told by the reasons and ids of its closes: of a token both sides say that it is refused."""
    foreign_apps.play_harps(tmp_path, REFUSED_TOKENS[0], reason=reason)
    assert count_kinds(tmp_path) == {"server-connected": 6, "server-disconnected": 6}


MISLEADING = [
    foreign_apps.serve_requests,
    foreign_apps.run_jobs,
    foreign_apps.keep_pools,
    foreign_apps.send_broadcasts,
    foreign_apps.note_transactions,
    foreign_apps.fail_tasks,
    foreign_apps.stream_queries,
]


@pytest.mark.parametrize("write", MISLEADING)
def test_what_else_opens_and_closes_is_no_connection(tmp_path: Path, write: Callable[[Path], None]) -> None:
    """Requests, jobs, pools, deliveries and transactions begin and end under an id too, and mean nothing."""
    write(tmp_path)
    files = find_log_files((str(tmp_path),), None).files
    assert learn_rules(files, BUILT_IN, find_layouts(files)) == ()


def test_beside_a_connection_it_stays_nothing(tmp_path: Path) -> None:
    """The same lines in the folder of a process with connections are learned no more than alone."""
    foreign_apps.sail_lighthouses(tmp_path)
    for mislead in MISLEADING:
        mislead(tmp_path / "tower")
    kinds = count_kinds(tmp_path)
    assert (kinds["server-connected"], kinds["server-disconnected"]) == (18, 16)


def test_known_words_are_not_learned(tmp_path: Path) -> None:
    """Where the rules know the words, nothing is added to them."""
    sample = Path(__file__).parents[3] / "sample_logs"
    files = find_log_files((str(sample),), None).files
    assert len(files) > 10
    assert learn_rules(files, BUILT_IN, find_layouts(files)) == ()


def test_of_thousands_of_files_of_a_folder_some_of_each_service_are_looked_at(tmp_path: Path) -> None:
    """Of each service files are taken evenly from first to last; a service with one file among thousands is heard."""
    names = [*(f"chat-{number:04}" for number in range(1_000)), "lonely"]
    paths = [tmp_path / f"{name}.log" for name in names]
    *chats, lonely = (LogFile(str(path), path, "w", path.stem.partition("-")[0], 0) for path in paths)
    chosen = choose_files([*chats, lonely])
    assert lonely in chosen
    assert 150 <= len(chosen) <= MOST_OF_A_FOLDER
    assert chosen[0] == chats[0]
    assert chosen[-2] in chats[-10:]
    assert choose_files([*chats[:99], lonely]) == [*chats[:99], lonely]


def test_the_id_that_never_returns_joins_the_two_sides(tmp_path: Path) -> None:
    """A name stands before the connection's id: each end is counted once, and the clients are clients."""
    foreign_apps.fly_kites(tmp_path)
    assert count_drops(tmp_path) == {"ada": 6, "bo": 6}
    assert {(one.source, one.side) for one in run(tmp_path).diagnosis.inputs.sides} == {
        ("ada", "client"), ("bo", "client"), ("meadow", "server"),
    }  # fmt: skip


def test_a_ticket_of_some_lines_is_no_connection(tmp_path: Path) -> None:
    """Where no id is another one each time, the name joins opens and closes."""
    foreign_apps.rent_boats(tmp_path)
    assert count_kinds(tmp_path) == {"server-connected": 18, "server-disconnected": 18}
    assert sum(count_drops(tmp_path).values()) == 18


def test_the_client_is_who_has_one_connection_at_a_time(tmp_path: Path) -> None:
    """Not the service or the room, whose names several open sockets share, but the card, whatever its key is called."""
    lines: list[tuple[float, str]] = []
    for number in range(24):
        card, opened = number % 4, 60.0 * (number // 4) + number % 4
        seat = {"from": "desk", "hall": f"hall-{card % 2}", "card": f"card-{card}", "seat": name_socket(number)}
        lines.append((opened, record(at(opened), "reader sat down", **seat)))
        lines.append((opened + 50.0, record(at(opened + 50.0), "reader stood up", **seat, why="transport close")))
    write(tmp_path / "desk" / "desk.log", [line for _, line in sorted(lines)])
    assert count_drops(tmp_path) == {f"card-{card}": 6 for card in range(4)}
