"""Make incidents with known causes, in the shape of the lab, for score_lab.py to judge.

    python -m benchmarks.simulate OUT --count 200 --seed 7 [--only CAUSE_OR_FAULT]
    python -m benchmarks.simulate OUT --from LAB --degrade seconds|five-minutes|blank-words

Equal seeds make equal logs. A new fault is one function and one row of FAULTS.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from benchmarks.simulation import applications, clocks, freezes, processes, quiet, roads
from benchmarks.simulation.degrade import DEGRADATIONS, degrade
from benchmarks.simulation.setting import draw
from benchmarks.simulation.world import FaultFunction, simulate

# Each fault with the cause under which --only finds it.
FAULTS: tuple[tuple[FaultFunction, str], ...] = (
    (clocks.master_timer, "server-timer"),
    (applications.oversized_push, "payload-too-large"),
    (clocks.max_age, "connection-age-limit"),
    (roads.random_cuts, "unstable-network"),
    (quiet.healthy, "healthy"),
    (processes.worker_oom, "client-restart"),
    (processes.master_killed, "server-restart"),
    (clocks.phase_decoy, "server-timer"),
    (clocks.wall_clock, "wall-clock-schedule"),
    (clocks.server_kick, "server-kick"),
    (clocks.idle_timeout, "idle-timeout"),
    (clocks.timer_and_age, "server-timer"),
    (clocks.master_timer_one_worker, "server-timer"),
    (clocks.status_decoy, "server-timer"),
    (clocks.wall_clock_sparse, "wall-clock-schedule"),
    (clocks.age_and_cuts, "connection-age-limit"),
    (roads.flapping, "unstable-network"),
    (roads.black_hole, "heartbeat-timeout"),
    (roads.slow_pings, "heartbeat-timeout"),
    (roads.transport_failure, "transport-failure"),
    (roads.version_mismatch, "version-mismatch"),
    (roads.version_refused, "version-mismatch"),
    (roads.proxy_reload, "proxy-reload"),
    (roads.proxy_reload_timer, "server-timer"),
    (roads.cuts_and_restart, "server-restart"),
    (processes.worker_oom_silent, "client-restart"),
    (processes.crash_loop, "client-restart"),
    (processes.graceful_restart, "client-restart"),
    (processes.cron_restart, "client-restart"),
    (processes.rolling_restart, "client-restart"),
    (processes.sigterm, "healthy"),
    (freezes.worker_blocked, "event-loop-blocked"),
    (freezes.worker_freeze, "event-loop-blocked"),
    (freezes.host_pause, "event-loop-blocked"),
    (freezes.master_blocked, "event-loop-blocked"),
    (processes.master_rarely_killed, "server-restart"),
    (processes.master_behind_relay, "server-restart"),
    (processes.master_graceful, "server-restart"),
    (applications.oversized_timer, "payload-too-large"),
    (applications.oversized_event, "payload-too-large"),
    (applications.sometimes_big, "payload-too-large"),
    (applications.payload_and_age, "payload-too-large"),
    (applications.oversized_fixed, "healthy"),
    (applications.client_recreate, "client-close"),
    (applications.duplicate_worker, "duplicate-connection"),
    (applications.token_expiry, "auth-rejected"),
    (applications.never_admitted, "auth-rejected"),
    (quiet.healthy_short, "healthy"),
    (quiet.clock_step, "healthy"),
    (quiet.few_cuts, "few"),
    (quiet.single_cut, "few"),
    (roads.balancer_drain, "few"),
    (clocks.read_timeout, "idle-timeout"),
    (clocks.timer_and_step, "server-timer"),
    (clocks.wall_clock_hourly, "few"),
    (processes.master_oom_loop, "server-restart"),
    (applications.oversized_one_worker, "payload-too-large"),
    (applications.adapter_restart, "server-kick"),
    (applications.client_refresh, "client-close"),
    (freezes.host_suspend, "event-loop-blocked"),
    (quiet.warnings_only, "few"),
)


def name_of(fault: FaultFunction) -> str:
    """Give a fault its name on the command line and in directories."""
    return fault.__name__.replace("_", "-")


def make(out: Path, count: int, seed: int, only: str | None = None) -> list[Path]:
    """Write `count` incidents, taking the faults in turn; give their directories."""
    rows = [fault for fault, cause in FAULTS if only in (None, cause, name_of(fault))]
    if not rows:
        raise SystemExit(f"simulate: no fault or cause is called {only!r}")
    made = []
    for number in range(count):
        fault = rows[number % len(rows)]
        rng = random.Random(f"{seed}/{name_of(fault)}/{number // len(rows)}")
        directory = out / f"{name_of(fault)}-{number // len(rows):02d}"
        simulate(fault, draw(rng), rng, directory)
        made.append(directory)
    return made


def main() -> None:
    """Read the command line and write the incidents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=len(FAULTS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="a fault or a cause")
    parser.add_argument("--from", dest="lab", type=Path, help="degrade the incidents of this directory instead")
    parser.add_argument("--degrade", choices=sorted(DEGRADATIONS))
    options = parser.parse_args()
    if (options.lab is None) != (options.degrade is None):
        parser.error("--from and --degrade go together")
    if options.lab is not None:
        made = degrade(options.lab, options.out, options.degrade)
    else:
        made = make(options.out, options.count, options.seed, options.only)
    print(f"{len(made)} incidents in {options.out}")


if __name__ == "__main__":
    main()
