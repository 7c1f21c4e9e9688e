"""Incidents whose proxy tells why: what it says of the very connection decides, what it says of others does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import pytest

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import DROP, at, connect, record, write

Write = Callable[[float, float], str]  # (when it ended, in s; how long it had lasted, in s) -> a line
PATH: Final = "/socket.io/?EIO=4&transport=websocket"
REQUEST: Final = f'"GET {PATH} HTTP/1.1"'
NGINX: Final = 'client: 10.0.0.7, server: chat, request: {}, upstream: "http://127.0.0.1:3000/", host: "chat"'
DROPS_COUNT: Final = 12
CLIENTS_COUNT: Final = 3
SPAN_S: Final = 6000.0
BUSY_S: Final = 1000.0  # where the proxy writes each second: a client drops every four minutes


def _stamp(second: float, form: str) -> str:
    return at(second).strftime(form)


def _router(code: str, words: str, path: str) -> Write:
    def write_line(end: float, lasted: float) -> str:
        return (
            f'{_stamp(end, "%Y-%m-%dT%H:%M:%S.%f")}+00:00 heroku[router]: at=error code={code} desc="{words}" '
            f'method=GET path="{path}" host=chat request_id=8f2c fwd="10.1.1.1" dyno=web.1 connect=1ms '
            f"service={lasted * 1e3:.0f}ms status=503 bytes=18 protocol=https"
        )

    return write_line


def _nginx(doing: str, request: str) -> Write:
    words = f"[error] 12#12: *34 upstream timed out (110: Connection timed out) while {doing}, {NGINX.format(request)}"
    return lambda end, _: f"{_stamp(end, '%Y/%m/%d %H:%M:%S')} {words}"


def _haproxy(status: int, state: str, request: str) -> Write:
    return lambda end, lasted: (
        f"{_stamp(end, '%b %d %H:%M:%S')} lb haproxy[14389]: 10.0.1.2:33317 "
        f"[{_stamp(end - lasted, '%d/%b/%Y:%H:%M:%S.%f')[:-3]}] http-in app/srv1 10/0/30/69/{lasted * 1e3:.0f} "
        f"{status} 2750 - - {state} 1/1/1/1/0 0/0 {request}"
    )


def _envoy(status: str, request: str) -> Write:
    return lambda end, lasted: (
        f"[{_stamp(end - lasted, '%Y-%m-%dT%H:%M:%S.%f')[:-3]}Z] {request} {status} 154 0 {lasted * 1e3:.0f} - "
        '"10.0.35.28" "Mozilla/5.0" "c8a6" "chat" "10.0.2.1:80"'
    )


def _envoy_json(code: int, flags: str, path: str) -> Write:
    return lambda end, lasted: json.dumps(
        {
            "start_time": f"{_stamp(end - lasted, '%Y-%m-%dT%H:%M:%S.%f')[:-3]}Z",
            "method": "GET",
            "path": path,
            "protocol": "HTTP/1.1",
            "response_code": code,
            "response_flags": flags,
            "bytes_received": 154,
            "duration": round(lasted * 1e3),
            "upstream_host": "10.0.2.1:80",
        }
    )


# For each proxy: that an idle limit ran out on a WebSocket connection, and what it says of a plain request.
PROXIES: Final[Mapping[str, tuple[Write, Write]]] = MappingProxyType(
    {
        "heroku": (
            _router("H15", "Idle connection", "/socket.io/?EIO=4&transport=websocket"),
            _router("H12", "Request timeout", "/api/report"),
        ),
        "nginx": (
            _nginx("proxying upgraded connection", REQUEST),
            _nginx("reading response header from upstream", '"GET /api/report HTTP/1.1"'),
        ),
        "openresty": (_nginx("reading upstream", REQUEST), _nginx("reading upstream", '"GET /api/report HTTP/1.1"')),
        "haproxy": (_haproxy(101, "sD--", REQUEST), _haproxy(504, "sH--", '"GET /api/report HTTP/1.1"')),
        "haproxy-client": (_haproxy(101, "cD--", REQUEST), _haproxy(200, "cD--", '"GET /api/report HTTP/1.1"')),
        "envoy": (_envoy("101 SI", REQUEST), _envoy("504 UT", '"GET /api/report HTTP/1.1"')),
        "envoy-closed": (_envoy("101 DC,SI", REQUEST), _envoy("101 UC", REQUEST)),
        "envoy-json": (_envoy_json(101, "SI", PATH), _envoy_json(504, "UT", "/api/report")),
        "envoy-json-closed": (_envoy_json(101, "SI", PATH), _envoy_json(101, "DC", PATH)),
    }
)
# The same of a limit of age.
AGE_LIMITS: Final[Mapping[str, tuple[Write, Write]]] = MappingProxyType(
    {
        "envoy-route": (_envoy("101 UT", REQUEST), _envoy("504 UT", '"GET /api/report HTTP/1.1"')),
        "envoy-json-route": (_envoy_json(101, "UT", PATH), _envoy_json(504, "UT", PATH)),
        "envoy-duration": (_envoy("101 UMSDR", REQUEST), _envoy("408 UMSDR", '"GET /api/report HTTP/1.1"')),
    }
)
ALL: Final = {**PROXIES, **AGE_LIMITS}
RELOADS: Final[Mapping[str, Callable[[float], str]]] = MappingProxyType(
    {
        "nginx": lambda second: (
            f"{_stamp(second, '%Y/%m/%d %H:%M:%S')} [notice] 1#1: signal 1 (SIGHUP) received from 45, reconfiguring"
        ),
        "ingress": lambda second: (
            f'I{_stamp(second, "%m%d %H:%M:%S.%f")}       8 controller.go:155] "Backend successfully reloaded"'
        ),
        "haproxy": lambda second: f"{_stamp(second, '%b %d %H:%M:%S')} lb haproxy[1]: Reloading HAProxy",
    }
)


def _draw_times(seed: int, count: int = DROPS_COUNT, span_s: float = SPAN_S) -> list[float]:
    """Moments without a clock, at least half a minute apart."""
    rng = np.random.default_rng(seed)
    slots = np.sort(rng.choice(int(span_s / 60) - 2, count, replace=False)) + 1
    return [float(60 * slot + shift) for slot, shift in zip(slots, rng.uniform(0, 30, count), strict=True)]


def _write_clients(folder: Path, drops: Sequence[float], *, together: bool) -> None:
    """Each drop hits one client after the other, or all of them at once."""
    number = 0
    for client in range(CLIENTS_COUNT):
        own = drops if together else drops[client::CLIENTS_COUNT]
        lines = [(0.1 * client, connect(0.1 * client, number))]
        for second in own:
            number += 1
            lines += [(second, record(at(second), DROP)), (second + 1.2, connect(second + 1.2, number))]
        noise = np.random.default_rng(client).uniform(0, SPAN_S, 400).tolist()
        lines += [(second, record(at(second), "job finished")) for second in noise]
        write(folder / f"worker{client + 1}" / "socket-client.log", [line for _, line in sorted(lines)])


def _find_asserted(folder: Path, proxy_lines: Iterable[str]) -> list[str]:
    write(folder / "proxy" / "proxy.log", proxy_lines)
    return [cause.id for cause in diagnose(Request((str(folder),))).diagnosis.asserted]


@pytest.mark.parametrize("name", ALL)
def test_a_limit_that_ran_out_in_the_moment_of_each_drop_is_the_cause(tmp_path: Path, name: str) -> None:
    """Whether the proxy stamps the end of the connection or its begin, among twice as many lines of plain requests."""
    told, plain = ALL[name]
    drops = _draw_times(1)
    _write_clients(tmp_path, drops, together=False)
    lines = [(second, told(second, 55.3)) for second in drops]
    lines += [(second, plain(second, 30.0)) for second in _draw_times(2, 2 * DROPS_COUNT)]
    expected = "idle-timeout" if name in PROXIES else "connection-age-limit"
    assert _find_asserted(tmp_path, [line for _, line in sorted(lines)]) == [expected]


def _write_server(folder: Path, ends: Sequence[float], leaves: Sequence[float]) -> None:
    """A server that says of no end why it came: some are cut after a while, others leave by themselves."""
    lines = []
    lives = np.random.default_rng(7).uniform(20.0, 50.0, len(ends) + len(leaves)).tolist()
    for number, (second, life_s) in enumerate(zip((*ends, *leaves), lives, strict=True)):
        sid = f"cH2UCNReTDRsRMVOA{number:03d}"
        lines.append((second - life_s, record(at(second - life_s), f"New user connected {sid}")))
        lines.append((second, record(at(second), f"User disconnected {sid}")))
    write(folder / "server" / "app.log", [line for _, line in sorted(lines)])


def test_ends_without_a_reason_are_cut_where_the_proxy_says_so(tmp_path: Path) -> None:
    """The app says that a user is gone and not why; beside each such line the router says that it was idle."""
    drops = _draw_times(1)
    told, _ = PROXIES["heroku"]
    _write_server(tmp_path, drops, [])
    assert _find_asserted(tmp_path, [told(second - 0.012, 55.3) for second in drops]) == ["idle-timeout"]


def test_ends_without_a_reason_are_not_cut_by_what_a_proxy_says_of_others(tmp_path: Path) -> None:
    """People leave at their own times, and one of them in the moment in which the router ends another's connection."""
    drops = _draw_times(1)
    told, _ = PROXIES["heroku"]
    _write_server(tmp_path, drops, [])
    others = [second for second in _draw_times(3) if all(abs(second - one) > 120 for one in drops)]
    lines = [told(second, 55.3) for second in sorted((*others, drops[0]))]
    assert _find_asserted(tmp_path, lines) == []


