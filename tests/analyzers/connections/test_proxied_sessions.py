"""Access lines of proxies as sessions: when each began and ended, whose it was, why it ended by the proxy's word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from logdiag.events import EventKind
from logdiag.pipeline.inputs import ReadLogs
from logdiag.pipeline.stages import Request, open_reading
from tests.folding import each

WS: Final = "/socket.io/?EIO=4&transport=websocket"
GET: Final = f'"GET {WS} HTTP/1.1"'
CLIENT: Final = "10.0.1.3"
ACCEPTED: Final = "Nov 14 08:01:10 lb1 haproxy[14389]: 10.0.1.3:55429 [14/Nov/2025:08:00:10.796]"
STAMP: Final = "2025-11-14T08:01:10.808000+00:00"
NGINX: Final = f'10.0.1.3 - - [14/Nov/2025:08:01:10 +0000] {GET} 101 4154 "-" "Mozilla/5.0"'
ROUTER: Final = f'method=GET path="{WS}" host=chat request_id=8f2c fwd="10.0.1.3" dyno=web.1 connect=1ms'
BALANCER: Final = (
    "wss 2025-11-14T08:01:10.808000Z app/chat/50dc6c495c0c9188 10.0.1.3:40914 10.0.1.192:8010 0.001 0.003 0.000"
    f' 101 101 218 587 "GET https://chat:443{WS} HTTP/1.1" "-" - - arn:aws:x "Root=1-58" "-" "-" 1'
    ' 2025-11-14T08:00:10.796000Z "forward" "-" "-" "10.0.1.192:8010" "101" "-" "-"'
)
TOLD_BY_NGINX: Final = {
    "time": "2025-11-14T08:01:10+00:00",
    "remote_addr": CLIENT,
    "request": f"GET {WS} HTTP/1.1",
    "status": "101",
    "request_time": "60.012",
}
TOLD_BY_ENVOY: Final = {
    "start_time": "2025-11-14T08:00:10.796Z",
    "path": WS,
    "response_code": 101,
    "response_flags": "UC",
    "duration": 60012,
    "x_forwarded_for": CLIENT,
}
TOLD_BY_TRAEFIK: Final = {
    "ClientHost": CLIENT,
    "DownstreamStatus": 101,
    "Duration": 60012000000,
    "RequestPath": WS,
    "StartUTC": "2025-11-14T08:00:10.796803974Z",
    "time": "2025-11-14T08:01:10Z",
}
TOLD_BY_CADDY: Final = {
    "level": "info",
    "ts": 1763107270.808,
    "logger": "http.log.access.log0",
    "msg": "handled request",
    "request": {"remote_ip": CLIENT, "method": "GET", "uri": WS},
    "duration": 60.012,
    "status": 101,
}


def _haproxy(flags: str, head: str = ACCEPTED) -> str:
    return f"{head} fe~ be/app1 0/0/1/3/60012 101 1240 - - {flags} 9/9/8/4/0 0/0 {GET}"


def _envoy(flags: str) -> str:
    return f'[2025-11-14T08:00:10.796Z] {GET} 101 {flags} 60012 3 "10.0.1.3" "ua" "id" "chat" "10.0.2.1:80"'


# By the form: a line of it whose connection lasted 60.012 s till 08:01:10, and why that ended.
LINES: Final[dict[str, tuple[str, str | None]]] = {
    "haproxy http": (_haproxy("cD--"), "idle timeout (cD)"),
    "haproxy client": (_haproxy("CD--"), "client went away (CD)"),
    "haproxy server": (_haproxy("SD--"), "server went away (SD)"),
    "haproxy in order": (_haproxy("----"), "ended in order (--)"),
    "haproxy tcp": (f"{ACCEPTED} fnt bck/srv1 0/0/60012 212 sD 0/0/0/0/3 0/0", "idle timeout (sD)"),
    "haproxy tcp in order": (f"{ACCEPTED} fnt bck/srv1 0/0/60012 212 -- 0/0/0/0/3 0/0", "ended in order (--)"),
    "nginx": (f"{NGINX} rt=60.012 uct=0.001 urt=60.011", None),
    "ingress-nginx": (f"{NGINX} 1021 60.012 [default-chat-3000] [] 10.244.0.7:3000 230 60.012 101 6151", None),
    "nginx json": (json.dumps(TOLD_BY_NGINX), None),
    "envoy": (_envoy("SI 154 0"), "idle timeout (SI)"),
    "envoy age": (_envoy("UMSDR 154 0"), "maximum duration reached (UMSDR)"),
    "istio": (_envoy('DC via_upstream - "-" 154 0'), "client went away (DC)"),
    "envoy json": (json.dumps(TOLD_BY_ENVOY), "server went away (UC)"),
    "traefik": (NGINX.replace("08:01", "08:00") + ' 1 "web@docker" "http://10.0.0.2:3000" 60012ms', None),
    "traefik json": (json.dumps(TOLD_BY_TRAEFIK), None),
    "caddy": (json.dumps(TOLD_BY_CADDY), None),
    "alb": (BALANCER, None),
    "heroku": (
        f'{STAMP} heroku[router]: at=error code=H15 desc="Idle connection" {ROUTER} service=60012ms status=503',
        "idle timeout (Idle connection)",
    ),
    "heroku in order": (f"{STAMP} heroku[router]: at=info {ROUTER} service=60012ms status=101", "ended in order"),
}


def _read(folder: Path, **files: str) -> ReadLogs:
    for name, text in files.items():
        (folder / f"{name}.log").write_text(text, "utf-8")
    with open_reading(Request((str(folder),))) as reading:
        return reading


@pytest.mark.parametrize("form", LINES)
def test_a_line_is_a_session_of_its_duration(tmp_path: Path, form: str) -> None:
    """Stamped with the begin or the end, in ms, s or ns: 60.012 s till 08:01:10, with client and reason."""
    line, reason = LINES[form]
    reading = _read(tmp_path, access=line)
    opened, closed = sorted(reading.events(), key=lambda event: event.time)
    assert [opened.kind, closed.kind] == [EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED]
    assert abs((closed.time - opened.time).total_seconds() - 60.012) < 1e-3
    assert abs((closed.time - datetime(2025, 11, 14, 8, 1, 10, tzinfo=UTC)).total_seconds()) < 1
    assert closed.reason == reason
    assert (closed.client and closed.client.value) == (
        None if form == "alb" else CLIENT
    )  # of one line, part of its head
    assert opened.socket_id == closed.socket_id is not None
    assert reading.proxied_count == 1


@each(
    "line",
    [
        NGINX.replace(WS, "/").replace(" 101 ", " 200 ") + " rt=60.012",
        f'{STAMP} heroku[router]: at=error code=H15 desc="x" {ROUTER} service=60012ms'.replace("websocket", "polling"),
        NGINX,
        _haproxy("----").replace("/60012 101 1240", "/+12 101 +1240"),
    ],
    ids=["page", "polling", "no duration", "logged early"],
)
def test_other_lines_are_none(line: str) -> None:
    """A page, a polling request, a line without a duration, one that HAProxy wrote as the connection began."""
    with TemporaryDirectory() as folder:
        assert _read(Path(folder), access=line).proxied_count == 0


def test_the_error_log_says_why_the_connection_of_an_access_line_ended(tmp_path: Path) -> None:
    """One session of the two lines, by the address and the second; another client's keeps its own end."""
    access = LINES["nginx"][0]
    error = (
        "2025/11/14 08:01:10 [error] 31#31: *7 upstream timed out (110: Connection timed out) while proxying upgraded"
        f' connection, client: 10.0.1.3, server: chat, request: {GET}, upstream: "http://172.18.0.3:3000/", host: "x"'
    )
    reading = _read(tmp_path, access=f"{access}\n{access.replace('10.0.1.3', '10.0.1.4')}\n", error=error)
    ends = {event.client and event.client.value: event.reason for event in reading.events() if event.reason}
    assert reading.proxied_count == 2
    assert ends == {"10.0.1.3": "idle timeout (upstream timed out)"}


