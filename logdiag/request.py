"""What the user asks for: the paths, the stretch of time, the settings that he states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from logdiag.events import Side
from logdiag.limits import STANDARD, Limits

# Who a server's line speaks of, the most lasting first: an address is shared by a household.
CLIENT_KEYS: Final = (
    *("workerId", "worker_id", "agentId", "agent_id", "deviceId", "device_id", "botId", "bot_id"),
    *("userId", "user_id", "userID", "uid", "username", "user", "playerId", "player_id", "accountId", "account_id"),
    *("player", "playerName", "memberId", "member_id", "driverId", "driver_id", "studentId", "student_id"),
    *("participantId", "participant_id"),
    *("clientId", "client_id", "remoteAddress", "remote_address", "address", "ip"),
)


@dataclass(frozen=True, slots=True)
class StatedSettings:
    """Settings of the server, None where nobody states them: the user, the logs or the code."""

    ping_interval_s: float | None = None
    ping_timeout_s: float | None = None
    max_payload_bytes: int | None = None

    def complete(self, other: StatedSettings) -> StatedSettings:
        """These settings, and where they say nothing those of `other`."""
        return StatedSettings(
            self.ping_interval_s or other.ping_interval_s,
            self.ping_timeout_s or other.ping_timeout_s,
            self.max_payload_bytes or other.max_payload_bytes,
        )


def parse_sides(texts: Iterable[str]) -> dict[str, Side]:
    """`worker1=client` and the like, by name. Raises ValueError where the side is none."""
    parted = (text.rpartition("=") for text in texts)
    return {name: Side(side) for name, _, side in parted}


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for. Times are as typed; `zone` is the zone of stamps that do not name their own.

    `scheduler` is the address of a Dask cluster that shall read the files. `sides` overrules on which side of its
    connections a process, service or file is, by its name; `client_key` is the key of a line that names its client;
    `source_paths` are folders of the application's source; `limits` bound what is read.
    """

    paths: tuple[str, ...]
    since: str | None = None
    until: str | None = None
    around: str | None = None
    zone: str | None = None
    rules_files: tuple[str, ...] = ()
    server_ping_interval_ms: int | None = None
    server_ping_timeout_ms: int | None = None
    max_http_buffer_bytes: int | None = None
    scheduler: str | None = None
    sides: Mapping[str, Side] = field(default_factory=dict)
    client_key: str | None = None
    source_paths: tuple[str, ...] = ()
    limits: Limits = STANDARD

    @property
    def stated(self) -> StatedSettings:
        """The settings in the units of the analysis."""
        interval, timeout = self.server_ping_interval_ms, self.server_ping_timeout_ms
        return StatedSettings(
            None if interval is None else interval / 1e3,
            None if timeout is None else timeout / 1e3,
            self.max_http_buffer_bytes,
        )