@pytest.mark.parametrize("name", ALL)
def test_limits_that_ran_out_on_other_connections_are_none(tmp_path: Path, name: str) -> None:
    """As many such lines at other times, and a plain request that timed out in the moment of each drop."""
    told, plain = ALL[name]
    drops = _draw_times(1)
    _write_clients(tmp_path, drops, together=False)
    lines = [(second, told(second, 55.3)) for second in _draw_times(3) if all(abs(second - one) > 120 for one in drops)]
    assert lines
    lines += [(second, plain(second, 30.0)) for second in drops]
    assert _find_asserted(tmp_path, [line for _, line in sorted(lines)]) == []


@pytest.mark.parametrize("name", ALL)
def test_a_proxy_of_many_clients_proves_nothing_of_these(tmp_path: Path, name: str) -> None:
    """Such a line each second: one stands beside every drop, whatever ended it."""
    told, _ = ALL[name]
    _write_clients(tmp_path, _draw_times(1, span_s=BUSY_S), together=False)
    assert _find_asserted(tmp_path, [told(float(second), 55.3) for second in range(int(BUSY_S))]) == []


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("name", RELOADS)
def test_a_reload_right_before_all_dropped_is_the_cause(tmp_path: Path, name: str, together: bool) -> None:
    """All clients at each reload of the proxy: a reload; one of three at each: something else ended that one."""
    drops = _draw_times(1)
    _write_clients(tmp_path, drops, together=together)
    asserted = _find_asserted(tmp_path, [RELOADS[name](second - 0.3) for second in drops])
    assert asserted == (["proxy-reload"] if together else [])


