"""Logs that once led to a false word: small incidents, each with what is true of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.document import flatten
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.terminal import render_text
from logdiag.results.causes import Cause, CauseStatus, Outcome
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict
from tests.winston import at, record, write


class Line(NamedTuple):
    """A message so many seconds after the start, and what else its record holds."""

    second: float
    message: str
    meta: Mapping[str, Any] = MappingProxyType({})


UP: Final = "Connected to master (socket ID: {})"


def _write(path: Path, lines: Iterable[Line]) -> None:
    write(path, (record(at(line[0]), line[1], "info", **line[2]) for line in sorted(lines, key=itemgetter(0))))


def _diagnose(path: Path, **options: Any) -> Diagnosis:
    return diagnose(Request((str(path),), **options)).diagnosis


def _cause(got: Diagnosis, name: str) -> Cause:
    return next(cause for cause in got.causes if cause.id == name)


def _asserted(got: Diagnosis) -> list[str]:
    return sorted(cause.id for cause in got.asserted)


def _socket_id(number: int) -> str:
    return f"{number:016d}AAAB"


@pytest.mark.parametrize(
    ("reason", "asserted"), [("ping timeout", ["heartbeat-timeout"]), ("transport close", list[str]())]
)
def test_a_dead_path_is_no_blocked_process(tmp_path: Path, reason: str, asserted: list[str]) -> None:
    """Ticks of unknown words that come over the connection stop before each drop: nobody knows that a process froze.

    Nor does chance cut a line that had been dead for half a minute.
    """
    draw = np.random.default_rng(8)
    now, lines = 0.0, [Line(0.0, "Connected to master")]
    for _ in range(14):
        calm = draw.uniform(120, 400)
        lines += [Line(now + 5 * n + draw.normal(0, 0.02), "price update AAPL 227.1") for n in range(1, int(calm / 5))]
        now += calm + draw.uniform(21, 45)
        lines.append(Line(now, f"Disconnected from master: {reason}"))
        now += draw.uniform(1, 9)
        lines.append(Line(now, "Connected to master"))
    _write(tmp_path / "worker1/socket-client.log", lines)
    got = _diagnose(tmp_path)
    assert _asserted(got) == asserted
    assert _cause(got, "event-loop-blocked").explains_count == 0


def test_servers_that_restart_by_turns_are_judged_by_their_own_lines(tmp_path: Path) -> None:
    """Each drop follows a stopping line of the server that held the socket; the client returns through the other."""
    draw = np.random.default_rng(4)
    servers: list[list[Line]] = [[Line(0.0, "Master Server Started (Port: 4101)")] for _ in range(2)]
    client: list[Line] = []
    now, holder = 10.0, 0
    for number in range(12):
        socket = _socket_id(number)
        servers[holder].append(Line(now, f"Worker connected: {socket}"))
        client.append(Line(now + 0.005, UP.format(socket)))
        now += draw.uniform(300, 2000)
        servers[holder] += [
            Line(now, "SIGTERM received, shutting down"),
            Line(now + 0.02, f"Worker disconnected: {socket}, reason: server shutting down"),
            Line(now + 9, "Master Server Started (Port: 4101)"),
        ]
        client.append(Line(now + 0.03, "Disconnected from master: transport close"))
        now, holder = now + 1.3, 1 - holder
    for number, lines in enumerate(servers):
        _write(tmp_path / f"master{number}/socket-server.log", lines)
    _write(tmp_path / "worker1/socket-client.log", client)
    got = _diagnose(tmp_path)
    assert _asserted(got) == ["server-restart"]
    check = next(one for one in _cause(got, "server-restart").checks if one.id == "server-gone-seen")
    assert check.numbers["stopped_count"] == 12


def test_a_server_is_not_restarted_by_the_start_of_another(tmp_path: Path) -> None:
    """Two servers: each drop on the first falls on a start of the second, whose own clients stay: no cause of it."""
    draw = np.random.default_rng(3)
    first, second = ([Line(0.0, "Socket server listening on port 3000")] for _ in range(2))
    second.append(Line(1.0, f"Client connected: {_socket_id(999)}", {"userId": "v1"}))
    now = 10.0
    for number in range(12):
        socket = _socket_id(number)
        first.append(Line(now, f"Client connected: {socket}", {"userId": "u1"}))
        now += draw.uniform(200, 900)
        first.append(Line(now, f"Client disconnected: {socket} (transport close)"))
        second.append(Line(now + 0.5, "Socket server listening on port 3000"))
        now += 2
    _write(tmp_path / "a/server.log", first)
    _write(tmp_path / "b/server.log", second)
    check = next(one for one in _cause(_diagnose(tmp_path), "server-restart").checks if one.id == "server-gone-seen")
    assert check.outcome is not Outcome.SUPPORTS


def test_a_stop_that_lasts_is_the_stop_of_all_its_sockets(tmp_path: Path) -> None:
    """The server says that it stops, writes on, logs no end of its sockets, and starts: it is not said to have died."""
    lines = [Line(0.0, "Socket server listening on port 3000")]
    lines += [Line(10 + n, f"Client connected: {_socket_id(n)}", {"userId": f"u{n}"}) for n in range(12)]
    lines += [Line(600.0, "SIGTERM received, shutting down"), Line(603.0, "draining: 12 sockets are left")]
    lines.append(Line(605.0, "Socket server listening on port 3000"))
    lines += [Line(606 + n / 9, f"Client connected: {_socket_id(n + 50)}", {"userId": f"u{n}"}) for n in range(12)]
    _write(tmp_path / "server.log", lines)
    got = _diagnose(tmp_path)
    assert _asserted(got) == ["server-restart"]
    told = {check.id: check.numbers.get("stopped_count") for check in _cause(got, "server-restart").checks}
    assert (told["server-gone-seen"], told["server-log-broke-off"]) == (12, 12)
    (unlogged,) = (finding for finding in got.findings if finding.id == "unlogged-ends")
    assert unlogged.numbers["count"] == 12
    assert "died" not in flatten(Phrases().finding(unlogged, "text", {}))


@pytest.mark.parametrize("up", [UP, "Connected to master"])
def test_a_client_with_a_log_of_its_own_is_counted_once(up: str, tmp_path: Path) -> None:
    """The server tells of six users, one of whom has a log here, whose lines name the socket or do not."""
    draw = np.random.default_rng(6)
    server, client = [Line(0.0, "Socket server listening on port 3000")], list[Line]()
    for user in range(6):
        now = draw.uniform(1, 60)
        for turn in range(12):
            socket, age_s = _socket_id(100 * user + turn), draw.uniform(200, 900)
            server.append(Line(now, f"Client connected: {socket}", {"userId": f"u{user}"}))
            server.append(Line(now + age_s, f"Client disconnected: {socket} (transport close)"))
            if user == 3:
                client.append(Line(now + 0.01, up.format(socket)))
                client.append(Line(now + age_s + 0.01, "Disconnected from master: transport close"))
            now += age_s + draw.uniform(1, 4)
    _write(tmp_path / "master/server.log", server)
    _write(tmp_path / "worker3/client.log", client)
    got = _diagnose(tmp_path)
    mine = [(one.id, one.side) for one in got.connections if one.id in {"u3", "worker3"}]
    assert mine == [("worker3", "client")]
    assert sum(one.connects_count for one in got.connections) == 72


@pytest.mark.parametrize("mark", ["pid", "instance_id", "compose", "pm2"])
def test_processes_of_one_output_are_told_apart(mark: str, tmp_path: Path) -> None:
    """Three processes write one file, and each line says which: none of their sessions ended without a word."""
    draw = np.random.default_rng(11)
    lines: list[tuple[float, str]] = []
    for number in range(3):
        now = draw.uniform(1, 30)
        before = {"compose": f"worker-{number}  | ", "pm2": f"{number}|worker  | "}.get(mark, "")
        meta = {} if before else {mark: 70 + number}
        for turn in range(8):
            up, age_s = UP.format(_socket_id(100 * number + turn)), draw.uniform(100, 900)
            for moment, message in ((now, up), (now + age_s, "Disconnected from master: transport close")):
                lines.append((moment, before + record(at(moment), message, "info", **meta)))
            now += age_s + draw.uniform(1, 3)
    path = tmp_path / "logs/socket-client.log"
    path.parent.mkdir()
    path.write_text("".join(f"{line}\n" for _, line in sorted(lines)), encoding="utf-8")
    got = _diagnose(tmp_path / "logs")
    assert [(one.connects_count, one.unlogged_disconnects_count) for one in got.connections] == [(8, 0)] * 3


@pytest.mark.parametrize(("names", "count"), [(("worker1", "worker2"), 2), (("worker-48211", "worker-48377"), 1)])
def test_numbered_workers_that_connect_once_each_are_several(
    names: tuple[str, ...], count: int, tmp_path: Path
) -> None:
    """The second of two workers that share a file is no restart of the first; a name with another pid may be."""
    lines = []
    for number, name in enumerate(names):
        lines += [
            Line(number, "Worker Starting", {"workerId": name}),
            Line(number + 0.1, UP.format(_socket_id(number))),
            Line(number + 0.2, f"Successfully joined room: worker:{name}"),
        ]
    lines += [Line(60.0 * number, "Cache refreshed") for number in range(1, 20)]
    _write(tmp_path / "worker/socket-client.log", lines)
    got = _diagnose(tmp_path)
    assert len(got.connections) == count
    assert (got.verdict is not Verdict.INCIDENT) is (count == 2)


def test_a_process_that_starts_again_under_another_number_stays_one(tmp_path: Path) -> None:
    """Its number changes, but never back."""
    lines = []
    for turn in range(9):
        meta = {"pid": 70 + turn // 3}
        lines.append(Line(100.0 * turn, UP.format(_socket_id(turn)), meta))
        lines.append(Line(100.0 * turn + 90, "Disconnected from master: transport close", meta))
    _write(tmp_path / "socket-client.log", lines)
    assert [one.connects_count for one in _diagnose(tmp_path).connections] == [9]


def test_an_error_of_the_server_is_no_error_of_size(tmp_path: Path) -> None:
    """Handler errors, and a service that is named `websocket`, say nothing of messages that were too large."""
    client: list[Line] = []
    server: list[Line] = []
    for number in range(12):
        socket = _socket_id(number)
        server += [
            Line(60.0 * number, f"Worker connected: {socket}"),
            Line(60.0 * number + 7, "Socket error: handler failed"),
            Line(60.0 * number + 50.0, f"Worker disconnected: {socket}, reason: transport close"),
        ]
        client += [
            Line(60.0 * number, UP.format(socket)),
            Line(60.0 * number + 50.0, "Disconnected from master: transport close"),
        ]
    _write(tmp_path / "master/websocket-server.log", server)
    _write(tmp_path / "worker1/socket-client.log", client)
    check = next(
        one for one in _cause(_diagnose(tmp_path), "payload-too-large").checks if one.id == "server-payload-line"
    )
    assert (check.outcome, check.numbers["count"], check.numbers["engine_count"]) == (Outcome.UNKNOWN, 0, 0)


SPRING = "StandardWebSocketSession[id={}, uri=ws://hub/ws]"
TOO_BIG = "The decoded text message was too big for the output buffer"


@pytest.mark.parametrize("named", [True, False])
def test_an_end_that_says_that_a_message_was_too_large_needs_no_push_line(tmp_path: Path, named: bool) -> None:
    """Spring's CloseStatus says it itself; another server says so right before, its client knows code 1000 alone."""
    opened = {number: 40.0 * number + (number * 7 % 11) for number in range(9)}
    client, server = [], []
    for number, second in opened.items():
        one, end = f"{number:08x}-0000-4000-8000-000000000000", second + 17 + number * 5 % 13
        if named:
            server.append((second, f"New {SPRING.format(one)}"))
            server.append((end, f"{SPRING.format(one)} closed with CloseStatus[code=1009, reason={TOO_BIG}]"))
        else:
            client += [(second, "WebSocket connected"), (end, "Websocket closed: 1000 None")]
            server.append((end - 0.01, "WebSocket error: Text message size [129876] exceeds maximum size [65536]"))
    for name, lines in (("panel", client), ("hub", server)):
        if lines:
            write(tmp_path / name / "app.log", [record(at(second), text) for second, text in lines])
    got = _diagnose(tmp_path)
    assert (len(got.disconnects), _asserted(got)) == (9, ["payload-too-large"])
    check = next(one for one in _cause(got, "payload-too-large").checks if one.id == "server-payload-line")
    assert (check.numbers["client_count"], check.numbers["server_count"]) == (0, 9)


