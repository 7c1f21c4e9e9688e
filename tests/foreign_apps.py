"""Three applications that use Socket.IO in words of their own, and what else a log holds that opens and closes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.winston import at, record

Row = tuple[float, dict[str, object]]
EPOCH_MS: Final = 1_763_136_000_000


def name_socket(number: int) -> str:
    """An id as base64id makes them: eleven bytes by chance, four that count."""
    chance = hashlib.blake2b(number.to_bytes(4, "big"), digest_size=11).digest()
    return base64.urlsafe_b64encode(chance + number.to_bytes(4, "big")).decode()


def write_winston(path: Path, rows: Iterable[Row]) -> None:
    """Write the file as winston does; `message` and `level` stand among the fields of each row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for seconds, fields in sorted(rows, key=lambda row: row[0]):
        meta = {key: value for key, value in fields.items() if key not in {"message", "level"}}
        lines.append(record(at(seconds), str(fields.get("message", "")), str(fields.get("level", "info")), **meta))
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def write_pino(path: Path, rows: Iterable[Row]) -> None:
    """Write the file as pino does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records = (
        {"level": 30, "time": EPOCH_MS + round(seconds * 1000), "pid": 7, "hostname": "box", **fields}
        for seconds, fields in sorted(rows, key=lambda row: row[0])
    )
    path.write_text("".join(f"{json.dumps(row)}\n" for row in records), "utf-8")


def chatter(seconds: float, every_s: float = 7.0) -> Iterator[Row]:
    """Lines that mean nothing."""
    count = round(seconds / every_s)
    for index in range(count):
        yield index * every_s + 0.5, {"message": f"tide table {index} read in {index % 9} ms"}


def sail_lighthouses(folder: Path, drops: int = 8) -> None:
    """winston, ids in the message: two beacons at one tower, each dropped `drops` times."""
    tower, number = list(chatter(60 * drops + 60)), 0
    for beacon in (1, 2):
        own = list(chatter(60 * drops + 60, 9.0))
        for index in range(drops + 1):
            start, number = index * 60.0 + 5 * beacon, number + 1
            socket = name_socket(number)
            tower.append((start, {"message": f"beacon b{beacon} burns on {socket}"}))
            own.append((start + 0.01, {"message": f"my lamp burns, wick {socket}"}))
            if index < drops:
                tower.append((start + 57.5, {"message": f"beacon b{beacon} of {socket} dark (transport close)"}))
                own.append((start + 57.51, {"message": "my lamp is dark - transport close", "level": "warn"}))
        write_winston(folder / f"beacon-{beacon}" / "lamp.log", own)
    write_winston(folder / "tower" / "watch.log", tower)


def sail_ferries(folder: Path, drops: int = 6) -> None:
    """pino, the words themselves in keys: two ferries at one quay."""
    quay, number = list(chatter(100 * drops + 100)), 0
    for ferry in ("iris", "vega"):
        own = list(chatter(100 * drops + 100, 11.0))
        for index in range(drops + 1):
            start, number = index * 100.0 + (3 if ferry == "iris" else 41), number + 1
            berth = {"hawser": name_socket(number), "ferry": ferry}
            quay.append((start, {**berth, "event": "moored", "msg": "berth"}))
            own.append((start + 0.02, {"hawser": name_socket(number), "event": "fast", "msg": "ashore"}))
            if index < drops:
                quay.append((start + 90, {**berth, "event": "adrift", "info": {"why": "ping timeout"}, "msg": "berth"}))
                own.append((start + 90.02, {"event": "loose", "why": "ping timeout", "msg": "ashore"}))
        write_pino(folder / ferry / "out.log", own)
    write_pino(folder / "quay" / "out.log", quay)


def tend_orchards(folder: Path, drops: int = 7) -> None:
    """winston, ids of its own that say nothing of sockets, reasons that only Socket.IO's server has."""
    rows = list(chatter(50 * drops + 200))
    for index in range(drops):
        plot = f"plot:{index * 977 + 13:x}-{index}"
        rows.append((index * 50.0, {"message": "gate unlatched", "plot": plot}))
        why = "client namespace disconnect" if index % 3 else "transport close"
        rows.append((index * 50.0 + 120, {"message": "gate latched", "plot": plot, "cause": why}))
    write_winston(folder / "orchard.log", rows)


def hold_seats(folder: Path, drops: int = 12) -> None:
    """A server that says of a start what nobody else does, and of an end what anybody understands; many at once."""
    rows = list(chatter(20 * drops + 400))
    for index in range(drops):
        seat = name_socket(index)
        why = "client namespace disconnect" if index % 4 == 3 else "transport close"
        rows.append((index * 20.0, {"message": f"seat taken {seat} guest={index % 5}"}))
        rows.append((index * 20.0 + 300 - index, {"message": f"seat gone {seat} guest={index % 5} cause={why}"}))
    write_winston(folder / "theatre.log", rows)