@pytest.mark.parametrize("name", RELOADS)
def test_reloads_at_other_times_are_none(tmp_path: Path, name: str) -> None:
    """Reloads for other virtual hosts, none of them near a drop of one client at a time."""
    drops = _draw_times(1)
    _write_clients(tmp_path, drops, together=False)
    others = [second for second in _draw_times(3) if all(abs(second - one) > 120 for one in drops)]
    assert others
    assert _find_asserted(tmp_path, map(RELOADS[name], others)) == []


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("name", RELOADS)
def test_a_reload_whose_old_workers_wait_is_the_cause_of_what_they_cut(
    tmp_path: Path, name: str, together: bool
) -> None:
    """All clients four minutes after each reload; of one of three at a time nothing is said."""
    drops = _draw_times(1)
    _write_clients(tmp_path, drops, together=together)
    asserted = _find_asserted(tmp_path, [RELOADS[name](second - 240.0) for second in drops])
    assert asserted == (["proxy-reload"] if together else [])


def _access(status: int, path: str = PATH) -> Write:
    return lambda end, _: (
        f'10.0.0.7 - - [{_stamp(end, "%d/%b/%Y:%H:%M:%S")} +0000] "GET {path} HTTP/1.1" {status} 157 "-" "Mozilla/5.0"'
    )


def _balancer(end: float, _: float) -> str:
    return (
        f"https {_stamp(end, '%Y-%m-%dT%H:%M:%S.%f')}Z app/chat/50dc 10.0.0.7:2817 - -1 -1 -1 503 - 257 366 "
        f'"GET https://chat:443{PATH} HTTP/1.1" "Mozilla/5.0" - - arn:aws:x "Root=1-58" "-" "-" 0'
    )


