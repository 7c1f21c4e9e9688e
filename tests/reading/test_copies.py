"""Copies of logs in other folders count once; what is merely alike counts as what it is."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from logdiag.pipeline.stages import diagnose
from logdiag.reading import Repeats, find_log_files
from logdiag.request import Request
from logdiag.results.inputs import UnreadFile
from tests.effort import count_calls
from tests.winston import connect, drop, write

LINES = [line for n in range(20) for line in (connect(60 * n, n), drop(60 * n + 30))]


def name_read(folder: Path) -> tuple[list[str], list[UnreadFile]]:
    found = find_log_files([str(folder)])
    return [Path(file.path).relative_to(folder).as_posix() for file in found.files], list(found.unread)


def test_a_backup_beside_its_folder_is_left_out_and_named(tmp_path: Path) -> None:
    """Its small files go with the large one; the count of disconnects is that of the original."""
    for folder in ("worker1", "backup/worker1"):
        write(tmp_path / folder / "socket-client.log", LINES)
        write(tmp_path / folder / "app.log", [connect(0)])
    read, unread = name_read(tmp_path)
    assert read == ["worker1/app.log", "worker1/socket-client.log"]
    assert [file.why for file in unread] == ["backup", "backup"]
    assert len(diagnose(Request((str(tmp_path),))).diagnosis.disconnects) == 20


def test_an_earlier_state_of_a_growing_log_is_a_copy_packed_or_not(tmp_path: Path) -> None:
    """What the longer file begins with is in it; how it is packed makes no difference."""
    write(tmp_path / "new/socket-client.log", LINES)
    write(tmp_path / "old/socket-client.log", LINES[:30])
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed/socket-client.log.gz").write_bytes(
        gzip.compress("".join(f"{line}\n" for line in LINES[:25]).encode())
    )
    assert name_read(tmp_path)[0] == ["new/socket-client.log"]


def test_logs_that_are_alike_but_for_a_line_are_two(tmp_path: Path) -> None:
    """Two workers that wrote other lines, and two that wrote one equal line alone, are two."""
    write(tmp_path / "a/socket-client.log", LINES)
    write(tmp_path / "b/socket-client.log", [*LINES[:-1], drop(1_171)])
    write(tmp_path / "c/app.log", [connect(0)])
    write(tmp_path / "d/app.log", [connect(0)])
    assert len(name_read(tmp_path)[0]) == 4


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=4))
def test_of_each_line_as_many_count_as_one_file_has(files: list[list[str]]) -> None:
    """However files of a folder repeat each other, a line counts as often as the file that has it most often holds."""
    repeats = Repeats()
    kept: Counter[str] = Counter()
    for lines in files:
        repeats.begin_file()
        kept.update(line for line in lines if repeats.is_new(line))
    for line in "abc":
        assert kept[line] == max((lines.count(line) for lines in files), default=0)


def test_logs_that_all_begin_alike_cost_no_more_each(tmp_path: Path) -> None:
    """A fleet that starts in one moment writes the same first line into each file: no two need to be compared."""

    def find(count: int) -> None:
        files = find_log_files([str(tmp_path / f"{count}")]).files
        assert len(files) == count

    for count in (40, 160):
        for number in range(count):
            write(tmp_path / f"{count}" / f"worker{number}" / "app.log", [connect(0), drop(number + 1)])
    find(40)  # what is done once in a process
    assert count_calls(find, 160) < 5 * count_calls(find, 40)
