"""Whole logs of tunnels, VPNs, games and streams: whose connections they tell of, and which lines are ends."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import diagnose
from logdiag.renderers.document import flatten
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.headline import build_headline
from logdiag.renderers.sections.material import Material
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict


def read(folder: Path, *lines: str, name: str = "app.log") -> Diagnosis:
    """The diagnosis of one file of these lines."""
    (folder / name).write_text("".join(f"{line}\n" for line in lines))
    return diagnose(Request((str(folder),))).diagnosis


def registered(second: int, index: int) -> str:
    """A connection of Cloudflare's tunnel that is up."""
    return (
        f'{{"level":"info","event":0,"connection":"0000000{index}-e4c0-4598-96c0-7fc6019{second:05}","connIndex":{index},'
        f'"time":"2026-07-10T22:{second // 60:02}:{second % 60:02}Z","message":"Registered tunnel connection"}}'
    )


def said(second: int, message: str, more: str = "") -> str:
    """Another line of the tunnel's client."""
    return f'{{"level":"info",{more}"time":"2026-07-10T22:{second // 60:02}:{second % 60:02}Z","message":"{message}"}}'


def test_a_tunnel_keeps_several_connections_by_their_index(tmp_path: Path) -> None:
    """The error beside the end is its reason; what the process stops with Ctrl-C is an orderly stop of all of them."""
    timed_out = '"error":"timeout: no recent network activity","connIndex":1,'
    diagnosis = read(
        tmp_path,
        *[
            line
            for turn in range(3)
            for line in (
                said(turn * 600, "Starting tunnel"),
                *(registered(turn * 600 + 2 + index, index) for index in range(3)),
                said(turn * 600 + 300, "Connection terminated", timed_out),
                registered(turn * 600 + 306, 1),
                said(turn * 600 + 500, "Initiating graceful shutdown due to signal interrupt ..."),
            )
        ],
    )
    assert [drop.reason for drop in diagnosis.disconnects if not drop.is_orderly] == [
        "timeout: no recent network activity"
    ] * 3
    assert {drop.connection.rpartition("/")[2] for drop in diagnosis.disconnects if not drop.is_orderly} == {"1"}
    assert sum(drop.is_orderly for drop in diagnosis.disconnects) == 6  # how the last ones ended no line shows
    headline = flatten(build_headline(Material(diagnosis, Phrases("en"), "0")))
    assert "6 of the disconnects are orderly stops, no fault" in headline


def test_a_tunnel_that_never_registered_has_not_ended(tmp_path: Path) -> None:
    """Each attempt of Cloudflare's client is over in the words of an end, after seconds or after an hour."""
    dial = "INF Tunnel connection curve preferences: [CurveP256] connIndex=0 event=0 ip=198.41.192.7"
    over = 'ERR Connection terminated error="context canceled" connIndex=0'
    diagnosis = read(
        tmp_path,
        f"2026-08-13T14:00:00Z {dial}",
        "2026-08-13T14:00:01Z INF Registered tunnel connection connIndex=0 "
        "connection=d5b8ab32-0d06-4295-8dd2-84b566eb94e3 event=0 ip=198.41.192.7 location=nbo01 protocol=quic",
        f"2026-08-13T15:00:00Z {over}",
        *(f"2026-08-13T15:{minute:02}:{second}Z {line}" for minute in range(1, 50, 5) for second, line in
          (("00", dial), ("50", over), ("59", over))),
    )  # fmt: skip
    assert len(diagnosis.disconnects) == 1
    assert sum(failure.count for failure in diagnosis.connect_failures) == 20


def test_a_request_over_a_kept_connection_is_no_session_of_a_stream(tmp_path: Path) -> None:
    """A monitor's poll each minute ends nothing; a stream's end has the reason that stands right before it."""
    broken = "WSARecv() failed (10054: An existing connection was forcibly closed by the remote host)"
    diagnosis = read(
        tmp_path,
        *(
            line
            for n in range(10, 40)
            for line in (
                f"2026/06/26 22:{n}:00 [info] 9#1: *{2 * n} client connected '10.0.0.7'",
                f"2026/06/26 22:{n}:02 [info] 9#1: *{2 * n + 1} client 10.0.0.141 closed keepalive connection",
                f"2026/06/26 22:{n}:30 [info] 9#1: *{2 * n} {broken}, client: 10.0.0.7, server: 0.0.0.0:1935",
                f"2026/06/26 22:{n}:30 [info] 9#1: *{2 * n} disconnect, client: 10.0.0.7, server: 0.0.0.0:1935",
            )
        ),
        name="error.log",
    )
    assert len(diagnosis.disconnects) == 30
    reasons = {(drop.server_reason or "").lower() for drop in diagnosis.disconnects}
    assert reasons == {"an existing connection was forcibly closed by the remote host"}


def test_players_who_quit_leave(tmp_path: Path) -> None:
    """A server of Minecraft names them; whom it turns away while it starts was never in."""
    diagnosis = read(
        tmp_path,
        "2026-06-26 17:49:07 [Server thread/INFO]: com.mojang.authlib.GameProfile@603f5f15[id=bb9d42c2,name=sdfgh,"
        "properties={},legacy=false] (/10.0.0.9:31146) lost connection: Disconnected",
        "2026-06-26 17:49:18 [Server thread/INFO]: Jacob[/10.0.0.1:7256] logged in with entity id 230 at (1.0, 6.0, 2)",
        "2026-06-26 17:49:18 [Server thread/INFO]: Jacob joined the game",
        "2026-06-26 18:35:48 [Server thread/INFO]: Jacob lost connection: Disconnected",
        "2026-06-26 18:35:48 [Server thread/INFO]: Jacob left the game",
    )
    assert diagnosis.verdict is not Verdict.INCIDENT
    assert [one.connects_count for one in diagnosis.connections] == [1]


def test_a_vpn_of_one_client_ends_by_its_name(tmp_path: Path) -> None:
    """OpenVPN's server names the client before its address; who is not in yet has an address alone."""
    diagnosis = read(
        tmp_path,
        "Tue Aug  1 23:17:27 2017 us=164727 10.0.0.7:60394 Connection reset, restarting [-1]",
        "Tue Aug  1 23:17:38 2017 us=510393 10.0.0.7:60414 [till] Peer Connection Initiated with [AF_INET]10.0.0.7:604",
        "Tue Aug  1 23:25:10 2017 us=5612 till/10.0.0.7:60414 [till] Inactivity timeout (--ping-restart), restarting",
        "Tue Aug  1 23:25:10 2017 us=5639 till/10.0.0.7:60414 SIGUSR1[soft,ping-restart] received, client-instance "
        "restarting",
    )
    assert [(drop.connection, drop.server_reason) for drop in diagnosis.disconnects] == [("till", "ping timeout")]
