"""A task that another process does meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logdiag.scanning.aside import done_aside

PARENT = """
import time
from tests.scanning.test_aside import wait
from logdiag.scanning.aside import done_aside

if __name__ == "__main__":
    with done_aside(wait, {path!r}) as collect:
        collect()
"""


def tell_process(number: int) -> tuple[int, int]:
    """The number twofold, and who worked that out."""
    return 2 * number, os.getpid()


def die_elsewhere(here: int) -> str:
    """Die in any other process."""
    if os.getpid() != here:
        os._exit(3)
    return "done here"


def fail(text: str) -> None:
    """Fail."""
    raise LookupError(text)


def wait(path: str) -> None:
    """Say who waits, and wait long enough to be noticed."""
    Path(path).write_text(str(os.getpid()), "utf-8")
    time.sleep(60)


def find_pid(path: Path) -> int:
    """The process that said so, once it has."""
    for _ in range(3000):
        if path.exists() and path.read_text("utf-8"):
            return int(path.read_text("utf-8"))
        time.sleep(0.01)
    pytest.fail("no process began the task")


def is_gone(pid: int) -> bool:
    """Whether a process ends within the time that a busy machine may take."""
    for _ in range(3000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("is_shared", [True, False])
def test_the_result_is_the_same_whoever_works(is_shared: bool) -> None:
    """Another process works where it may, this one where it may not; the answer is one."""
    with done_aside(tell_process, 21, is_shared=is_shared) as collect:
        answer, pid = collect()
    assert answer == 42
    assert (pid != os.getpid()) is is_shared


def test_what_another_process_cannot_do_is_done_here() -> None:
    """A process that dies, for want of memory say, costs time and nothing else."""
    with done_aside(die_elsewhere, os.getpid()) as collect:
        assert collect() == "done here"


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    """What the task raises reaches whoever waits for it."""
    with done_aside(fail, "nothing there") as collect, pytest.raises(LookupError, match="nothing there"):
        collect()


def test_nobody_works_on_once_the_answer_is_not_wanted(tmp_path: Path) -> None:
    """With the end of the context, by an error or Ctrl-C say, the other process ends."""
    with done_aside(wait, str(tmp_path / "pid")):
        pid = find_pid(tmp_path / "pid")
    assert is_gone(pid)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are ended in another way here")
def test_it_does_not_outlive_the_one_that_asked(tmp_path: Path) -> None:
    """Where that is ended without a word (SIGTERM, SIGKILL), the other process ends as well."""
    script = tmp_path / "asks.py"
    script.write_text(PARENT.format(path=str(tmp_path / "pid")), "utf-8")
    ways = os.pathsep.join((str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")))
    with subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": ways}) as parent:
        pid = find_pid(tmp_path / "pid")
        parent.kill()
    assert is_gone(pid)
