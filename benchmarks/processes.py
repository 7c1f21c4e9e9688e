"""Synthetic drops with a known law: nulls, periodic scenarios, and one generator per class of clock.

Every generator takes a seeded numpy Generator and nothing of it is shared with logdiag.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
EPOCH_S: Final = 1_763_136_000.0  # 2025-11-14 16:00 UTC


@dataclass(frozen=True, slots=True)
class Sample:
    """Drops (n,) in UNIX s; connects and last traffic before them where the process has any, else NaN."""

    times_s: Floats
    connected_s: Floats
    traffic_s: Floats


def stamp(times_s: Floats, connected_s: Floats | None = None, *, step_s: float = 0.001) -> Sample:
    """Return the sample as a log would show it: sorted, from the epoch, cut to `step_s`."""
    order = np.argsort(times_s, kind="stable")
    times = EPOCH_S + np.floor(times_s[order] / step_s) * step_s
    nan = np.full(len(times), np.nan)
    connected = nan if connected_s is None else EPOCH_S + np.floor(connected_s[order] / step_s) * step_s
    return Sample(np.round(times, 3), np.round(connected, 3), nan)


def back_off(rng: Generator, count: int) -> Floats:
    """Return Socket.IO's first reconnect delays: 1 s +- 50 % and a handshake."""
    return np.asarray(rng.uniform(0.5, 1.5, count) + rng.gamma(4.0, 0.01, count), dtype=np.float64)


# ---------------------------------------------------------------------------------------------- nulls


def poisson(rng: Generator, count: int) -> Sample:
    """Memoryless drops, one in 30 s."""
    return stamp(np.cumsum(rng.exponential(30.0, count)))


def poisson_seconds(rng: Generator, count: int) -> Sample:
    """Memoryless drops with stamps of whole seconds."""
    return stamp(np.cumsum(rng.exponential(30.0, count)), step_s=1.0)


def gamma_loop(cv: float) -> Callable[[Generator, int], Sample]:
    """Return a loop of independent gamma gaps with that CV: regular, but each gap starts anew."""
    shape = 1.0 / cv**2
    return lambda rng, count: stamp(np.cumsum(rng.gamma(shape, 30.0 / shape, count)))


def uniform_loop(rng: Generator, count: int) -> Sample:
    """A loop of gaps between 20 and 40 s."""
    return stamp(np.cumsum(rng.uniform(20.0, 40.0, count)))


def random_lifetimes(rng: Generator, count: int) -> Sample:
    """Exponential lifetimes and Socket.IO's back-off, with the connects logged."""
    lives, delays = rng.exponential(30.0, count), back_off(rng, count)
    starts = np.concatenate([[0.0], np.cumsum(lives + delays)[:-1]])
    return stamp(starts + lives, starts)


def flapping(rng: Generator, count: int) -> Sample:
    """Bursts: one in 300 s on average, each of 3 to 8 drops a few seconds apart."""
    times: list[float] = []
    start = 0.0
    while len(times) < count:
        start += float(rng.exponential(300.0)) + 30.0
        times.extend((start + np.cumsum(rng.exponential(2.5, int(rng.integers(3, 9))))).tolist())
    return stamp(np.array(times[:count]))


def poisson_traffic(rng: Generator, count: int) -> Sample:
    """Memoryless drops with connects and traffic every 10 s, which has nothing to do with them."""
    base = random_lifetimes(rng, count)
    phase = rng.uniform(0.0, 10.0)
    traffic = np.floor((base.times_s - EPOCH_S - phase) / 10.0) * 10.0 + phase + EPOCH_S
    return Sample(base.times_s, base.connected_s, traffic)


# ------------------------------------------------------------------------------------------ scenarios


def beats(rng: Generator, count: int, *, period_s: float, jitter_s: float) -> Floats:
    """Return beats at a random phase."""
    return np.asarray(rng.uniform(0.0, period_s) + period_s * np.arange(count) + rng.normal(0.0, jitter_s, count))


