"""What a process writes besides connects and ends that shows that it accepts connections."""

from __future__ import annotations

import pytest

from logdiag.parsers.lexicon.accepting import find_sign


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        ('INFO: 10.0.0.7:51234 - "POST /api/orders HTTP/1.1" 201 Created', "access"),
        ('INFO: 10.0.0.7:51234 - "WebSocket /ws/7" [accepted]', "access"),
        ('[GIN] 2025/11/14 - 15:40:02 | 200 | 1.96ms | 10.0.0.7 | GET "/stream"', "access"),
        ("2025-11-14 16:00:00 GET /api/orders 304 - - ms", "access"),
        ("[WebSocket] Server is running on port 6001", "accepts"),
        ("broadcast price to 14 connected clients", "accepts"),
        ('{"msg": "stats", "activeConnections": 3}', "accepts"),
        ('{"msg": "WebSocket connection closed", "duration": 1.79}', "lasted"),
    ],
)
def test_a_line_shows_that_its_process_accepts_connections(line: str, sign: str) -> None:
    """Answered requests, counted clients, a WebSocket server that listens, how long what ended had lasted."""
    assert find_sign(line.encode()) == sign


@pytest.mark.parametrize(
    "line",
    [
        'https://api.example.com:443 "GET /v1/orders HTTP/1.1" 200 None',
        'HTTP Request: GET https://api.example.com/v1 "HTTP/1.1 200 OK"',
        '10.0.0.1 - - [14/Nov/2025] "GET /healthz HTTP/1.1" 200 2',
        "Server listening on port 3000",
        "Websocket client running",
        "pool: active connections: 3 of 10",
        '{"msg": "job done", "duration": 1.79}',
        "users online: 12",
        "socket open session=7e8d59a2",
    ],
)
def test_what_clients_write_as_well_shows_nothing(line: str) -> None:
    """Requests of its own, a probe, an HTTP port, a pool of a database, a chat that counts people."""
    assert find_sign(line.encode()) is None
