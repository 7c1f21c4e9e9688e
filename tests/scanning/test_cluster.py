"""Files scanned by a real cluster: workers, of which one after the other is killed; others that see something else."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Timer

import pytest

from logdiag.errors import InputError
from logdiag.parsers.forms.forms import find_layouts
from logdiag.pipeline.stages import Request, Workers, diagnose
from logdiag.reading import find_log_files
from logdiag.renderers.json import render_json
from logdiag.scanning.cluster import do_on_cluster, run_task, scan_on_cluster
from logdiag.scanning.lines import FileScan
from logdiag.scanning.threads import scan_files
from tests import processes
from tests.fleets import write_fleet
from tests.scanning.test_ranges import differences
from tests.winston import BUILT_IN, at, connect, drop, record, write

pytestmark = [
    pytest.mark.xdist_group("cluster"),
    pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="the extra `dask` is not installed"),
    pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped by a signal there"),
]
RANGE_BYTES = 1 << 18
STARTED_S = 40
# What a worker or scheduler does besides its work, every 10 to 500 ms: profile itself, and watch itself and its host.
QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "60s",
}
WITHOUT_LOGDIAG = """
import importlib.metadata, sys

def version(name, *, known=importlib.metadata.version):
    if name == "logdiag":
        raise importlib.metadata.PackageNotFoundError(name)
    return known(name)

importlib.metadata.version = version
sys.modules["logdiag"] = None
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A scheduler and its workers, each a process."""

    address: str
    workers: list[processes.Process]


def start(log: Path, *arguments: str, site: Path | None = None) -> processes.Process:
    """Start a process of a cluster; the `sitecustomize.py` of the folder `site` is run before it."""
    environ = {**os.environ, **QUIET, **({} if site is None else {"PYTHONPATH": str(site)})}
    with log.open("wb") as file:
        return processes.start(
            *arguments,
            "--no-dashboard",
            code="from dask.__main__ import main; main()",
            environ=environ,
            cwd=log.parent,
            is_fresh=site is not None,
            stdout=file,
            stderr=file,
        )


def await_text(log: Path, text: str) -> str:
    """Wait until a process has said something; return the word behind it."""
    deadline = time.monotonic() + STARTED_S
    while text not in (said := log.read_text("utf-8")):
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    return said.partition(text)[2].split()[0]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A run of logdiag, as from a shell."""
    done = processes.run(*arguments, environ={**os.environ, "SOURCE_DATE_EPOCH": "0", "NO_COLOR": "1"})
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def start_cluster(folder: Path, workers_count: int = 3) -> Iterator[Cluster]:
    """Start a scheduler and workers of one thread, far from the logs; end them."""
    started = [start(folder / "scheduler.txt", "scheduler", "--host", "127.0.0.1", "--port", "0")]
    try:
        address = await_text(folder / "scheduler.txt", "Scheduler at:")
        logs = [folder / f"worker{number + 1}.txt" for number in range(workers_count)]
        started += [start(log, "worker", address, "--nthreads", "1", "--no-nanny") for log in logs]
        for log in logs:
            await_text(log, "Registered to:")
        yield Cluster(address, started[1:])
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster of all tests: those that leave it as it was come first, then those that kill one worker each."""
    with start_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(started: Cluster) -> Cluster:
    """That cluster, as far as it is alive."""
    alive = [worker for worker in started.workers if worker.poll() is None]
    assert len(alive) > 1, "only the last test may need fewer"
    return Cluster(started.address, alive)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two logs of many ranges, for each test to copy."""
    folder = tmp_path_factory.mktemp("written")
    for name in ("worker1", "worker2"):
        lines = [record(at(0.05 * second), f"secret {name} " + "x" * 112) for second in range(12_000)]
        lines[::1_000] = [(drop if place % 2 else connect)(50.0 * place) for place in range(12)]
        write(folder / name / "socket-client.log", lines)
    return folder