def test_a_line_of_the_client_that_says_too_large_is_not_told_as_the_servers(tmp_path: Path) -> None:
    """A client that logs code 1009 alone: the report says that the client said so."""
    ends = {60.0 * number: 60.0 * number + 17 + number * 5 % 13 for number in range(6)}
    lines = [
        line
        for opened, end in ends.items()
        for line in ((opened, "WebSocket connected"), (end, "WebSocket closed: 1009 message too big"))
    ]
    write(tmp_path / "panel" / "app.log", [record(at(second), text) for second, text in lines])
    check = next(
        one for one in _cause(_diagnose(tmp_path), "payload-too-large").checks if one.id == "server-payload-line"
    )
    assert (check.numbers["client_count"], check.numbers["server_count"]) == (6, 0)


@pytest.mark.parametrize(
    ("message", "finding"),
    [
        ("connection_error Session ID unknown", "refused-sessions"),
        ("The client is using an unsupported version of the Socket.IO or Engine.IO protocols", "refused-versions"),
    ],
)
@pytest.mark.parametrize("connects", [0, 1])
def test_a_server_that_turns_away_most_is_not_healthy_and_says_what_it_refused(
    tmp_path: Path, message: str, finding: str, connects: int
) -> None:
    """It is no log without a connection event either, and one client that gets in does not make it healthy."""
    lines = [record(at(second), message) for second in range(0, 120, 4)]
    lines += [record(at(200), f"Client connected: {_socket_id(number)}") for number in range(connects)]
    write(tmp_path / "hub" / "app.log", lines)
    got = _diagnose(tmp_path)
    assert (got.verdict, got.doubt and got.doubt.id) == (Verdict.INCONCLUSIVE, finding)
    assert [one.numbers["count"] for one in got.findings if one.id == finding] == [30]
    assert "nothing-recognised" not in {one.id for one in got.findings}