def mark_comings(folder: Path, drops: int = 6) -> None:
    """A server's console: a sign and a name, no word at all but the reason."""
    rows = list(chatter(60 * drops + 200))
    for index in range(2 * drops):
        who, socket = ("ada2", "bob1")[index % 2], name_socket(index)
        rows.append((index * 30.0, {"message": f">> {who} {socket}"}))
        rows.append((index * 30.0 + 75, {"message": f"{who} {socket} ping timeout"}))
    write_winston(folder / "console.log", rows)


def cast_buoys(folder: Path, drops: int = 9) -> None:
    """A WebSocket server with short ids of its own and close codes in the message."""
    rows = list(chatter(40 * drops + 300))
    for index in range(drops):
        buoy, code = f"{index * 7919 + 0xB0A0_0000:x}", 1001 if index % 3 else 1006
        rows.append((index * 40.0, {"message": f"buoy {buoy} cast", "service": "sea.ws"}))
        rows.append((index * 40.0 + 130, {"message": f"buoy {buoy} adrift (code={code})", "service": "sea.ws"}))
    write_winston(folder / "sea.log", rows)


def cast_buoys_in_keys(folder: Path, drops: int = 9) -> None:
    """The same with the code in a key."""
    rows: list[Row] = []
    for index in range(drops):
        buoy = {"buoy": f"{index * 7919 + 0xB0A0_0000:x}", "service": "sea.ws"}
        rows.append((index * 40.0, {**buoy, "message": "cast"}))
        rows.append((index * 40.0 + 130, {**buoy, "message": "adrift", "closeCode": 1001 if index % 3 else 1006}))
    write_winston(folder / "sea.log", rows)


def haul_nets(folder: Path, drops: int = 8, *, noun: str = "net") -> None:
    """A server in Go, whose websocket package wraps the end of a stream in a key."""
    rows: list[Row] = []
    for index in range(drops):
        own, why = (
            {"haul": f"haul_{index * 7919 + 0xB0A0_0000:x}"},
            "failed to get reader: failed to read frame header: EOF",
        )
        rows.append((index * 25.0, {**own, "message": f"{noun} cast"}))
        rows.append((index * 25.0 + 90, {**own, "message": f"{noun} torn", "error": why, "level": "warn"}))
    write_winston(folder / "deck.log", rows)


def stream_queries(folder: Path) -> None:
    """Streams of another protocol, which end in the same words."""
    haul_nets(folder, noun="grpc stream")


def fail_tasks(folder: Path) -> None:
    """Tasks by id that fail with numbers that an application gives its errors, from 1000 up."""
    rows: list[Row] = []
    for index in range(80):
        rows.append((index * 5.0, {"message": f"task {index} picked up"}))
        rows.append((index * 5.0 + 3, {"message": f"task {index} failed (code={1000 + index % 3})"}))
        rows.append((index * 5.0, {"message": "parcel weighed", "parcel": index}))
        rows.append((index * 5.0 + 4, {"message": "parcel refused", "parcel": index, "code": 1003}))
    write_winston(folder / "tasks.log", rows)


def steer_kites(folder: Path, drops: int = 6, *, refused_while_up: bool = False) -> None:
    """pino, one client that names its socket at the end too, refused (in a key) while it is down, or at any time."""
    rows = list(chatter(100 * drops + 100))
    for index in range(drops):
        start, string = index * 100.0, {"string": name_socket(index)}
        rows.append((start, {**string, "msg": "aloft"}))
        rows.append((start + 80, {**string, "why": "transport close", "msg": "grounded"}))
        lags = (82, 88, 40) if refused_while_up else (82, 88)
        rows += [(start + lag, {"err": "connect ECONNREFUSED 10.0.0.2:7300", "msg": "no wind"}) for lag in lags]
    write_pino(folder / "kite" / "out.log", rows)


def play_harps(
    folder: Path,
    refused: str,
    *,
    while_up: bool = False,
    words: tuple[str, str] = ("on stage", "off stage"),
    reason: str = "io server disconnect",
) -> None:
    """winston, one connection that ends six times; what is said of tokens while it is down, or at any time."""
    rows, (opens, closes) = list(chatter(700)), words
    for index in range(6):
        start = index * 100.0 + index**2
        rows.append((start, {"message": f"{opens} {name_socket(index)}"}))
        rows.append((start + 70, {"message": f"{closes} {name_socket(index)}: {reason}"}))
        lags = (71, 76, 82, 40) if while_up else (71, 76, 82)
        rows += [(start + lag, {"message": refused, "level": "error"}) for lag in lags]
    write_winston(folder / "harp" / "out.log", rows)


