"""Write the log of a busy server: people come and go, something ends sessions after 300 s, the server restarts once.

`python -m benchmarks.server_log FILE [--sessions 200000] [--users 5000] [--seed 1]`: 5,000 users have 200,000 sessions
over some days. A third of the users sit behind a limit that cuts every session at 300 s; they are back within seconds.
Others leave when they like (`client namespace disconnect`, or `transport close` for good), or lose their line now and
then. Half-way the server is stopped and started. What is true is printed.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

LIMIT_S: Final = 300.0
DOWN_S: Final = 4.0
START: Final = datetime(2026, 3, 2, tzinfo=UTC)
AWAY: Final = "!"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


class Close(NamedTuple):
    """How a session ends: after how long, for which reason, and after how long the user is back."""

    age_s: float
    reason: str
    away_s: float


def draw_close(draw: random.Random, *, is_limited: bool) -> Close:
    """One session of a user."""
    stay_s = draw.expovariate(1 / 900)
    if is_limited and stay_s > LIMIT_S:
        return Close(LIMIT_S + draw.gauss(0.05, 0.02), "transport close", draw.uniform(0.6, 1.6))
    if draw.random() < 0.02:
        return Close(stay_s, "ping timeout", draw.uniform(1, 6))
    reason = draw.choice(("client namespace disconnect", "transport close", "transport close"))
    return Close(stay_s, reason, 120 + draw.expovariate(1 / 3600))


def list_lines(sessions_count: int, users_count: int, draw: random.Random) -> Iterator[dict[str, str]]:
    """The server's lines in the order of time."""
    span_s = sessions_count / users_count * 2600
    restart_s = span_s / 2
    agenda: list[tuple[float, int, str, str, str]] = [
        (draw.uniform(0, 3600), n, "", "open", "") for n in range(users_count)
    ]
    heapq.heapify(agenda)
    opened: dict[str, int] = {}
    restarted = False
    yield line(0, "Socket server listening on port 3000")
    while agenda and sessions_count > 0:
        second, user, socket, what, reason = heapq.heappop(agenda)
        if not restarted and second > restart_s:
            restarted = True
            yield line(restart_s, "SIGTERM received, shutting down")
            yield line(restart_s + DOWN_S, "Socket server listening on port 3000")
            for name in [name for name in opened if not name.startswith(AWAY)]:
                heapq.heappush(agenda, (restart_s + DOWN_S + draw.uniform(0.5, 5), opened.pop(name), "", "open", ""))
        if what == "open" and restart_s < second < restart_s + DOWN_S:
            heapq.heappush(agenda, (restart_s + DOWN_S + draw.uniform(0.1, 5), user, "", "open", ""))
        elif what == "open":
            sessions_count -= 1
            socket = "".join(draw.choices(LETTERS, k=20))
            opened[socket] = user
            yield line(second, f"Client connected: {socket}", userId=f"u{user}")
            close = draw_close(draw, is_limited=user % 3 == 0)
            heapq.heappush(agenda, (second + close.age_s, user, socket, "close", close.reason))
            heapq.heappush(agenda, (second + close.age_s + close.away_s, user, socket, "return", ""))
        elif what == "close" and opened.pop(socket, None) is not None:
            yield line(second, f"Client disconnected: {socket} ({reason})")
            opened[AWAY + socket] = user
        elif what == "return" and opened.pop(AWAY + socket, None) is not None:
            heapq.heappush(agenda, (second, user, "", "open", ""))


def line(second: float, message: str, **fields: str) -> dict[str, str]:
    """One line as winston writes it."""
    stamp = (START + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"level": "info", "message": message, "service": "socket-server", "timestamp": stamp, **fields}


def main() -> None:
    """Write the log, and say what is true of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--sessions", type=int, default=200_000)
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with asked.file.open("w", encoding="utf-8") as out:
        for one in list_lines(asked.sessions, asked.users, random.Random(asked.seed)):
            out.write(json.dumps(one) + "\n")
    print(f"a limit at {LIMIT_S:g} s for a third of the users, one restart, everything else people who leave")


if __name__ == "__main__":
    main()