def test_an_application_that_tells_of_connections_is_believed_alone(tmp_path: Path) -> None:
    """Its two lines are one session; those of the proxy beside it are no further ones."""
    app = (
        "2025-11-14T08:00:10.900Z INFO New user connected lv_VI97HAXpY6yYWAAAB\n"
        "2025-11-14T08:01:10.900Z INFO User disconnected lv_VI97HAXpY6yYWAAAB\n"
    )
    reading = _read(tmp_path, access=LINES["haproxy in order"][0], app=app)
    assert reading.proxied_count == 0
    assert [event.kind for event in reading.events()] == [EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED]


def test_an_address_with_several_connections_at_once_is_no_single_client(tmp_path: Path) -> None:
    """All of a CDN, or of an office, come from one address: a begin there is nobody's return."""
    line = LINES["haproxy in order"][0]
    lines = [line.replace(":10.796]", f":{10 + second}.796]") for second in range(5)]
    ends = [event for event in _read(tmp_path, access="\n".join(lines)).events() if event.reason]
    assert [event.client for event in ends] == [None] * 5


def test_a_copied_line_is_counted_once(tmp_path: Path) -> None:
    """The same line in two files of a folder is of one connection."""
    line = LINES["haproxy in order"][0]
    assert _read(tmp_path, access=line, copy=line).proxied_count == 1