def clean(count: int, jitter_s: float) -> Callable[[Generator], Sample]:
    """Return an undisturbed beat of about 30 s."""
    return lambda rng: stamp(beats(rng, count, period_s=30.006, jitter_s=jitter_s))


def incident_like(rng: Generator) -> Sample:
    """Nine beats, one drop between them, and the last beat 195 ms early."""
    times = beats(rng, 9, period_s=30.006, jitter_s=0.004)
    times[-1] -= 0.195
    return stamp(np.append(times, times[0] + rng.uniform(35.0, 200.0)))


def missed(count: int, share: float, extras_count: int) -> Callable[[Generator], Sample]:
    """Return beats of which that share is missed, with extra drops at random."""

    def draw(rng: Generator) -> Sample:
        times = beats(rng, round(count / (1.0 - share)), period_s=30.006, jitter_s=0.005)
        keep = np.sort(rng.permutation(len(times))[:count])
        extras = rng.uniform(times[0], times[-1], extras_count)
        return stamp(np.concatenate([times[keep], extras]))

    return draw


def phase_reset(rng: Generator) -> Sample:
    """Twelve beats, a restart, twelve more at another phase."""
    first = beats(rng, 12, period_s=30.006, jitter_s=0.005)
    second = first[-1] + rng.uniform(5.0, 25.0) + 30.006 * np.arange(1, 13) + rng.normal(0.0, 0.005, 12)
    return stamp(np.concatenate([first, second]))


def two_timers(rng: Generator) -> Sample:
    """A timer of 30 s and one of 47 s."""
    return stamp(
        np.concatenate(
            [beats(rng, 19, period_s=30.006, jitter_s=0.005), beats(rng, 12, period_s=47.003, jitter_s=0.005)]
        )
    )


def drifting(rng: Generator) -> Sample:
    """Forty beats, each 10 ms longer after the nominal 30 s."""
    return stamp(beats(rng, 40, period_s=30.01, jitter_s=0.005))


def three_sockets(rng: Generator) -> Sample:
    """Three sockets of one client drop on each of ten beats."""
    times = beats(rng, 10, period_s=30.006, jitter_s=0.005)
    return stamp((times[:, None] + rng.uniform(0.0, 0.2, (10, 3))).ravel())


def age_cycle(rng: Generator) -> Sample:
    """A limit of 45 s on the age and Socket.IO's back-off; only the drops are shown."""
    return stamp(np.cumsum(45.0 + rng.normal(0.0, 0.01, 15) + back_off(rng, 15)))


def long300(rng: Generator) -> Sample:
    """Three hundred beats of 60.01 s, a tenth missed, a tenth extra."""
    times = beats(rng, 302, period_s=60.01, jitter_s=0.01)
    keep = rng.uniform(size=302) > 0.1
    return stamp(np.concatenate([times[keep], rng.uniform(times[0], times[-1], 30)]))


SCENARIOS: Final[dict[str, tuple[Callable[[Generator], Sample], tuple[float, ...]]]] = {
    "clean10": (clean(10, 0.005), (30.006,)),
    "clean5": (clean(5, 0.02), (30.006,)),
    "incident-like": (incident_like, (30.006,)),
    "40 % missed": (missed(10, 0.4, 0), (30.006,)),
    "50 % missed + 4 extras": (missed(12, 0.5, 4), (30.006,)),
    "10 beats + 10 random": (missed(10, 0.0, 10), (30.006,)),
    "20 beats + 60 random": (missed(20, 0.0, 60), (30.006,)),
    "phase reset": (phase_reset, (30.006,)),
    "two timers": (two_timers, (30.006, 47.003)),
    "drift +10 ms": (drifting, (30.01,)),
    "jitter 1 s": (clean(20, 1.0), (30.006,)),
    "jitter 3 s": (clean(40, 3.0), (30.006,)),
    "3 sockets per beat": (three_sockets, (30.006,)),
    "age 45 s + back-off": (age_cycle, (46.04,)),
    "long300": (long300, (60.01,)),
}

# --------------------------------------------------------------------------------- classes of clocks