@pytest.mark.parametrize(
    ("told", "late_s", "together", "asserted"),
    [
        (_access(502), 2.0, True, ["server-restart"]),
        (_balancer, 2.0, True, ["server-restart"]),
        (_access(504, "/cable"), 2.0, True, ["server-restart"]),
        (_access(502), 2.0, False, []),  # of one client of three
        (_access(502), 200.0, True, []),  # in other minutes
        (_access(403), 2.0, True, []),  # refused by a server that is there
        (_access(502, "/index.html"), 2.0, True, []),
        (_access(101), 2.0, True, []),
    ],
    ids=["nginx", "balancer", "cable", "one client", "elsewhere", "refused", "a page", "answered"],
)
def test_handshakes_without_a_server_behind_the_proxy_tell_that_it_was_away(
    tmp_path: Path, told: Write, late_s: float, together: bool, asserted: list[str]
) -> None:
    """Only those of 502, 503 and 504, of a socket's path, right after all clients were cut, are evidence of it."""
    drops = _draw_times(1)
    _write_clients(tmp_path, drops, together=together)
    assert _find_asserted(tmp_path, [told(second + late_s, 0.0) for second in drops]) == asserted


@pytest.mark.parametrize(("pause_s", "workers_count"), [(0.1, 4), (60.0, None)], ids=["workers", "restarts"])
def test_requests_of_a_session_that_are_refused_are_told_as_such(
    tmp_path: Path, pause_s: float, workers_count: int | None
) -> None:
    """Uvicorn's own log of four workers: 400 for requests with an id; the library tells the first alone."""
    begun = datetime(2025, 11, 14, 16, 25)  # noqa: DTZ001 (as the log has it)

    def line(second: float, text: str) -> str:
        return f"{(begun + timedelta(seconds=second)).isoformat(timespec='milliseconds')} INFO {text}"

    lines = [line(pause_s * number, f"Started server process [{182_808 + number}]") for number in range(4)]
    for number in range(20):
        request = '10.0.0.1:{} - "{} /socket.io/?EIO=4&transport=polling{} HTTP/1.1" {}'
        sid = f"5hiUBAuWhr_ZR_LAAA{number:02d}"
        lines.append(line(300 + number, request.format(39_000 + number, "GET", "", "200 OK")))
        lines.append(line(300.3 + number, request.format(39_100 + number, "POST", f"&sid={sid}", "400 Bad Request")))
    lines.insert(8, line(301.2, "Invalid session 5hiUBAuWhr_ZR_LAAA01"))
    (tmp_path / "app.log").write_text("\n".join(lines), "utf-8")
    got = diagnose(Request((str(tmp_path),))).diagnosis
    told = {one.id: one.numbers for one in got.findings}
    assert (told["refused-sessions"]["count"], told["refused-sessions"]["workers_count"]) == (20, workers_count)
    assert "refused-handshakes" not in told
    assert got.doubt is not None
    assert got.doubt.id == "refused-sessions"


def test_failed_handshakes_are_counted_by_status_and_are_no_health(tmp_path: Path) -> None:
    """An access log alone: three failed, one answered; no connection's life is known."""
    path = tmp_path / "access.log"
    lines = [_access(status)(60.0 * number, 0.0) for number, status in enumerate((502, 502, 401, 101))]
    path.write_text("\n".join(lines), "utf-8")
    got = diagnose(Request((str(path),))).diagnosis
    (finding,) = (one for one in got.findings if one.id == "refused-handshakes")
    assert (got.verdict, finding.numbers["count"], finding.numbers["told"]) == ("inconclusive", 3, "502 2×, 401 1×")


@pytest.mark.parametrize(
    ("words", "asserted"),
    [
        ("1006: WebSocket timed out from inactivity", ["idle-timeout"]),
        ("reason: Idle timeout expired: 300000/300000 ms", ["idle-timeout"]),
        ("reason: kicked, idle timeout", []),
    ],
)
def test_an_end_may_state_that_its_own_idle_limit_ran_out(tmp_path: Path, words: str, asserted: list[str]) -> None:
    """By the server's words for its limit; who is kicked by the application is none of a limit's."""
    lines = []
    for number, second in enumerate(_draw_times(1)):
        sid = f"cH2UCNReTDRsRMVOA{number:03d}"
        lines.append((second - 50.0, record(at(second - 50.0), f"New user connected {sid}")))
        lines.append((second, record(at(second), f"User disconnected {sid} {words}")))
    write(tmp_path / "server" / "app.log", [line for _, line in sorted(lines)])
    assert [cause.id for cause in diagnose(Request((str(tmp_path),))).diagnosis.asserted] == asserted
