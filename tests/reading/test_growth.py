"""Files that grow: every line once, with its number, whatever those who rotate logs do."""

from __future__ import annotations

import gzip
import io
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdiag.reading import Change, Follower, Spool, is_seekable


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)


def look(follower: Follower) -> list[str]:
    """The new lines of a look, each behind its number."""
    follower.find()
    return [
        f"{grown.line + place}:{line.decode()}" for grown in follower.follow() for place, line in enumerate(grown.lines)
    ]


def list_changes(follower: Follower) -> list[tuple[str, Change]]:
    return [(Path(grown.file.path).name, grown.change) for grown in follower.follow() if grown.change is not None]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "app.log"
    path.parent.mkdir()
    append(path, "one, with a head of its own\ntwo\n")
    return path


def begin(*paths: Path) -> Follower:
    follower = Follower([str(path) for path in paths])
    follower.find()
    return follower


def test_what_is_there_at_first_is_passed_over(log: Path) -> None:
    """Lines are numbered as in the file, and a line counts once it has its end."""
    append(log, "thr")
    follower = begin(log)
    assert look(follower) == []
    append(log, "ee\nfo")
    assert look(follower) == ["3:three"]
    append(log, "ur\r\n")
    assert look(follower) == ["4:four"]


def test_a_renamed_file_is_read_to_its_end_under_its_new_name(log: Path) -> None:
    """What has its old name then is another file, which is read from its beginning."""
    follower = begin(log.parent)
    append(log, "three\n")
    log.rename(log.with_name("app.log.1"))
    append(log, "first\n")
    assert sorted(look(follower)) == ["1:first", "3:three"]
    assert look(follower) == []
    append(log, "second\n")
    assert look(follower) == ["2:second"]


def test_a_copy_that_copytruncate_leaves_is_not_read_again(log: Path) -> None:
    """Whether it is seen before the file begins anew or after."""
    follower = begin(log.parent)
    append(log, "three\n")
    assert look(follower) == ["3:three"]
    append(log, "four\n")
    shutil.copy(log, log.with_name("app.log.1"))
    log.write_bytes(b"")
    append(log, "first\n")
    assert sorted(look(follower)) == ["1:first", "4:four"]
    assert look(follower) == []


def test_a_file_that_begins_anew_is_read_anew(log: Path) -> None:
    """Also where it has grown beyond its old length meanwhile, which its first bytes tell."""
    follower = begin(log)
    log.write_text("another\n" * 20, encoding="utf-8")
    changes = list(follower.follow())
    assert changes[0].change is Change.TRUNCATED
    assert sum(len(grown.lines) for grown in changes) == 20


def test_new_files_of_a_folder_are_read_from_their_beginning(log: Path) -> None:
    """They are named when they come; what is packed is not followed."""
    follower = begin(log.parent)
    append(log.with_name("other.log"), "hello\n")
    log.with_name("old.log.gz").write_bytes(gzip.compress(b"packed\n"))
    follower.find()
    assert list_changes(follower) == [("other.log", Change.NEW), ("old.log.gz", Change.NEW)]
    append(log.with_name("other.log"), "again\n")
    assert look(follower) == ["2:again"]


def test_what_is_rotated_away_from_a_named_file_stays_among_the_paths(log: Path) -> None:
    """Not what lay beside it before; and a name that nobody has at the moment is left out."""
    older = log.with_name("app.log.9")
    older.write_text("old\n", encoding="utf-8")
    os.utime(older, (1, 1))
    follower = begin(log)
    assert follower.list_paths() == (str(log),)
    log.rename(log.with_name("app.log.1"))
    assert follower.list_paths() == (str(log.with_name("app.log.1")),)
    append(log, "first\n")
    append(log.with_name("app.log.1"), "three\n")
    assert sorted(look(follower)) == ["1:first", "3:three"]
    assert follower.list_paths() == (str(log), str(log.with_name("app.log.1")))


def rewrite(path: Path, text: str) -> None:
    """Empty a file and write it anew, faster than anybody looks."""
    path.write_text(text, encoding="utf-8", newline="")


BANNER = "> node worker.js --and-so-on" * 10 + "\n"  # longer than what is kept of a beginning