def test_nothing_is_refuted_by_no_drop(tmp_path: Path) -> None:
    """A log of the server alone, without a disconnect of any client: every check cannot tell or supports."""
    _write(
        tmp_path / "master/socket-server.log",
        [Line(0.0, "Master Server Started (Port: 4101)"), Line(2.0, f"Worker connected: {_socket_id(1)}")],
    )
    got = _diagnose(tmp_path)
    assert got.disconnects == ()
    assert {check.outcome for cause in got.causes for check in cause.checks} == {Outcome.UNKNOWN}
    assert {cause.status for cause in got.causes} == {CauseStatus.OPEN}


@pytest.mark.parametrize(("spread_s", "asserted"), [(0.05, ["limit-on-the-way"]), (40.0, [])])
def test_clients_that_drop_once_each_are_pooled(tmp_path: Path, spread_s: float, asserted: list[str]) -> None:
    """Forty clients that live 60 s and drop once show a limit, age or idle; with random lives they show none."""
    draw = np.random.default_rng(7)
    for number in range(40):
        opened = draw.uniform(0, 1200)
        closed = opened + 60 + abs(draw.normal(0, spread_s))
        lines = [
            Line(opened, "Connected to master"),
            Line(closed, "Disconnected from master: transport close"),
            Line(closed + draw.uniform(1, 30), "Connected to master"),
        ]
        _write(tmp_path / f"worker{number}/socket-client.log", lines)
    got = _diagnose(tmp_path)
    assert [name for name in _asserted(got) if name != "unstable-network"] == asserted
    if asserted:
        checks = {check.id: check for check in _cause(got, "limit-on-the-way").checks}
        assert checks["lifetime-pattern"].numbers["connections_count"] == 40
        assert "nginx" in str(_cause(got, "limit-on-the-way").numbers["suspects"])