def serve_requests(folder: Path) -> None:
    """Requests by id, each begun and ended once; some end because a client's socket went away."""
    rows: list[Row] = []
    for index in range(300):
        request = f"req-{index:05d}"
        rows.append((index * 2.0, {"message": "request started", "requestId": request, "url": "/socket.io/"}))
        if index % 10:
            rows.append((index * 2.0 + 0.3, {"message": "request completed", "requestId": request, "status": 200}))
        else:
            rows.append(
                (index * 2.0 + 0.9, {"message": "request aborted", "requestId": request, "reason": "transport close"})
            )
    write_winston(folder / "http.log", rows)


def run_jobs(folder: Path) -> None:
    """Jobs by id, most of which fail with words that Socket.IO has too."""
    rows: list[Row] = []
    for index in range(100):
        job = f"j{index}"
        rows.append((index * 5.0, {"message": "picked up", "jobId": job}))
        rows.append((index * 5.0 + 2, {"message": "gave up", "jobId": job, "reason": "transport error"}))
    write_winston(folder / "mailer.log", rows)


def keep_pools(folder: Path) -> None:
    """Database connections by id, closed by a ping timeout."""
    rows: list[Row] = []
    for index in range(60):
        rows.append((index * 5.0, {"message": f"redis connection c-{index} opened"}))
        rows.append((index * 5.0 + 40, {"message": f"redis connection c-{index} closed: ping timeout"}))
        rows.append((index * 5.0 + 1, {"message": "acquired", "conn": index, "service": "postgres"}))
        rows.append(
            (index * 5.0 + 30, {"message": "released", "conn": index, "reason": "ping timeout", "service": "postgres"})
        )
    write_winston(folder / "pool.log", rows)


def send_broadcasts(folder: Path) -> None:
    """Deliveries over sockets, begun and failed once each: of a connection, they are neither begin nor end."""
    rows: list[Row] = []
    for index in range(40):
        parcel = f"p-{index}"
        rows.append((index * 5.0, {"message": "parcel leaves", "parcel": parcel, "to": name_socket(index % 3)}))
        rows.append((index * 5.0 + 1, {"message": "parcel arrived", "parcel": parcel}))
        if index % 8 == 0:
            rows.append((index * 5.0 + 1, {"message": "parcel lost: transport close", "parcel": parcel}))
    write_winston(folder / "parcels.log", rows)


def note_transactions(folder: Path) -> None:
    """Transactions by id, all of which are rolled back when a mobile client goes away."""
    rows: list[Row] = []
    for index in range(50):
        rows.append((index * 5.0, {"message": "transaction begun", "tx": f"t{index}"}))
        rows.append(
            (index * 5.0 + 3, {"message": "transaction rolled back", "tx": f"t{index}", "reason": "transport close"})
        )
    write_winston(folder / "ledger.log", rows)


def fly_kites(folder: Path, drops: int = 6) -> None:
    """pino, the flyer's name before the id of its line; ids of nobody's form, on the field and in the hands of two."""
    field, number = list(chatter(90 * drops + 90)), 0
    for flyer in ("ada", "bo"):
        own = list(chatter(90 * drops + 90, 13.0))
        for index in range(drops + 1):
            start, number = index * 90.0 + (2 if flyer == "ada" else 2.4), number + 1
            string = hashlib.blake2b(number.to_bytes(4, "big"), digest_size=9).hexdigest()
            field.append((start, {"who": flyer, "string": string, "event": "aloft", "msg": "field"}))
            own.append((start + 0.02, {"string": string, "event": "tugging", "msg": "hand"}))
            if index < drops:
                down = {"string": string, "why": "transport close"}
                field.append((start + 80, {"who": flyer, **down, "event": "fallen", "msg": "field"}))
                own.append((start + 80.02, {**down, "event": "slack", "msg": "hand"}))
        write_pino(folder / flyer / "out.log", own)
    write_pino(folder / "meadow" / "out.log", field)


def rent_boats(folder: Path, drops: int = 6) -> None:
    """pino, the boat's name alone joins its lines; a ticket, another one each time, stands on some of them."""
    rows = list(chatter(90 * drops + 90))
    for boat in ("heron", "teal", "swan"):
        for index in range(drops):
            start = index * 90.0 + len(boat)
            ticket = {"ticket": f"t{index}{boat}x7"} if index % 2 else {}
            rows.append((start, {"boat": boat, **ticket, "event": "afloat", "msg": "pier"}))
            down = {"boat": boat, **ticket, "why": "client namespace disconnect"}
            rows.append((start + 80, {**down, "event": "ashore", "msg": "pier"}))
    write_pino(folder / "pier.log", rows)
