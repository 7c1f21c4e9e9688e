"""The watch: what grows is told at once, what it means as soon as it is analysed, and the end is what diagnose says."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.errors import InputError
from logdiag.pipeline.stages import diagnose
from logdiag.reading import Spool
from logdiag.renderers.json import render_json
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.observation import Notice, NoticeKind
from logdiag.watching.analyses import Analyst, Cadence
from logdiag.watching.watch import Watch
from tests.cli.conftest import list_drops, write_lines
from tests.effort import examples


def settle(watch: Watch) -> list[Notice]:
    """All notices until everything that grew is analysed."""
    notices = list(watch.look(is_listing_due=True))
    while not watch.is_analysed:
        notices += watch.look(is_listing_due=True)
    return notices


def count_seconds() -> Callable[[], float]:
    """A clock on which an hour passes from look to look, so that no analysis has to wait for its turn."""
    ticks = itertools.count(0, 3600)
    return lambda: float(next(ticks))


def write_json(diagnosis: Diagnosis) -> str:
    return render_json(diagnosis, generated_at=datetime(2026, 1, 1, tzinfo=UTC), version="0")


def read_drops(tmp_path: Path, count: int) -> list[bytes]:
    path = tmp_path / "drops" / "socket-client.log"
    write_lines(path, list(list_drops(count)))
    return path.read_bytes().splitlines(keepends=True)


def test_lines_patterns_and_predictions_are_told_as_they_come(tmp_path: Path) -> None:
    """The line at the first look at it, the pattern once it is significant, the prediction and what becomes of it."""
    lines = read_drops(tmp_path, 10)
    log = tmp_path / "logs" / "socket-client.log"
    log.parent.mkdir()
    log.write_bytes(b"".join(lines[:5]))
    watch = Watch(Request((str(log.parent),)), None, count_seconds())
    assert NoticeKind.LINE not in {notice.event for notice in settle(watch)}
    with log.open("ab") as file:
        file.write(lines[5])
    (first, *_) = watch.look()
    assert first.line is not None
    assert (first.event, first.line.kind, first.line.evidence.line) == (NoticeKind.LINE, "disconnected", 6)
    with log.open("ab") as file:
        file.writelines(lines[6:19])
    events = [notice.event for notice in settle(watch)]
    assert {NoticeKind.PATTERN, NoticeKind.FINDING, NoticeKind.PREDICTION} <= set(events)
    assert events.count(NoticeKind.LINE) == 13
    assert len(watch.outlook.predictions) == 1
    with log.open("ab") as file:
        file.writelines(lines[19:])
    assert NoticeKind.CAME_TRUE in [notice.event for notice in settle(watch)]
    assert watch.outlook.came_true_count == 1
    assert watch.outlook.lines_count == 16
    watch.stop()


def test_routine_is_told_only_if_asked_for(tmp_path: Path) -> None:
    """A heartbeat is news to nobody."""
    for is_complete, count in ((False, 0), (True, 1)):
        log = tmp_path / str(is_complete) / "socket-client.log"
        write_lines(log, [])
        watch = Watch(Request((str(log),)), None, count_seconds(), is_complete=is_complete)
        write_lines(log, [(1.0, "debug", "Sent message: worker:heartbeat")])
        assert [notice.event for notice in settle(watch)].count(NoticeKind.LINE) == count
        watch.stop()


def test_side_of_a_line_is_that_of_the_whole_log(tmp_path: Path) -> None:
    """Words that either side may use are told as those of the side that the analysis found."""
    log = tmp_path / "hub.log"
    crowd = [(float(n), "info", f"socket connected {n:020d}") for n in range(12)]
    write_lines(log, crowd)
    watch = Watch(Request((str(log),)), None, count_seconds())
    settle(watch)
    write_lines(log, [*crowd, (20.0, "info", f"socket disconnected {1:020d}")])
    kinds = [notice.line.kind for notice in settle(watch) if notice.line is not None]
    assert kinds == ["server-disconnected"]
    watch.stop()


class Chunks(io.BytesIO):
    """A stream that comes in pieces of the sizes given, the last of them again and again."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        super().__init__(data)
        self._sizes = itertools.chain(sizes, itertools.repeat(sizes[-1]))

    def read(self, size: int | None = -1, /) -> bytes:
        del size
        return super().read(next(self._sizes))