@pytest.fixture
def logs(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy those logs, and stand beside them."""
    shutil.copytree(written, tmp_path / "logs")
    monkeypatch.chdir(tmp_path)
    return Path("logs")


def scan(logs: Path, address: str, on_progress: Callable[[int, int], None] | None = None) -> list[FileScan]:
    files = find_log_files([str(logs)]).files
    return scan_on_cluster(files, BUILT_IN, find_layouts(files), address, on_progress, RANGE_BYTES)


def test_the_cluster_does_the_search(cluster: Cluster) -> None:
    """Work that is spread over a cluster is done by its workers, in order, each task once it arrives."""
    done: list[int] = []
    pids = do_on_cluster(eval, ["__import__('os').getpid()"] * 8, cluster.address, lambda: done.append(1))
    assert set(pids) <= {worker.pid for worker in cluster.workers}
    assert len(pids) == len(done) == 8
    assert do_on_cluster(abs, [-3, 2, -1], cluster.address) == [3, 2, 1]


def test_a_worker_of_another_version_is_refused(cluster: Cluster) -> None:
    """A worker that has another logdiag than the one that asks says so, with both versions."""
    with pytest.raises(InputError, match=r"worker tcp://127\.0\.0\.1:\d+: would be read by logdiag .*, not 0\.0\.0;"):
        do_on_cluster(partial(run_task, abs, "0.0.0"), [1], cluster.address)


@contextmanager
def one_at_work(cluster: Cluster) -> Iterator[None]:
    """Stop all workers but one for a while, so that the second file cannot have been read with the first."""
    idle = cluster.workers[1:]
    for worker in idle:
        os.kill(worker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in idle:
            os.kill(worker.pid, signal.SIGCONT)


def remove(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    os.truncate(path, 5_000)


def exchange(path: Path) -> None:
    path.write_bytes(b"#" * path.stat().st_size)


@pytest.mark.parametrize(("spoil", "fault"), [(remove, "cannot be read"), (cut, "smaller"), (exchange, "another file")])
def test_a_worker_that_sees_another_file_says_so(
    cluster: Cluster, logs: Path, spoil: Callable[[Path], None], fault: str
) -> None:
    """A file that is gone, smaller or another one for a worker ends the run; worker, file and remedy are named."""
    path = logs / "worker2" / "socket-client.log"

    def spoil_first(_done: int, _total: int) -> None:
        if path.exists() and path.stat().st_size > 5_000:
            spoil(path)

    said = rf"worker tcp://127\.0\.0\.1:\d+: {path.absolute()}: .*{fault}.*same paths"
    with one_at_work(cluster), pytest.raises(InputError, match=said):
        scan(logs, cluster.address, spoil_first)


def test_same_bytes_from_the_command_line(cluster: Cluster, logs: Path) -> None:
    """`--scheduler` changes not one byte of the result."""
    arguments = ("diagnose", str(logs), "--format", "json")
    remote = run(*arguments, "--scheduler", cluster.address)
    local = run(*arguments)
    assert (remote.returncode, remote.stdout, remote.stderr) == (0, local.stdout, local.stderr)


def test_workers_read_logs_behind_a_url(cluster: Cluster, logs: Path, served: tuple[Path, str]) -> None:
    """What a worker can open by its URL it reads, with the same result; secrets are masked there too."""
    pytest.importorskip("upath")
    pytest.importorskip("aiohttp")
    names = [f"{served[1]}{path.as_posix()}?token=geheim" for path in sorted(logs.rglob("*.log"))]
    arguments = ("diagnose", *names, "--format", "json")
    remote = run(*arguments, "--scheduler", cluster.address)
    local = run(*arguments)
    assert (remote.returncode, remote.stdout, remote.stderr) == (0, local.stdout, local.stderr)
    assert "geheim" not in remote.stdout + remote.stderr


def test_a_url_that_workers_cannot_open_is_refused(cluster: Cluster) -> None:
    """What only this process can see is said to be missing there, with the worker and the URL."""
    fsspec = pytest.importorskip("fsspec")
    pytest.importorskip("upath")
    memory = fsspec.filesystem("memory")
    memory.pipe("/logs/x.log", f"{connect(0)}\n{drop(9)}\n".encode())
    try:
        files = find_log_files(["memory://logs/x.log"]).files
        with pytest.raises(InputError, match=r"worker tcp://\S+: memory://\S*/x\.log: cannot be read there"):
            scan_on_cluster(files, BUILT_IN, find_layouts(files), cluster.address)
    finally:
        memory.store.clear()


def test_a_scheduler_without_logdiag_is_named(tmp_path: Path, logs: Path) -> None:
    """A scheduler that cannot read the work because it has no logdiag ends the run with 2, its name and the remedy."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_LOGDIAG, "utf-8")
    started = [start(tmp_path / "s.txt", "scheduler", "--host", "127.0.0.1", "--port", "0", site=tmp_path)]
    try:
        address = await_text(tmp_path / "s.txt", "Scheduler at:")
        started.append(start(tmp_path / "w.txt", "worker", address, "--nthreads", "1", "--no-nanny"))
        await_text(tmp_path / "w.txt", "Registered to:")
        finished = run("diagnose", str(logs), "--scheduler", address)
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert finished.returncode == 2
    assert finished.stderr.startswith(
        f"logdiag: --scheduler {address}: logdiag is not installed at scheduler {address}; install logdiag "
    )


def test_an_address_that_is_none_is_refused(logs: Path) -> None:
    """The run ends with 2 and names the remedy."""
    finished = run("diagnose", str(logs), "--scheduler", "x")
    assert finished.returncode == 2
    assert "--scheduler x: is no address" in finished.stderr
    assert "leave out --scheduler" in finished.stderr


def test_an_address_where_nobody_answers_is_named() -> None:
    """After a while, with the remedy."""
    with pytest.raises(
        InputError, match=r"--scheduler tcp://127\.0\.0\.1:9: no scheduler answers.*leave out --scheduler"
    ):
        do_on_cluster(abs, [-1], "tcp://127.0.0.1:9", patience_s=1)


def test_a_local_run_knows_nothing_of_clusters(logs: Path) -> None:
    """Without the option Dask is not even loaded."""
    code = (
        "import sys; from logdiag.cli import exits; from logdiag.cli.app import app; "
        f"code = exits.run(app, ['diagnose', {str(logs)!r}]); "
        "sys.exit(9 if {'dask', 'distributed', 'tornado'} & set(sys.modules) else code)"
    )
    assert processes.run(code=code).returncode == 0


def test_a_killed_worker_changes_nothing(cluster: Cluster, logs: Path) -> None:
    """A worker that is killed with work in its hands is replaced: the scans are complete and those of a local run."""
    victim = cluster.workers[0]
    os.kill(victim.pid, signal.SIGSTOP)  # it takes work and cannot end it
    told: list[tuple[int, int]] = []

    def kill_first(done: int, total: int) -> None:
        if not told:
            victim.kill()
        told.append((done, total))

    remote = scan(logs, cluster.address, kill_first)
    assert victim.wait() == -signal.SIGKILL
    assert len(told) > 10
    assert told[-1][0] == told[-1][1] == sum(scan.file.size_bytes for scan in remote)
    files = find_log_files([str(logs)]).files
    local = scan_files(files, BUILT_IN, find_layouts(files))
    assert [differences(one, other) for one, other in zip(local, remote, strict=True)] == [[], []]


def test_a_worker_killed_during_the_analysis_changes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """A worker that is killed while the cluster searches for clocks is replaced: the JSON is that of a local run."""
    fleet = str(write_fleet(tmp_path / "fleet", 18))
    victim = cluster.workers[0]
    ends: list[Timer] = []

    def freeze_when_read(done: int, total: int) -> None:
        if done == total and not ends:
            os.kill(victim.pid, signal.SIGSTOP)  # it takes work and cannot end it
            ends.append(Timer(1.0, victim.kill))
            ends[0].start()

    workers = Workers(cluster.address, fewest_tasks_count=1)
    remote = diagnose(Request((fleet,), scheduler=cluster.address), on_progress=freeze_when_read, workers=workers)
    assert victim.wait() == -signal.SIGKILL
    local = diagnose(Request((fleet,)))
    texts = [
        render_json(result.diagnosis, generated_at=datetime.fromtimestamp(0, UTC), version="")
        for result in (local, remote)
    ]
    assert texts[0] == texts[1]
    assert len(local.diagnosis.patterns) > 6


def test_a_cluster_without_workers_says_so(started: Cluster) -> None:
    """Without a worker, the last one having been killed, the run ends after a while, and says what to do."""
    for worker in started.workers:
        worker.kill()
        worker.wait()
    said = rf"--scheduler {re.escape(started.address)}: the cluster is lost, or has no worker;"
    with pytest.raises(InputError, match=said):
        do_on_cluster(abs, [-1], started.address, patience_s=1)