def _write_irregular(folder: Path, *, frozen: bool, drops_count: int = 10) -> None:
    """A master that writes at random, every 4 s or so; the client waits for a ping in vain every few minutes.

    `frozen`: the master stands still for 42 s and more each time; else nothing gets through between both.
    """
    draw = np.random.default_rng(8)
    now, master, worker = 0.0, [], []
    for number in range(drops_count + 1):
        master.append(Line(now, f"Worker connected: {_socket_id(number)}"))
        worker.append(Line(now + 0.005, UP.format(_socket_id(number))))
        calm = draw.uniform(120, 600)
        busy = calm if frozen else calm + 44
        master += [Line(now + second, "job finished") for second in draw.uniform(0, busy, int(busy / 4))]
        if number == drops_count:
            break
        now += calm + 40
        worker.append(Line(now, "Disconnected from master: ping timeout"))
        late, told = (draw.uniform(0.3, 4), "transport close") if frozen else (0.02, "ping timeout")
        master.append(Line(now + late, f"Worker disconnected: {_socket_id(number)}, reason: {told}"))
        now += late + 5
    _write(folder / "master" / "socket-server.log", master)
    _write(folder / "worker1" / "socket-client.log", worker)


def test_a_blocked_master_without_a_beat_is_blamed(tmp_path: Path) -> None:
    """Ten drops in silences ten times as long as the pauses of a master that writes at random: it stood still.

    Where it woke just then the client lost a heartbeat all the same; that is no second cause.
    """
    _write_irregular(tmp_path, frozen=True)
    got = _diagnose(tmp_path)
    assert len(got.disconnects) == 10
    assert _asserted(got) == ["event-loop-blocked"]
    assert _cause(got, "event-loop-blocked").explains_count >= 6