@examples(2, long_count=40)  # each takes up to fourteen analyses, each in a process of its own
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=5))
def test_a_log_fed_in_any_chunks_ends_with_the_very_diagnosis(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    """Of diagnose on the same input, byte for byte."""
    data = b"".join(read_drops(tmp_path_factory.mktemp("logs"), 9))
    request = Request(("-",))
    with closing(Spool(Chunks(data, sizes))) as spool:
        watch = Watch(request, spool, count_seconds())
        spool.start()
        while not spool.is_ended:
            spool.wait(10.0)
            list(watch.look())
        settle(watch)
        watch.stop()
        with spool.open() as stdin:
            report = diagnose(watch.request, stdin=stdin).diagnosis
    expected = diagnose(request, stdin=io.BytesIO(data)).diagnosis
    assert write_json(report) == write_json(expected)
    assert watch.diagnosis is not None
    assert write_json(watch.diagnosis) == write_json(expected)


@examples(2, long_count=40)  # each takes up to fourteen analyses, each in a process of its own
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 900)), min_size=1, max_size=12))
def test_files_that_grow_in_any_chunks_end_with_the_very_diagnosis(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]]
) -> None:
    """Of diagnose on the finished folder, byte for byte: two logs in turn, cut anywhere, each line told once."""
    folder = tmp_path_factory.mktemp("logs")
    lines = read_drops(folder, 12)
    texts = [b"".join(lines[:14]), b"".join(lines[14:])]
    logs = [folder / "grown" / f"{name}.log" for name in ("socket-client", "worker")]
    logs[0].parent.mkdir()
    watch = Watch(Request((str(folder / "grown"),)), None, count_seconds(), is_complete=True)
    notices: list[Notice] = []
    for place, size in [*steps, (0, len(texts[0])), (1, len(texts[1]))]:
        with logs[place].open("ab") as file:
            file.write(texts[place][:size])
        texts[place] = texts[place][size:]
        notices += watch.look(is_listing_due=True)
    notices += settle(watch)
    watch.stop()
    assert [notice.event for notice in notices].count(NoticeKind.LINE) == len(lines)
    assert watch.diagnosis is not None
    assert write_json(watch.diagnosis) == write_json(diagnose(Request((str(folder / "grown"),))).diagnosis)


def test_a_log_that_was_rotated_is_reported_whole(tmp_path: Path) -> None:
    """A named file that was renamed meanwhile counts with what took its name."""
    lines = read_drops(tmp_path, 9)
    log = tmp_path / "socket-client.log"
    log.write_bytes(b"".join(lines[:9]))
    watch = Watch(Request((str(log),)), None, count_seconds())
    settle(watch)
    log.rename(tmp_path / "socket-client.log.1")
    log.write_bytes(b"".join(lines[9:]))
    notices = settle(watch)
    watch.stop()
    assert NoticeKind.FILE_ROTATED in {notice.event for notice in notices}
    assert watch.diagnosis is not None
    assert len(watch.diagnosis.disconnects) == 9
    assert diagnose(watch.request).diagnosis == watch.diagnosis


def test_a_long_stream_is_reported_from_what_is_kept(tmp_path: Path) -> None:
    """And that its beginning is left out is said."""
    data = b"".join(read_drops(tmp_path, 40))
    with closing(Spool(io.BytesIO(data), limit_bytes=len(data) // 2)) as spool:
        watch = Watch(Request(("-",)), spool, count_seconds())
        spool.start()
        while not spool.is_ended:
            spool.wait(10.0)
        (notice,) = (one for one in settle(watch) if one.event is NoticeKind.INPUT_CUT)
        watch.stop()
    assert notice.dropped_bytes == watch.outlook.dropped_bytes > 0
    assert watch.diagnosis is not None
    assert 8 <= len(watch.diagnosis.disconnects) <= 21


def test_what_cannot_be_read_yet_is_waited_for(tmp_path: Path) -> None:
    """An empty folder has no diagnosis; a path that is not there is refused."""
    watch = Watch(Request((str(tmp_path),)), None, count_seconds())
    assert settle(watch) == []
    assert watch.diagnosis is None
    write_lines(tmp_path / "socket-client.log", list(list_drops(3)))
    assert NoticeKind.FILE_NEW in {notice.event for notice in settle(watch)}
    assert watch.diagnosis is not None
    watch.stop()
    with pytest.raises(InputError):
        Watch(Request((str(tmp_path / "nowhere"),)), None, count_seconds())


def test_analyses_take_a_tenth_of_the_time_at_most() -> None:
    """After one that took two seconds comes a rest of eighteen; after a short one a rest of the shortest time."""
    cadence = Cadence(least_s=1.0)
    assert cadence.is_due(0.0)
    cadence.note(10.0, 12.0)
    assert not cadence.is_due(29.9)
    assert cadence.is_due(30.0)
    cadence.note(30.0, 30.01)
    assert not cadence.is_due(31.0)
    assert cadence.is_due(31.01)


def test_a_fault_of_an_analysis_is_reported() -> None:
    """Where it can be: by whoever collects the analysis."""

    def fail(on_progress: Callable[[int, int], None]) -> None:
        on_progress(0, 0)
        raise ZeroDivisionError

    analyst = Analyst(fail, count_seconds())
    assert analyst.start(0.0)
    analyst.stop()
    with pytest.raises(ZeroDivisionError):
        analyst.collect()
