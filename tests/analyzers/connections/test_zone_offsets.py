"""Files without zones, read in the zones that the sockets of both sides measure."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from logdiag.analyzers.connections.zone_offsets import Witness, measure_zone_offsets
from logdiag.events import EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from tests.analyzers.cases import event
from tests.effort import count_calls
from tests.winston import DROP, at, record, write

SESSIONS = 6


def write_client(path: Path, ahead_s: float, *, zone: str = "", count: int = SESSIONS) -> None:
    """A client that connects every 100 s for 60 s and logs other things into a file of its own."""
    lines = []
    for n in range(count):
        opened = at(100 * n + 0.02 + ahead_s)
        rows = (
            (opened, f"Connected to master (socket ID: ReUg8Bn4XkldSwyT{n:04d})"),
            (at(100 * n + 60 + ahead_s), DROP),
        )
        lines += [record(moment, message, service="socket-client") for moment, message in rows]
    pushes = [record(at(100 * n + 30 + ahead_s), "Pushing data sync to Master", service="pusher") for n in range(count)]
    for name, some in (("socket-client.log", lines), ("pusher.log", pushes)):
        write(path / name, (line.replace('"}', f'{zone}"}}') if zone else line for line in some))


def write_server(path: Path, *, zone: str = "") -> None:
    """The server of that client."""
    lines = []
    for n in range(SESSIONS):
        name = f"ReUg8Bn4XkldSwyT{n:04d}"
        lines += [
            record(at(100 * n), f"Worker connected: {name}", service="socket-server"),
            record(at(100 * n + 60), f"Worker disconnected: {name}, reason: transport close", service="socket-server"),
        ]
    write(path / "socket-server.log", (line.replace('"}', f'{zone}"}}') if zone else line for line in lines))


def read(folder: Path, zone: str | None = None) -> Diagnosis:
    return diagnose(Request((str(folder),), zone=zone)).diagnosis


@pytest.mark.parametrize("hours", [1, 8, -3.5, 5.75])
def test_a_client_in_local_time_is_laid_beside_its_server(tmp_path: Path, hours: float) -> None:
    """Both files of the client move by the measured hours, and only the clock's error of milliseconds is left."""
    write_client(tmp_path / "worker1", 3600 * hours)
    write_server(tmp_path / "master")
    found = read(tmp_path)
    moved = {Path(reading.file).name: (reading.offset_s, reading.ids_count) for reading in found.inputs.zones}
    assert moved == {"socket-client.log": (3600 * hours, SESSIONS), "pusher.log": (3600 * hours, 0)}
    assert found.disconnects[0].time == at(60)
    assert abs(found.clocks[0].offset_ms) < 100
    assert found.inputs.clock_assumption == "assumed-measured:UTC"
    assert [finding.id for finding in found.findings if finding.id.startswith("zone")] == ["zone-measured"]


def test_files_that_name_their_zone_are_right(tmp_path: Path) -> None:
    """A server in local time is moved to a client whose stamps end in Z, not the other way round."""
    write_client(tmp_path / "worker1", -7200, zone="Z")
    write_server(tmp_path / "master")
    found = read(tmp_path)
    assert [(Path(one.file).name, one.offset_s) for one in found.inputs.zones] == [("socket-server.log", 7200)]
    assert found.disconnects[0].time == at(60) - timedelta(hours=2)


def test_zones_that_all_stamps_name_are_never_moved(tmp_path: Path) -> None:
    """Two clocks that both say UTC and differ by an hour are wrong, not in another zone."""
    write_client(tmp_path / "worker1", 3600, zone="Z")
    write_server(tmp_path / "master", zone="Z")
    found = read(tmp_path)
    assert found.inputs.zones == ()
    (clock,) = found.clocks
    assert abs(clock.offset_ms - 3_600_000) <= clock.error_ms < 1_000


def test_a_clock_that_is_wrong_by_minutes_is_no_zone(tmp_path: Path) -> None:
    """47 minutes are not a whole number of quarters."""
    write_client(tmp_path / "worker1", 47 * 60)
    write_server(tmp_path / "master")
    assert read(tmp_path).inputs.zones == ()


def test_a_stated_zone_overrules_what_sockets_measure(tmp_path: Path) -> None:
    """`--tz` is obeyed: nothing is moved."""
    write_client(tmp_path / "worker1", 3600)
    write_server(tmp_path / "master")
    assert read(tmp_path, "UTC").inputs.zones == ()


def write_nameless_client(path: Path, moments: list[float], ahead_s: float) -> None:
    """A client that names no socket and drops 40 s after each connect."""
    rows = [row for m in moments for row in ((m, "connected to server"), (m + 40, "disconnected from server"))]
    write(path / "agent.log", [record(at(moment + ahead_s), message, service="agent") for moment, message in rows])


def write_python_server(path: Path, moments: list[float]) -> None:
    """Its server, by the lines of python-engineio."""
    rows = []
    for n, moment in enumerate(moments):
        name = f"b3d70734f23f77f176b9d2cb9a84{n:04x}"
        rows += [(moment, f"{name}: Sending packet OPEN data {{'sid': '{name}'}}")]
        rows += [(moment + 45, f"{name}: Client is gone, closing socket")]
    rows.sort()
    write(path / "server.log", [record(at(moment), message, service="engineio.server") for moment, message in rows])