def test_a_dead_path_between_busy_processes_is_no_blocked_one(tmp_path: Path) -> None:
    """The master writes on, at random, while both sides wait for a heartbeat in vain."""
    _write_irregular(tmp_path, frozen=False)
    assert _asserted(_diagnose(tmp_path)) == ["heartbeat-timeout"]


def test_crashes_are_told_beside_an_incident(tmp_path: Path) -> None:
    """Lines of a crash after each drop are named and counted, though the process wrote the disconnects itself."""
    draw = np.random.default_rng(3)
    now, lines = 0.0, [Line(0.0, UP.format(_socket_id(0)))]
    for number in range(1, 9):
        now += draw.uniform(30, 300)
        lines += [Line(now, "Disconnected from master: transport close")]
        lines += [Line(now + 1, "Uncaught exception: TypeError: x is not a function")]
        lines += [Line(now + 2, UP.format(_socket_id(number)))]
    _write(tmp_path / "worker1/socket-client.log", lines)
    got = _diagnose(tmp_path)
    assert [one.numbers["count"] for one in got.findings if one.id == "process-crashes"] == [8]


def test_another_socket_of_the_same_client_is_no_second_identity(tmp_path: Path) -> None:
    """Two machines run as kiosk-11: the first screen names the one id, never a socket beside it."""
    server = [Line(0.0, "socket connected id=aaaaaaaaaaaaaaa0 device=kiosk-11")]
    for number, second in enumerate((260.0, 777.0, 1_400.0, 1_610.0, 2_590.0)):
        server += [
            Line(second, f"socket connected id=aaaaaaaaaaaaaaa{number + 1} device=kiosk-11"),
            Line(
                second + 0.010,
                f"device kiosk-11 already connected as aaaaaaaaaaaaaaa{number}, dropping the old session",
            ),
            Line(second + 0.015, f"Socket aaaaaaaaaaaaaaa{number} was disconnected because forcefully disconnected"),
        ]
    _write(tmp_path / "server/server.log", server)
    got = _diagnose(tmp_path)
    assert [cause.id for cause in got.asserted] == ["duplicate-connection"]
    text = " ".join(render_text(got, version="0", width=80, color=False).split())
    assert "Why kiosk-11 had several connections at once under one id" in text


def test_a_kick_that_says_why_is_why_the_connection_ended(tmp_path: Path) -> None:
    """`Duplicate login …; kicking client 10`, then `Client 10 disconnected`: another login took its place."""
    server = [Line(0.0, "Client 10 connected")]
    for number, second in enumerate((260.0, 777.0, 1_400.0, 1_610.0, 2_590.0)):
        server += [
            Line(second, f"Client {number + 11} connected"),
            Line(second + 0.010, f"Duplicate login for account 77; kicking client {number + 10}"),
            Line(second + 0.015, f"Client {number + 10} disconnected"),
        ]
    _write(tmp_path / "server/server.log", server)
    assert [cause.id for cause in _diagnose(tmp_path).asserted] == ["duplicate-connection"]


def test_both_sides_of_unknown_words_are_one_connection(tmp_path: Path) -> None:
    """The server's ids, which no library counts, come again in a client's connects: who has those of two serves."""
    ids = [f"{'bcdfghjkmnpqrstv'[n]}1UTjUfPttsx0SyYv4u{'bcdfghjkmnpqrstv'[n]}" for n in range(9)]
    ids[4] = "vri_KSQOdg-FlKxtbSqa"
    server = [Line(0.5, "fastnet took berth ZMlpmzEkHI9eoJAEGAZQ")]
    clients = {"fastnet": [Line(0.51, "harbour answers, berth ZMlpmzEkHI9eoJAEGAZQ")], "skerry": list[Line]()}
    now = 0.0
    for number, name in enumerate(ids):
        server.append(Line(now, f"skerry took berth {name}"))
        clients["skerry"].append(Line(now + 0.01, f"harbour answers, berth {name}"))
        if name is not ids[-1]:
            now += 300 + 17 * (number * 5 % 9)
            server.append(Line(now, f"skerry lost berth {name}: ping timeout"))
            clients["skerry"].append(Line(now + 7, "harbour is gone: transport close"))
            now += 8
    for source, lines in {"harbour": server, **clients}.items():
        _write(tmp_path / f"{source}/{source}.log", [*lines, Line(now + 60, "tide turns")])
    got = _diagnose(tmp_path)
    assert (len(got.disconnects), {drop.seen_by for drop in got.disconnects}) == (8, {"both"})
    assert {item.id: item.side for item in got.connections} == {"fastnet": "client", "skerry": "client"}