@dataclass(frozen=True, slots=True)
class World:
    """One draw of circumstances: period or lifetime, jitter of the clock, reconnect law, off-beat share a cycle."""

    period_s: float
    jitter_s: float
    fixed_delay_s: float | None
    off_beat_share: float


def design_world(rng: Generator) -> World:
    """The design set: 30 s, small jitter, Socket.IO's back-off, 15 % off-beat drops a cycle."""
    return World(30.0, float(rng.uniform(0.003, 0.03)), None, 0.15)


def hold_out_world(rng: Generator) -> World:
    """Other periods, jitter up to 150 ms, fixed or random reconnects."""
    period = float(rng.choice([20.0, 45.0, 60.0, 120.0, 300.0]))
    fixed = float(rng.uniform(0.2, 5.0)) if rng.uniform() < 0.5 else None
    return World(period, float(rng.uniform(0.003, 0.15)), fixed, 0.15)


def quiet_world(rng: Generator) -> World:
    """As the hold-out, without a single off-beat drop."""
    world = hold_out_world(rng)
    return World(world.period_s, world.jitter_s, world.fixed_delay_s, 0.0)


def live(rng: Generator, world: World, kind: str, count: int) -> Sample:
    """Run one connection until it has dropped `count` times by a clock of that kind (or at random)."""
    if kind == "wall-clock" and world.period_s == 45.0:
        world = World(30.0, world.jitter_s, world.fixed_delay_s, world.off_beat_share)  # no crontab says 45 s
    drift = 1.0 + rng.uniform(0.5e-3, 10e-3) / world.period_s if kind == "timer" else 1.0
    period = world.period_s * drift
    phase = rng.uniform(2.5, period - 0.5) if kind == "timer" else 0.0
    if kind == "wall-clock":
        phase = float(rng.uniform(0.01, 0.2))
    step = 1.7 * world.period_s / 6.0
    now = float(rng.uniform(0.0, period))
    drops, connects, traffics = [], [], []
    for _ in range(count):
        end, last = _end_session(rng, world, kind, now, (period, phase, step))
        drops.append(end)
        connects.append(now)
        traffics.append(last)
        delay = world.fixed_delay_s + rng.normal(0.0, 0.005) if world.fixed_delay_s else back_off(rng, 1)[0]
        now = end + float(delay)
    # EPOCH_S is a full hour, so that beats at multiples of a round period are round times of day
    shift = EPOCH_S
    return Sample(
        np.round(np.array(drops) + shift, 3),
        np.round(np.array(connects) + shift, 3),
        np.round(np.array(traffics) + shift, 3),
    )


def _end_session(
    rng: Generator, world: World, kind: str, now: float, clock: tuple[float, float, float]
) -> tuple[float, float]:
    """Return when the session that begins `now` ends, and its last traffic before that."""
    period, phase, step = clock
    jitter = float(rng.normal(0.0, world.jitter_s))
    traffic = now + np.sort(rng.uniform(0.0, step * 6.0, int(rng.integers(0, 6))))
    if kind in {"timer", "wall-clock"}:
        beat = phase + period * np.ceil((now - phase + 0.05) / period)
        end = max(beat + (abs(jitter) if kind == "wall-clock" else jitter), now + 0.05)
    elif kind == "connection-age":
        end = now + period + jitter
    elif kind == "idle":
        gaps = traffic[np.diff(np.concatenate([[now], traffic])) > period]
        traffic = traffic[traffic < gaps[0]] if len(gaps) else traffic
        while len(traffic) and np.max(np.diff(np.concatenate([[now], traffic]))) > period:
            traffic = traffic[:-1]
        end = (float(traffic[-1]) if len(traffic) else now) + period + jitter
    else:
        end = now + float(rng.exponential(period))
    if kind != "none" and rng.uniform() < world.off_beat_share:
        end = now + float(rng.uniform(0.05, 0.95)) * (end - now)
    before = traffic[traffic < end]
    return end, float(before[-1]) if len(before) else now


def live_burst(rng: Generator, world: World, count: int) -> Sample:
    """Flap: bursts of quick drops with long quiet between."""
    del world
    return flapping(rng, count)
