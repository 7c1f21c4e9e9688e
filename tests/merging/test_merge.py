"""Many files, one stream: in order, complete, each line once, in bounded memory."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.merging import merge as merging
from logdiag.merging.entries import Account, Entry
from logdiag.merging.merge import EntrySource, merge_entries
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.rule_files import load_rules
from logdiag.reading import find_log_files
from tests.effort import examples

START = datetime(2025, 11, 14, 16, 25, tzinfo=UTC)
RULES = load_rules()
Row = tuple[float, str]


def write_log(path: Path, rows: Iterable[Row], service: str | None = None) -> None:
    """Write winston lines: seconds after START and a message."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for second, message in rows:
        stamp = (START + timedelta(seconds=second)).isoformat(timespec="milliseconds")
        record = {"level": "info", "message": message, "timestamp": stamp} | ({"service": service} if service else {})
        lines.append(json.dumps(record) + "\n")
    data = "".join(lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def merge(folder: Path) -> tuple[list[Entry], Account]:
    account = Account()
    files = find_log_files([str(folder)]).files
    return list(merge_entries(files, EntrySource(RULES, find_layouts(files), account), account)), account


def messages(entries: Sequence[Entry]) -> list[str]:
    return [entry.message for entry in entries]


def test_files_are_merged_by_time(tmp_path: Path) -> None:
    """Lines of several files come in the order of their times, each with its place."""
    write_log(tmp_path / "a.log", [(0, "a0"), (2, "a2"), (4, "a4")])
    write_log(tmp_path / "b.log", [(1, "b1"), (3, "b3")])
    entries, account = merge(tmp_path)
    assert messages(entries) == ["a0", "b1", "a2", "b3", "a4"]
    assert [(Path(entry.evidence.file).name, entry.evidence.line) for entry in entries[:3]] == [
        ("a.log", 1), ("b.log", 1), ("a.log", 2),
    ]  # fmt: skip
    assert (account.lines_count, account.records_count, account.late_count) == (5, 5, 0)


def test_rotated_parts_follow_each_other(tmp_path: Path) -> None:
    """Rotated and compressed parts come in the order of the times inside, also where a boundary shares an instant."""
    write_log(tmp_path / "a.log", [(20, "new"), (21, "newer")])
    write_log(tmp_path / "a.log.1", [(10, "mid"), (20, "mid-last")])
    write_log(tmp_path / "a.log.2.gz", [(0, "old"), (10, "old-last")])
    entries, _ = merge(tmp_path)
    assert messages(entries) == ["old", "old-last", "mid", "mid-last", "new", "newer"]
    assert [entry.order_unknown for entry in entries] == [False, True, True, True, True, False]


def test_equal_stamps_keep_the_order_of_their_file(tmp_path: Path) -> None:
    """Lines of one instant come as they stand in their file; between files the order is marked as unknown."""
    write_log(tmp_path / "a.log", [(0, "a1"), (0, "a2"), (1, "a3"), (1, "a4")])
    write_log(tmp_path / "b.log", [(0, "b1")])
    entries, _ = merge(tmp_path)
    assert messages(entries) == ["a1", "a2", "b1", "a3", "a4"]
    assert [entry.order_unknown for entry in entries] == [True, True, True, False, False]


def test_copies_are_told_once(tmp_path: Path) -> None:
    """A line that winston also wrote to X-error.log is told once, from X.log; what stands twice in X.log stays."""
    write_log(tmp_path / "w" / "a.log", [(0, "twice"), (0, "twice"), (1, "once")], service="a")
    write_log(tmp_path / "w" / "a-error.log", [(0, "twice"), (1, "once"), (2, "only here")], service="a")
    entries, account = merge(tmp_path)
    assert messages(entries) == ["twice", "twice", "once", "only here"]
    assert [Path(entry.evidence.file).name for entry in entries] == ["a.log"] * 3 + ["a-error.log"]
    assert account.duplicates_count == 2
    assert not any(entry.order_unknown for entry in entries)


def test_equal_lines_of_two_workers_are_two(tmp_path: Path) -> None:
    """The same line in two folders is two lines, whose order is unknown."""
    for name in ("w1", "w2"):
        write_log(tmp_path / name / "a.log", [(0, "same")])
    entries, account = merge(tmp_path)
    assert [entry.connection for entry in entries] == ["w1", "w2"]
    assert (account.duplicates_count, [entry.order_unknown for entry in entries]) == (0, [True, True])


def test_small_disorder_is_mended(tmp_path: Path) -> None:
    """A line that stands a few lines from its place is put there, also at the head of a file."""
    write_log(tmp_path / "a.log", [(5, "a5"), (3, "a3"), (4, "a4"), (9, "a9"), (8, "a8")])
    write_log(tmp_path / "b.log", [(n + 0.5, f"b{n}") for n in range(10)])
    entries, account = merge(tmp_path)
    assert [entry.time for entry in entries] == sorted(entry.time for entry in entries)
    assert account.late_count == 0


def test_what_comes_too_late_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line further from its place than the buffer reaches is told where it is read, and marked."""
    monkeypatch.setattr(merging, "REORDERED_LINES", 3)
    monkeypatch.setattr(merging, "OPENING_LINES", 1)
    write_log(tmp_path / "a.log", [(n, f"a{n}") for n in range(8)] + [(2.5, "straggler"), (9, "a9")])
    entries, account = merge(tmp_path)
    assert [entry.message for entry in entries if entry.late] == ["straggler"]
    assert sorted(messages(entries)) == sorted([*(f"a{n}" for n in range(8)), "straggler", "a9"])
    assert account.late_count == 1
    assert account.first_late is not None
    assert account.first_late.line == 9


def test_exactly_as_far_as_the_buffer_reaches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line three lines behind its place is mended by a buffer of three, one four behind is not."""
    monkeypatch.setattr(merging, "REORDERED_LINES", 3)
    for count, late in ((3, 0), (4, 1)):
        write_log(tmp_path / str(count) / "a.log", [(n, "x") for n in range(1, count + 1)] + [(0, "late?"), (9, "y")])
        entries, account = merge(tmp_path / str(count))
        assert account.late_count == late
        assert len(entries) == count + 2


def test_lines_without_a_place_in_time_are_counted(tmp_path: Path) -> None:
    """What has no stamp is left out with reason and place; blank lines count nowhere."""
    write_log(tmp_path / "a.log", [(0, "a")])
    with (tmp_path / "a.log").open("ab") as file:
        file.write(b'\n   \nplain\n{"message":"no stamp"}\n{"cut\n')
    entries, account = merge(tmp_path)
    assert messages(entries) == ["a"]
    assert account.lines_count == 4
    assert {reason: (told.count, told.first.line) for reason, told in account.skipped.items()} == {
        "not a JSON object": (1, 4),
        "no usable time stamp": (1, 5),
        "cut off": (1, 6),
    }


def test_events_carry_what_their_rule_extracted(tmp_path: Path) -> None:
    """A line that a rule knows has its kind, the side that says such a thing, and its fields; another has none."""
    write_log(tmp_path / "socket-client.log", [(0, "Disconnected from master: transport close"), (1, "whatever")])
    known, unknown = merge(tmp_path)[0]
    assert (known.kind, known.side, dict(known.fields)) == ("disconnected", "client", {"reason": "transport close"})
    assert (unknown.kind, unknown.side, dict(unknown.fields)) == (None, None, {})


def test_files_are_opened_when_their_time_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of files that follow each other, only two are open at once; the buffers never hold more than their bound."""
    monkeypatch.setattr(merging, "REORDERED_LINES", 5)
    for part in range(20):
        write_log(tmp_path / f"a.log.{20 - part}", [(100 * part + n, f"{part}-{n}") for n in range(30)])
    asked: list[tuple[str, int]] = []
    plain = merging.read_entries

    def watch(file: object, lines: object, source: EntrySource) -> Iterable[merging.PendingEntry]:
        for item in plain(file, lines, source):  # type: ignore[arg-type]
            asked.append((item.entry.evidence.file, item.entry.evidence.line))
            yield item

    files = find_log_files([str(tmp_path)]).files
    monkeypatch.setattr(merging, "read_entries", watch)
    stream = merge_entries(files, EntrySource(RULES, find_layouts(files), Account()), Account())
    next(stream)
    openings = 20 * 30  # each file has fewer lines than are looked at for its first instant
    assert len(asked) - openings <= 2 * (5 + 2)
    rest = list(stream)
    assert len(rest) == 20 * 30 - 1


@examples(60)
@given(
    files=st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=1, max_size=4),
    depth=st.integers(2, 20),
)
def test_every_line_is_told_once(files: list[list[int]], depth: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the files hold: nothing is lost, what is not marked late is in order, ties are marked."""
    folder = tmp_path_factory.mktemp("logs")
    for index, seconds in enumerate(files):
        write_log(folder / f"s{index}.log", [(second, f"{index}-{n}") for n, second in enumerate(seconds)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "REORDERED_LINES", depth)
        entries, account = merge(folder)
    wanted = [f"{index}-{n}" for index, seconds in enumerate(files) for n in range(len(seconds))]
    assert sorted(messages(entries)) == sorted(wanted)
    in_time = [entry.time for entry in entries if not entry.late]
    assert in_time == sorted(in_time)
    assert account.late_count == sum(entry.late for entry in entries)
    if depth >= 12:
        assert account.late_count == 0
        for entry in entries:
            files_then = {other.evidence.file for other in entries if other.time == entry.time}
            assert entry.order_unknown is (len(files_then) > 1)


def test_the_fast_search_tells_the_same_events(tmp_path: Path) -> None:
    """Lines mean the same however they are searched for what may be an event."""
    said = [
        "Connected to master",
        "Queue size: 12",
        "Disconnected: transport close",
        "一切正常",
        "已断开 worker-1",
        "a\x00b",
    ]
    write_log(tmp_path / "a.log", list(enumerate(said * 3)))
    files = find_log_files([str(tmp_path)]).files
    sources = [EntrySource(RULES, find_layouts(files), Account(), is_large=is_large) for is_large in (False, True)]
    slow, fast = (
        [(entry.kind, entry.message) for entry in merge_entries(files, source, source.account)] for source in sources
    )
    assert slow == fast
    assert {kind for kind, _ in slow} >= {"connected", "disconnected", None}


def test_what_is_not_shown_is_not_understood(tmp_path: Path) -> None:
    """Of an entry that is not asked for nobody finds out what it means; it is counted as ever."""
    write_log(tmp_path / "a.log", [(0, "Connected to master"), (1, "Disconnected: transport close")])
    files = find_log_files([str(tmp_path)]).files
    account = Account()
    source = EntrySource(RULES, find_layouts(files), account, may_show=lambda entry: entry.message.startswith("Dis"))
    assert [entry.kind for entry in merge_entries(files, source, source.account)] == [None, "disconnected"]
    assert account.records_count == 2