IRREGULAR = [0.0, 206.3, 462.9, 865.1, 1119.6, 1350.2, 1706.4, 2261.8]


def test_connects_without_ids_measure_a_zone_by_their_pattern(tmp_path: Path) -> None:
    """Where they meet at one shift alone, the client's file is read there; the server's stays."""
    write_nameless_client(tmp_path / "agent", IRREGULAR, -3600)
    write_python_server(tmp_path / "server", IRREGULAR)
    found = read(tmp_path)
    assert [(Path(one.file).name, one.offset_s, one.ids_count) for one in found.inputs.zones] == [
        ("agent.log", -3600, len(IRREGULAR))
    ]
    assert found.disconnects[0].time == at(40)


def test_connects_on_a_beat_measure_no_zone(tmp_path: Path) -> None:
    """They meet at many shifts."""
    write_nameless_client(tmp_path / "agent", [100.0 * n for n in range(60)], -3600)
    write_python_server(tmp_path / "server", [100.0 * n for n in range(60)])
    assert read(tmp_path).inputs.zones == ()


def test_connects_on_a_wavering_beat_near_a_quarter_of_an_hour_measure_a_zone() -> None:
    """Tokens that live for 15 minutes bring a client back so often; other clients come in between, at other times."""
    lives = (895.2, 901.1, 897.4, 893.0, 899.9, 896.3, 903.7, 894.4, 898.8, 900.6, 892.1, 897.9)
    own = [sum(lives[:number]) for number in range(len(lives))]
    others = [137.0 + 419.3 * number for number in range(25)]
    client = [event(moment - 4 * 3600, EventKind.CONNECTED, "a/client.log") for moment in own]
    server = [event(moment, EventKind.SERVER_CONNECTED, "b/server.log") for moment in sorted([*own, *others])]
    offsets = measure_zone_offsets(
        [Witness("a/client.log", "a", client, is_movable=True), Witness("b/server.log", "b", server, is_movable=False)]
    )
    assert {path: one.offset_s for path, one in offsets.items()} == {"a/client.log": -4 * 3600.0}


def _nginx(moment: datetime, number: int) -> str:
    """A line of nginx's error log, in the zone of its host, that no stamp of it names."""
    return (
        f"{moment:%Y/%m/%d %H:%M:%S} [error] 31#31: *{number} upstream timed out (110: Connection timed out) while "
        f"proxying upgraded connection, client: 10.0.0.{number % 9}, server: a.example, "
        'request: "GET /ws HTTP/1.1", upstream: "http://127.0.0.1:7867/ws", host: "a.example"'
    )


@pytest.mark.parametrize(("hours", "zone"), [(1, "Z"), (-7, "Z"), (5.5, "")])
def test_an_error_log_of_a_proxy_is_laid_beside_the_ends_that_it_tells_of(
    tmp_path: Path, hours: float, zone: str
) -> None:
    """It tells of no connects; its lines, each of an end, meet those of the server at one shift alone, and are used."""
    moments = [*IRREGULAR, 2400.2, 2911.7]
    rows = [
        row
        for n, moment in enumerate(moments)
        for row in (
            (moment, f"Worker connected: ReUg8Bn4XkldSwyT{n:04d}"),
            (moment + 60, f"Worker disconnected: ReUg8Bn4XkldSwyT{n:04d}, reason: transport close"),
        )
    ]
    lines = [record(at(moment), message, service="socket-server") for moment, message in rows]
    write(tmp_path / "socket-server.log", (line.replace('"}', f'{zone}"}}') for line in lines))
    write(tmp_path / "error.log", [_nginx(at(one + 60 + 3600 * hours), n) for n, one in enumerate(moments)])
    found = read(tmp_path)
    assert [(Path(one.file).name, one.offset_s, one.ids_count) for one in found.inputs.zones] == [
        ("error.log", 3600 * hours, len(moments))
    ]
    assert "zone-measured" in {finding.id for finding in found.findings}
    assert found.causes[0].id == "idle-timeout"


def test_attempts_that_failed_measure_a_zone(tmp_path: Path) -> None:
    """A client that never got in, and the access log of the proxy that refused it."""
    write(
        tmp_path / "agent.log",
        [record(at(m + 3600), "Connection error: xhr poll error", service="socket-client") for m in IRREGULAR],
    )
    write(
        tmp_path / "access.log",
        [
            f'10.0.0.1 - - [{at(m):%d/%b/%Y:%H:%M:%S} +0000] "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1" '
            '502 150 "-" "node"'
            for m in IRREGULAR
        ],
    )
    assert [(Path(one.file).name, one.offset_s) for one in read(tmp_path).inputs.zones] == [("agent.log", 3600)]


class _CountedPath(str):
    """A path that tells when it is held against another one."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)


def test_files_that_no_socket_joins_cost_no_more_each() -> None:
    """A fleet of clients without a server: so many pairs are tried, however many files there are."""

    def measure(count: int) -> None:
        ends = [event(30.0, EventKind.DISCONNECTED, "worker1/app.log")]
        witnesses = [Witness(_CountedPath(f"w{number}/app.log"), f"w{number}", ends, True) for number in range(count)]
        assert measure_zone_offsets(witnesses) == {}

    measure(60)  # what is done once in a process
    assert count_calls(measure, 240) < 6 * count_calls(measure, 60)
