"""Whose end or restart a line names as the reason of an end."""

from __future__ import annotations

import pytest

from logdiag.analyzers.causes.own_words import REPLACED, states_reload, tells_restart, tells_rival
from tests.folding import each


@each(
    "message",
    [
        "Server returned an error on close: Service reloading, please reconnect.",
        "disconnected: server is restarting",
        "Closed by host: Server shutting down",
        "server shutting down",
        "close 1012 service restart",
        "Connection lost (gateway going down for maintenance)",
        "Disconnected: scheduled maintenance",
        "kicked: Restarting server",
        "closed: upstream restarting",
        "going away: restart",
        "连接断开：服务端正在重启",
    ],
)
def test_a_server_may_say_that_it_ends(message: str) -> None:
    """Its reload, restart, shutdown or maintenance is why the connection ended."""
    assert tells_restart(message)


@each(
    "message",
    [
        "Disconnected from server: transport close",
        "client disconnected: page reload",
        "app was restarted by the user",
        "disconnected, restarting connection to server",
        "Server closed the connection, reconnecting",
        "server stopped responding",
        "CloudFlare WebSocket proxy restarting",
        "upstream prematurely closed connection",
        "Disconnected from the service worker",
    ],
)
def test_what_else_ends_is_no_restart_of_the_server(message: str) -> None:
    """Pages, applications and connections that start anew, and a server that only ends the connection."""
    assert tells_restart(message) is None


@each(
    ("message", "is_rival"),
    [
        ("Runner runner-7 already connected, disconnecting old socket", True),
        ("Duplicate login for account 77; kicking client 12", True),
        ("Kicking previous session of user 42", True),
        ("用户 42 已在线，断开旧连接", True),
        ("Kicking existing connection of user 42: idle for 300 s", False),
        ("Token of worker1 expired, disconnecting", False),
        ("Kicking user 7 due to flooding", False),
    ],
)
def test_a_kick_may_be_for_another_one_of_the_same_name(message: str, is_rival: bool) -> None:
    """Who is there already is replaced; who is idle, or misbehaves, is not."""
    assert tells_rival(message) is is_rival


@pytest.mark.parametrize(
    "said", ["New connection replacing old", "replaced the existing session", "another tab replaces"]
)
def test_a_place_that_a_newer_connection_took_is_replaced(said: str) -> None:
    """Whichever of the two is the subject."""
    assert REPLACED.search(said)


@each(
    "reason",
    ["Registered from another connection", "logged in from another tab", "signed in elsewhere", "session superseded"],
)
def test_a_reason_may_be_another_login(reason: str) -> None:
    """What a close frame says is told in the words of the application."""
    assert REPLACED.search(reason)


@each(
    ("reason", "is_reload"),
    [
        ("CloudFlare WebSocket proxy restarting", True),
        ("Load balancer is draining", True),
        ("proxy shutting down", True),
        ("proxy timeout", False),
        ("server restarting", False),
        (None, False),
    ],
)
def test_a_proxy_may_say_that_it_restarts(reason: str | None, is_reload: bool) -> None:
    """Its restart is not the server's, and its limit no restart."""
    assert states_reload(reason) is is_reload
