"""The circumstances of one incident that are not its fault: sizes, rates, clocks, network and ways of logging."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

EPOCH = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
STYLES = ("local", "local", "local", "local", "iso-z", "iso-offset", "epoch")


@dataclass(frozen=True)
class Stamps:
    """How a process writes the time: a style, a zone, and perhaps only whole seconds."""

    style: str = "local"
    zone_hours: float = 0.0
    whole_seconds: bool = False

    def write(self, instant: float) -> str | int:
        """Give the JSON value of an instant (seconds since 1970) as this process would log it."""
        milliseconds = int(instant) * 1000 if self.whole_seconds else int(instant * 1000)
        if self.style == "epoch":
            return milliseconds
        zone = UTC if self.style == "iso-z" else timezone(timedelta(hours=self.zone_hours))
        when = datetime.fromtimestamp(milliseconds // 1000, zone).replace(microsecond=milliseconds % 1000 * 1000)
        precision = "seconds" if self.whole_seconds else "milliseconds"
        if self.style == "local":
            return when.replace(tzinfo=None).isoformat(" ", precision)
        return when.isoformat("T", precision).replace("+00:00", "Z" if self.style == "iso-z" else "+00:00")


@dataclass
class Setting:
    """Everything a run needs to know beside its fault; faults may change it before the world starts.

    The logs begin after `skip_s`: rotation has taken what came before.
    """

    duration_s: float = 1200.0
    start: float = EPOCH
    workers: int = 1
    latency_s: float = 0.0005
    clock_offset_s: float = 0.0
    worker_stamps: Stamps = field(default_factory=Stamps)
    master_stamps: Stamps = field(default_factory=Stamps)
    debug: bool = True
    warnings_only: bool = False
    master_logs: bool = True
    server_reasons: bool = False
    snapshot_s: float | None = 30.0
    message_gap_s: float = 20.0
    heartbeats: bool = True
    status_s: float = 60.0
    ping_interval_s: float = 25.0
    ping_timeout_s: float = 20.0
    drift_ms: float = 2.0
    fixed_reconnect_s: float | None = None
    snapshot_with_messages: bool = False
    same_account: bool = True
    skip_s: float = 0.0
    rotated: bool = False

    @property
    def coarse(self) -> bool:
        """Whether the stamps are too coarse to tell milliseconds."""
        return self.worker_stamps.whole_seconds or self.master_stamps.whole_seconds


def draw(rng: random.Random) -> Setting:
    """Draw a setting: mostly like the lab, in one respect or another unlike it."""
    worker, master = _stamps(rng)
    return Setting(
        duration_s=rng.uniform(300, 1800),
        start=EPOCH + rng.uniform(0, 300 * 86400),
        workers=rng.choice((1, 1, 1, 2, 3, 4, 6)),
        latency_s=rng.choice((0.0002, 0.0005, 0.001, rng.uniform(0.001, 0.01), rng.uniform(0.01, 0.08))),
        clock_offset_s=rng.choice((0.0, 0.0, 0.0, rng.gauss(0, 0.01), rng.gauss(0, 0.2), rng.uniform(-4, 4))),
        worker_stamps=worker,
        master_stamps=master,
        debug=rng.random() < 0.75,
        master_logs=rng.random() < 0.85,
        server_reasons=rng.random() < 0.25,
        snapshot_s=rng.choice((30.0, 30.0, 30.0, 20.0, 45.0, 60.0, 90.0)),
        message_gap_s=rng.choice((8.0, 15.0, 20.0, 40.0, 90.0)),
        ping_interval_s=rng.choice((10.0, 25.0, 25.0, 25.0)),
        ping_timeout_s=rng.choice((8.0, 20.0, 20.0, 5.0)),
        drift_ms=rng.uniform(0.5, 6.0),
        fixed_reconnect_s=rng.choice((None,) * 7 + (rng.uniform(0.3, 3.0),)),
        same_account=rng.random() < 0.5,
        skip_s=rng.uniform(5, 150) if rng.random() < 0.15 else 0.0,
        rotated=rng.random() < 0.08,
    )


def _stamps(rng: random.Random) -> tuple[Stamps, Stamps]:
    """Draw the stamps of workers and master, so that instants of both can be compared."""
    zone = rng.choice((0.0, 0.0, 0.0, 8.0, -5.0, 5.5))
    seconds = rng.random() < 0.08
    style = rng.choice(STYLES)
    worker = Stamps(style, zone, seconds)
    if style == "local":
        return worker, worker
    return worker, Stamps(rng.choice([style, style, "iso-z", "epoch"]), zone, seconds)
