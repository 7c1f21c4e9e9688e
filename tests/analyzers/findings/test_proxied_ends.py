"""What is said where proxies alone tell: of whole incidents of each proxy, and of page visits without a fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict
from tests.winston import at

Write = Callable[[float, float, str, str], str]  # (end, duration in s, client, how it ended) -> a line
GET: Final = '"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1"'


def _haproxy(end: float, lasted: float, client: str, how: str) -> str:
    flags = {"limit": "cD--", "order": "----", "client": "CD--"}[how]
    return (
        f"{at(end):%b %d %H:%M:%S} lb haproxy[1]: {client}:4023 [{at(end - lasted):%d/%b/%Y:%H:%M:%S.%f}"[:-3]
        + f"] fe~ be/app1 0/0/1/3/{lasted * 1e3:.0f} 101 1240 - - {flags} 9/9/8/4/0 0/0 {GET}"
    )


def _nginx(end: float, lasted: float, client: str, _: str) -> str:
    return f'{client} - - [{at(end):%d/%b/%Y:%H:%M:%S} +0000] {GET} 101 41 "-" "Mozilla/5.0" rt={lasted:.3f}'


def _heroku(end: float, lasted: float, client: str, how: str) -> str:
    word = 'at=error code=H15 desc="Idle connection"' if how == "limit" else "at=info"
    return (
        f'{at(end).isoformat()} heroku[router]: {word} method=GET path={GET[5:-10]}" host=chat fwd="{client}" '
        f"dyno=web.1 connect=1ms service={lasted * 1e3:.0f}ms status={503 if how == 'limit' else 101} bytes=1"
    )


def _balancer(end: float, lasted: float, client: str, _: str) -> str:
    return (
        f"wss {at(end):%Y-%m-%dT%H:%M:%S.%fZ} app/chat/50dc {client}:40914 10.0.9.4:3000 0.001 0.003 0.000 101 101 2 5 "
        f'"GET https://chat:443/ws HTTP/1.1" "-" - - arn:aws:x "Root=1" "-" "-" 1 '
        f'{at(end - lasted):%Y-%m-%dT%H:%M:%S.%fZ} "forward" "-" "-" "10.0.9.4:3000" "101" "-" "-"'
    )


def _envoy(flag: str) -> Write:
    def write(end: float, lasted: float, client: str, how: str) -> str:
        told = {"limit": flag, "order": "-", "client": "DC"}[how]
        begin = f"{at(end - lasted):%Y-%m-%dT%H:%M:%S.%f}"[:-3]
        return f'[{begin}Z] {GET} 101 {told} 154 0 {lasted * 1e3:.0f} - "{client}" "Mozilla/5.0" "c8" "chat" "10.0.2.1"'

    return write


def _diagnose(folder: Path, lines: list[tuple[float, str]]) -> Diagnosis:
    folder.joinpath("access.log").write_text("\n".join(line for _, line in sorted(lines)), "utf-8")
    return diagnose(Request((str(folder),))).diagnosis


def _cut_off(write: Write, limit_s: float) -> list[tuple[float, str]]:
    """Six clients whose connections end at a limit and come back; now and then one leaves before."""
    rng = np.random.default_rng(7)
    rows = []
    for number in range(6):
        second = rng.uniform(0, 200)
        for _ in range(14):
            is_short = rng.random() < 0.1
            lasted = rng.uniform(3, 0.8 * limit_s) if is_short else limit_s + rng.uniform(0.001, 0.02)
            second += lasted
            rows.append((second, write(second, lasted, f"10.0.1.{number}", "order" if is_short else "limit")))
            second += rng.uniform(100, 900) if is_short else rng.uniform(0.5, 5.0)
    return rows


@pytest.mark.parametrize(
    ("write", "limit_s", "cause"),
    [
        (_haproxy, 60.0, "idle-timeout"),
        (_nginx, 60.0, "limit-on-the-way"),
        (_heroku, 55.0, "idle-timeout"),
        (_balancer, 60.0, "limit-on-the-way"),
        (_envoy("SI"), 300.0, "idle-timeout"),
        (_envoy("UMSDR"), 300.0, "connection-age-limit"),
    ],
    ids=["haproxy", "nginx", "heroku", "alb", "envoy idle", "envoy age"],
)
def test_a_limit_is_found_in_the_log_of_a_proxy_alone(tmp_path: Path, write: Write, limit_s: float, cause: str) -> None:
    """Its own word says which; without one it stays open whether the limit counts from the begin or the last byte."""
    got = _diagnose(tmp_path, _cut_off(write, limit_s))
    assert got.verdict is Verdict.INCIDENT
    assert [one.id for one in got.asserted] == [cause]
    assert {drop.seen_by for drop in got.disconnects} == {"proxy"}
    assert "proxied-sessions" in {finding.id for finding in got.findings}


def _visit(write: Write, how: str) -> list[tuple[float, str]]:
    """Sixty people who come once, for as long as they like."""
    rng = np.random.default_rng(11)
    rows = []
    for number in range(60):
        lasted, begin = float(rng.lognormal(5, 1)), rng.uniform(0, 20_000)
        rows.append((begin + lasted, write(begin + lasted, lasted, f"93.184.{number}.7", how)))
    return rows


def test_visits_that_end_in_order_are_no_fault(tmp_path: Path) -> None:
    """By the word of the proxy nobody was cut off."""
    got = _diagnose(tmp_path, _visit(_haproxy, "order"))
    assert got.verdict is Verdict.HEALTHY
    assert not got.minded


@pytest.mark.parametrize(("write", "how"), [(_nginx, "order"), (_haproxy, "client")], ids=["nginx", "haproxy"])
def test_visits_whose_ends_the_proxy_does_not_explain_are_no_health(tmp_path: Path, write: Write, how: str) -> None:
    """Who left and who was lost look the same to it."""
    got = _diagnose(tmp_path, _visit(write, how))
    assert got.verdict is Verdict.INCONCLUSIVE
    assert got.doubt is not None
    assert got.doubt.id == "proxied-ends"