def test_what_is_rewritten_at_once_with_the_same_beginning_is_read_anew(tmp_path: Path) -> None:
    """Although it is no shorter than before: what stood before the place where reading stopped is gone."""
    log = tmp_path / "app.log"
    rewrite(log, BANNER + "one\ntwo\n")
    follower = begin(log)
    rewrite(log, BANNER + "1st\n2nd\n3rd\n")
    changes = list(follower.follow())
    assert changes[0].change is Change.TRUNCATED
    assert [line for grown in changes for line in grown.lines[1:]] == [b"1st", b"2nd", b"3rd"]


def test_a_text_that_is_written_again_is_not_told_again(log: Path) -> None:
    """Whether it was caught empty, halfway or not at all: once it is back, what follows is new."""
    whole = log.read_text(encoding="utf-8")
    for caught in ("", whole[:20], whole):
        follower = begin(log)
        rewrite(log, caught)
        assert look(follower) == []
        rewrite(log, whole + "three\n")
        assert look(follower) == ["3:three"]
        rewrite(log, whole)


def test_what_only_begins_as_before_is_read_at_the_second_look(log: Path) -> None:
    """One look is given to a text that may be on its way back; then it counts as another."""
    follower = begin(log)
    rewrite(log, log.read_text(encoding="utf-8")[:-4])
    assert look(follower) == []
    assert look(follower) == ["1:one, with a head of its own"]


def test_a_copy_that_is_caught_halfway_is_not_read_again(log: Path) -> None:
    """A large log takes longer to copy than the time between two looks."""
    whole = log.read_text(encoding="utf-8")
    for size in (0, 20):
        follower = begin(log.parent)
        copy = log.with_name(f"app.log.{size + 1}")
        rewrite(copy, whole[:size])
        assert look(follower) == []
        append(copy, whole[size:])
        assert look(follower) == []


def test_a_copy_is_known_where_the_log_has_the_same_beginning_and_more_already(tmp_path: Path) -> None:
    """It holds what was read before the log began anew, not a part of what is read since."""
    log = tmp_path / "app.log"
    rewrite(log, BANNER + "one\n")
    follower = begin(tmp_path)
    shutil.copy(log, tmp_path / "app.log.1")
    rewrite(log, BANNER + "1st\n2nd\n")
    told = [line for _ in range(3) for line in look(follower)]
    assert [line for line in told if "node" not in line] == ["2:1st", "3:2nd"]


def test_a_number_that_a_new_file_inherits_is_no_sign(log: Path) -> None:
    """What is deleted leaves its inode to the next file: its name or another, text or not."""
    packed = log.with_name("app.log.1")
    packed.write_bytes(gzip.compress(b"old\n"))
    follower = begin(log.parent)
    for path in (log, packed):
        states = [path.stat().st_ino]
        path.unlink()
        append(path, f"{path.name}\n" * 40)
        states.append(path.stat().st_ino)
        assert [line.partition(":")[2] for line in look(follower)] == [path.name] * 40, states


def test_files_that_come_and_go_between_two_looks_are_read(log: Path) -> None:
    """Beside a named file too: a log may be rotated twice while nobody looks."""
    log.with_name("app.log.9").write_text("old\n", encoding="utf-8")
    os.utime(log.with_name("app.log.9"), (1, 1))
    follower = begin(log)
    append(log, "three\n")
    log.rename(log.with_name("app.log.2"))
    append(log, "between\n")
    log.rename(log.with_name("app.log.1"))
    append(log, "last\n")
    assert sorted(look(follower)) == ["1:between", "1:last", "3:three"]
    append(log.with_name("app.log.2"), "late\n")
    assert look(follower) == ["4:late"]
    assert set(follower.list_paths()) == {str(log), *(str(log.with_name(f"app.log.{place}")) for place in (1, 2))}


def test_a_number_that_a_rotated_file_inherits_is_no_sign(log: Path) -> None:
    """Where others write too, what was deleted leaves its inode to a later file, rotated before anybody looked."""
    follower = begin(log)
    log.unlink()
    append(log.with_name("stranger"), "holds the number for a while")
    append(log, "three\n")
    log.with_name("stranger").unlink()
    assert look(follower) == ["1:three"]
    for place, words in enumerate(("between", "last")):
        log.rename(log.with_name(f"app.log.{place}"))
        append(log, f"{words}\n")
    assert sorted(look(follower)) == ["1:between", "1:last"]


