"""Settings of a server in the words of its start."""

from __future__ import annotations

from typing import Any

from logdiag.parsers.told_settings import read_settings
from tests.folding import each


@each(
    ("message", "fields", "expected"),
    [
        ("Hub listening", {"pingInterval": 25000, "port": 7070}, {"pingInterval": 25_000.0}),
        (
            "up",
            {"io": {"ping_timeout": "20s", "maxHttpBufferSize": 8e6}},
            {"pingTimeout": 2e4, "maxHttpBufferSize": 8e6},
        ),
        ("listening, pingInterval=25000 pingTimeout=20000", {}, {"pingInterval": 25_000.0, "pingTimeout": 20_000.0}),
        ("started, ping interval: 25s", {}, {"pingInterval": 25_000.0}),
        ("服务已启动，心跳间隔 25 秒，心跳超时：60 秒", {}, {"pingInterval": 25_000.0, "pingTimeout": 60_000.0}),
        ("listening on :8080, heartbeat: 30", {}, {"pingInterval": 30_000.0}),
        ("started, idle_timeout 60s, max_payload=1MB", {}, {"idleTimeout": 60_000.0, "maxHttpBufferSize": 1e6}),
        ("heartbeat 512 ok, mapping: 12, port: 8080", {"interval": 5}, {}),
        ("max payload 12", {"pingInterval": True}, {}),
    ],
)
def test_usual_forms_are_read_by_the_names_of_socketio(
    message: str, fields: dict[str, Any], expected: dict[str, float]
) -> None:
    """Keys, pairs and words, in milliseconds or bytes; a bare small number is seconds; other numbers are none."""
    assert read_settings(message, fields, is_start=True) == expected


def test_a_bare_heartbeat_is_a_setting_in_a_start_alone() -> None:
    """Beside it `heartbeat: 30` may be the thirtieth."""
    assert read_settings("heartbeat: 30", {}, is_start=False) == {}
