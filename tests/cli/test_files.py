"""Result files: whole or not at all, and never over a log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from logdiag.cli import files
from logdiag.cli.files import refuse_inputs, write_file, write_files
from logdiag.errors import InputError, OutputError
from logdiag.reading import FoundFiles, find_log_files

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and devices of POSIX")
LINE = b'{"level":"info","message":"x","timestamp":"2025-11-14 16:25:52.756"}\n'


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_write_file_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A written file holds the new bytes, and its folder nothing else."""
    target = tmp_path / "report.txt"
    target.write_bytes(b"old")
    write_file(target, b"new\n")
    assert (target.read_bytes(), names(tmp_path)) == (b"new\n", ["report.txt"])


@POSIX
def test_write_file_keeps_the_mode(tmp_path: Path) -> None:
    """A replaced file keeps who may read it."""
    target = tmp_path / "report.txt"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write_file(target, b"new")
    assert target.stat().st_mode & 0o777 == 0o640


@POSIX
def test_write_file_follows_a_link(tmp_path: Path) -> None:
    """Through a symbolic link, the file is replaced and the link stays."""
    (tmp_path / "real.txt").write_bytes(b"old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_file(tmp_path / "link.txt", b"new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_bytes() == b"new"


@POSIX
def test_write_file_does_not_replace_a_device() -> None:
    """A device is written to; it would be gone for the whole machine if it were replaced."""
    write_file(Path(os.devnull), b"new")
    assert not Path(os.devnull).is_file()


def test_write_file_into_a_folder_that_is_missing(tmp_path: Path) -> None:
    """A missing folder is an OutputError that names the file."""
    with pytest.raises(OutputError, match=r"report\.txt: cannot be written"):
        write_file(tmp_path / "nowhere" / "report.txt", b"new")


def test_write_file_over_a_folder(tmp_path: Path) -> None:
    """A folder is not replaced by a file."""
    with pytest.raises(OutputError, match="cannot be written"):
        write_file(tmp_path, b"new")


def test_write_files_makes_the_folder(tmp_path: Path) -> None:
    """All tables stand in a new folder, and nothing else does."""
    write_files(tmp_path / "a" / "tables", {"x.csv": b"1", "y.csv": b"2"})
    assert names(tmp_path / "a" / "tables") == ["x.csv", "y.csv"]


def test_write_files_is_all_or_none(tmp_path: Path) -> None:
    """If the last table cannot be written, the first ones are as they were, and new ones are gone."""
    (tmp_path / "a.csv").write_bytes(b"old")
    (tmp_path / "c.csv").mkdir()
    with pytest.raises(OutputError):
        write_files(tmp_path, {"a.csv": b"new", "b.csv": b"new", "c.csv": b"new"})
    assert (tmp_path / "a.csv").read_bytes() == b"old"
    assert names(tmp_path) == ["a.csv", "c.csv"]


def test_write_files_keeps_other_files(tmp_path: Path) -> None:
    """What else stands in the folder stays."""
    (tmp_path / "notes.txt").write_bytes(b"mine")
    write_files(tmp_path, {"a.csv": b"new"})
    assert names(tmp_path) == ["a.csv", "notes.txt"]


KILLED: Final = """
import os, sys
from pathlib import Path
from logdiag.cli import files
left = int(sys.argv[2])
STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "ctypes.call_function", "fcntl.flock"}
def count(event, arguments):
    global left
    if event in STEPS and (left := left - 1) < 0:
        os._exit(9)
import ctypes, fcntl, shutil
sys.addaudithook(count)
files.write_files(Path(sys.argv[1]), {name: b"new" for name in ("a.csv", "b.csv", "c.csv")})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no system call replaces a folder")
@pytest.mark.parametrize("has_old", [True, False])
def test_killed_run_leaves_the_old_tables_or_the_new_ones(tmp_path: Path, *, has_old: bool) -> None:
    """At whatever step it dies; and the next run clears what it left."""
    seen = set()
    for step in range(100):
        folder = tmp_path / f"{step}" / "tables"
        folder.parent.mkdir()
        if has_old:
            write_files(folder, {"a.csv": b"old", "b.csv": b"old"})
        code = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(step)], check=False).returncode
        found = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())] if folder.exists() else []
        old = [("a.csv", b"old"), ("b.csv", b"old")] if has_old else []
        new = [(name, b"new") for name in ("a.csv", "b.csv", "c.csv")]
        assert found in (old, new)
        seen.add((found == new, code))
        write_files(folder, {"a.csv": b"next"})
        assert names(folder.parent) == ["tables"]
        if code == 0:
            break
    assert seen == {(False, 9), (True, 9), (True, 0)}


@POSIX
def test_litter_of_a_run_that_lives_stays(tmp_path: Path) -> None:
    """Two runs that write beside each other do not disturb each other."""
    with files._own(tmp_path, Path.mkdir) as draft:
        write_file(tmp_path / "report.txt", b"new")
        assert draft.exists()
    (tmp_path / ".logdiag-0123abcd").write_bytes(b"of a dead one")
    (tmp_path / ".logdiag-notes").write_bytes(b"of somebody else")
    write_file(tmp_path / "report.txt", b"new")
    assert names(tmp_path) == [".logdiag-notes", "report.txt"]


def test_refuses_a_named_log(tmp_path: Path) -> None:
    """A file named as input is not replaced, however it is called."""
    log = tmp_path / "socket-client.txt"
    log.write_bytes(LINE)
    with pytest.raises(InputError, match="is one of the inputs"):
        refuse_inputs([log], find_log_files([str(log)]), [])


@POSIX
def test_refuses_a_log_behind_a_link(tmp_path: Path) -> None:
    """A log inside a directory that was named is not replaced through a link from elsewhere."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "app.log").write_bytes(LINE)
    (tmp_path / "link").symlink_to("logs/app.log")
    with pytest.raises(InputError, match="is one of the inputs"):
        refuse_inputs([tmp_path / "link"], find_log_files([str(tmp_path / "logs")]), [])


def test_allows_a_report_beside_the_logs(tmp_path: Path) -> None:
    """A report of an earlier run beside the logs may be replaced."""
    (tmp_path / "app.log").write_bytes(LINE)
    (tmp_path / "report.md").write_bytes(b"# old\n")
    refuse_inputs([tmp_path / "report.md", tmp_path / "new.log"], find_log_files([str(tmp_path)]), [])


def test_refuses_a_rules_file(tmp_path: Path) -> None:
    """A rules file is not replaced."""
    (tmp_path / "mine.toml").write_bytes(b"")
    with pytest.raises(InputError, match="is one of the inputs"):
        refuse_inputs([tmp_path / "mine.toml"], FoundFiles((), ()), [str(tmp_path / "mine.toml")])
