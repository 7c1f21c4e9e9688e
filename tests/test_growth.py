"""Files that grow: every line once, with its number, whatever those who rotate logs do."""

from __future__ import annotations

import gzip
import io
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
    import os  # noqa: PLC0415  for this alone

    os.utime(older, (1, 1))
    follower = begin(log)
    assert follower.list_paths() == (str(log),)
    log.rename(log.with_name("app.log.1"))
    assert follower.list_paths() == (str(log.with_name("app.log.1")),)
    append(log, "first\n")
    append(log.with_name("app.log.1"), "three\n")
    assert sorted(look(follower)) == ["1:first", "3:three"]
    assert follower.list_paths() == (str(log), str(log.with_name("app.log.1")))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(("write", "look", "rename", "copy")), st.integers(1, 4)), max_size=14))
def test_each_line_comes_once(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]) -> None:
    """However writes, looks and rotations follow each other."""
    folder = tmp_path_factory.mktemp("logs")
    log, written, seen, rotations = folder / "app.log", 0, list[str](), 0
    append(log, "")
    follower = begin(folder)
    for step, count in steps:
        if step == "write":
            for _ in range(count):
                written += 1
                append(log, f"{written} {'x' * written**2}\n")  # no two contents of one size or beginning
        elif step == "look":
            seen += look(follower)
        else:
            seen += look(follower)
            rotations += 1
            aside = folder / f"app.log.{rotations}"
            if step == "rename":
                log.rename(aside)
                append(log, "")
            else:
                shutil.copy(log, aside)
                log.write_bytes(b"")
    seen += look(follower)
    assert sorted(int(line.partition(" ")[0].partition(":")[2]) for line in seen) == list(range(1, written + 1))


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
