"""A connection as its two sides see it, and what the road and the faults know of the client at its end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from benchmarks.simulation.process import Process


class Peer(Process, ABC):
    """A process that dials: it hears how its attempts end and when a connection of its own does."""

    identity: str
    attempt: int

    @property
    @abstractmethod
    def online(self) -> bool:
        """Whether the client believes itself connected."""

    @abstractmethod
    def connected(self, connection: Connection) -> None:
        """Take note of a connection."""

    @abstractmethod
    def disconnected(self, reason: str) -> None:
        """Take note of its end."""

    @abstractmethod
    def refused(self, attempt: int, behind_relay: bool) -> None:  # noqa: FBT001
        """Hear that nobody listens (or that the relay hung up)."""

    @abstractmethod
    def rejected(self, attempt: int, message: str) -> None:
        """Hear that the server turned an attempt away."""

    @abstractmethod
    def timed_out(self, attempt: int) -> None:
        """Hear that an attempt had no answer."""

    @abstractmethod
    def connect_error(self, message: str, **fields: object) -> None:
        """Log a connect_error of the application's or the library's own."""


@dataclass(eq=False)
class Connection:
    """One Socket.IO connection, which each side believes open or closed on its own."""

    sid: str
    worker: Peer
    opened_at: float
    server_open: bool = True
    client_open: bool = False
    hole: bool = False
    traffic_at: float = 0.0
    last_ping: float = 0.0
    last_arrival: float = 0.0