STEPS = ("write", "look", "rename", "copy", "swap", "delete", "rewrite", "other", "stranger")


class Rotation:
    """Writes numbered lines into a log and does with it what those who rotate logs do."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log, self.written = folder, folder / "app.log", list[int]()
        append(self.log, BANNER + "\n")

    def write(self, path: Path, count: int) -> None:
        for number in range(len(self.written) + 1, len(self.written) + count + 1):
            append(path, f"{number} {'x' * number}\n")
            self.written.append(number)

    def rename(self, place: int, count: int) -> None:
        self.log.rename(self.folder / f"app.log.{place}")
        append(self.log, BANNER)
        self.write(self.log, count)

    def rewrite(self, count: int) -> None:
        rewrite(self.log, BANNER)
        self.write(self.log, count)

    def delete(self, place: int, count: int) -> None:
        self.log.unlink()
        if count % 2:  # the next of the log's files does not get its number, a later one does
            append(self.folder / f"stranger-{place}", "")
        self.rewrite(count)

    def take(self, step: str, place: int, count: int) -> None:
        match step:
            case "write":
                self.write(self.log, count)
            case "rename" | "swap":
                for turn in range(2 if step == "swap" else 1):
                    self.rename(place + turn, count)
            case "copy":
                shutil.copy(self.log, self.folder / f"app.log.{place}")
                rewrite(self.log, BANNER + " " * place + "\n")  # no two of one size within a tick: nothing tells them
            case "delete":
                self.delete(place, count)
            case "rewrite":
                self.rewrite(count)
            case "other":
                self.write(self.folder / f"other-{place}.log", count)
            case "leave":
                for stranger in self.folder.glob("stranger-*"):
                    stranger.unlink()


STEPS = ("write", "look", "rename", "copy", "swap", "delete", "rewrite", "other", "leave")
LOOKED_BEFORE = {"look", "delete", "rewrite"}  # what nobody saw is gone with the other two


@settings(max_examples=60)
@given(st.booleans(), st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 4)), max_size=14))
def test_each_line_comes_once(
    tmp_path_factory: pytest.TempPathFactory, is_named: bool, steps: list[tuple[str, int]]
) -> None:
    """However writes, looks and rotations follow each other, in a folder and of a named file."""
    rotation, seen = Rotation(tmp_path_factory.mktemp("logs")), list[str]()
    follower = begin(rotation.log if is_named else rotation.folder)
    for number, (step, count) in enumerate(steps, start=1):
        if step in LOOKED_BEFORE:
            seen += [line for _ in range(3) for line in look(follower)]
        if step != "other" or not is_named:
            rotation.take(step, 2 * number, count)
    seen += [line for _ in range(3) for line in look(follower)]
    told = [int(line.partition(":")[2].partition(" ")[0]) for line in seen if line.endswith("x")]
    assert sorted(told) == rotation.written


def fill(spool: Spool) -> list[bytes]:
    """The lines of a stream, read to its end."""
    spool.start()
    lines: list[bytes] = []
    while not spool.is_ended:
        spool.wait(10.0)
        lines += [line for grown in spool.follow() for line in grown.lines]
    return lines + [line for grown in spool.follow() for line in grown.lines]


def test_a_stream_is_kept_whole_up_to_its_bound() -> None:
    """It can be read again from its beginning, as a log that is text."""
    text = b"".join(b"line %d\n" % number for number in range(1000))
    spool = Spool(io.BytesIO(text))
    assert fill(spool) == text.splitlines()
    with spool.open() as kept:
        assert kept.read() == text
    assert is_seekable(spool.file)
    assert spool.dropped_bytes == 0
    spool.close()


def test_of_a_longer_stream_the_last_half_is_kept() -> None:
    """From the beginning of a line on, and what was let go is counted."""
    text = b"".join(b"line %07d\n" % number for number in range(50_000))
    spool = Spool(io.BytesIO(text), limit_bytes=100_000)
    fill(spool)
    with spool.open() as kept:
        left = kept.read()
    assert 50_000 - 13 <= len(left) <= 100_000
    assert text.endswith(left)
    assert left.startswith(b"line ")
    assert spool.dropped_bytes + len(left) == len(text)
    spool.close()
