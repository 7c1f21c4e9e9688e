"""Properties of the whole: nothing is lost, order and date do not matter, nothing makes it crash."""

from __future__ import annotations

import dataclasses
import io
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from logdiag.errors import LogdiagError
from logdiag.ordering import build_timeline
from logdiag.pipeline.stages import Request, Result, diagnose
from logdiag.reading import find_log_files, read_lines
from logdiag.results.diagnosis import Diagnosis
from logdiag.scanning.lines import scan_lines
from logdiag.tables import list_timeline
from tests.effort import examples
from tests.winston import BUILT_IN, DROP, START, at, connect, drop, record, stamp, write

SLOW: Final = examples(10, HealthCheck, long_count=300)
SHORT: Final = examples(4, HealthCheck, long_count=120)
Logs = Mapping[str, Sequence[tuple[float, str]]]


def make_logs(seed: int, *, period_s: float | None = None, drops_count: int = 12) -> Logs:
    """A worker that drops by a timer or by chance, with pushes; each file as (second, line), in order of time."""
    dice = random.Random(seed)  # noqa: S311
    now = 60.0
    client: list[tuple[float, str]] = [(0.5, connect(0.5))]
    pusher: list[tuple[float, str]] = []
    for number in range(drops_count):
        now += period_s + dice.gauss(0, 0.003) if period_s else dice.expovariate(1 / 40) + 2
        seen = round(now, 3)
        client.append((seen, drop(seen)))
        back = round(now + dice.uniform(0.6, 1.5), 3)
        client.append((back, connect(back, number + 1)))
    for number in range(int(now / 20)):
        second = round(dice.uniform(20 * number + 1, 20 * number + 19), 3)
        push = (("Pushing 1 items to Master", 0.0), ("Push completed in 2ms", 0.002))
        pusher += [(second + late, record(at(second + late), text, service="data-pusher")) for text, late in push]
    return {"worker1/socket-client.log": sorted(client), "worker1/data-pusher.log": sorted(pusher)}


def write_logs(folder: Path, logs: Logs, shift: timedelta = timedelta()) -> Path:
    """Write each file, all stamps moved by `shift`."""
    for name, rows in logs.items():
        write(folder / name, [move(line, shift) for _, line in rows])
    return folder


def move(line: str, shift: timedelta) -> str:
    fields = json.loads(line)
    moment = datetime.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S.%f")  # noqa: DTZ007
    return json.dumps({**fields, "timestamp": stamp(moment + shift)}, sort_keys=True, ensure_ascii=False)


def run(*paths: Path, **options: Any) -> Result:
    return diagnose(Request(tuple(map(str, paths)), **options))


def flatten(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every leaf of a diagnosis, with its place."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from flatten(getattr(value, field.name), f"{place}.{field.name}")
    elif isinstance(value, Mapping):
        for key in value:
            yield from flatten(value[key], f"{place}.{key}")
    elif isinstance(value, (tuple, list)):
        yield f"{place}.length", len(value)
        for index, item in enumerate(value):
            yield from flatten(item, f"{place}.{index}")
    else:
        yield place, value


def assert_same(
    left: Diagnosis, right: Diagnosis, *, shift: timedelta = timedelta(), apart: tuple[str, ...] = ()
) -> None:
    """Two diagnoses agree but for `shift` in their times and for the places that hold one of `apart`."""
    wanted = {place: value for place, value in flatten(left) if not any(part in place for part in apart)}
    found = {place: value for place, value in flatten(right) if not any(part in place for part in apart)}
    assert wanted.keys() == found.keys()
    for place, value in wanted.items():
        expected = value + shift if isinstance(value, datetime) else value
        if isinstance(expected, float):
            expected = pytest.approx(expected, rel=1e-3, abs=1e-4)  # a double holds an instant to 0.2 microseconds
        if isinstance(expected, datetime):
            actual = found[place]
            assert isinstance(actual, datetime), place
            assert abs(actual - expected) < timedelta(microseconds=50), place
        else:
            assert found[place] == expected, place


def count_nonblank(folder: Path) -> int:
    return sum(
        bool(line.strip(b" \t\r\x0b\x0c")) for path in folder.rglob("*.log") for line in path.read_bytes().split(b"\n")
    )


PIECES: Final = st.sampled_from(
    [
        connect(1).encode(), drop(2).encode(), drop(2).encode() + connect(3).encode(), record(START, "tick").encode(),
        b"", b" \t", b"garbage", b"{", b"}", b"{}", b"[1]", b"null", b"\0\0", b'{"message":"Disconnected from master"}',
        drop(4).encode()[:40], b"\xef\xbb\xbf" + drop(5).encode(), b'{"a":"\\ud83d"}', b"\x1f\x8b", b"\r", b"\xff\xfe",
        drop(6).encode() + b",", b'{"log":"{}","stream":"x","time":"2025"}',
    ]
)  # fmt: skip


SCRAPS: Final = PIECES | st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b""))
WINDOW: Final = {"since": "2025-11-14 16:00:01", "until": "2025-11-14 16:00:03"}


@SLOW
@given(st.lists(st.lists(SCRAPS, max_size=30), max_size=3), st.booleans())
def test_no_line_is_lost(files: list[list[bytes]], windowed: bool) -> None:
    """Non-blank lines are events, unclassified records or skipped lines; with a window also those outside it."""
    with tempfile.TemporaryDirectory() as name:
        paths = [write(Path(name) / "good.log", [connect(0), drop(1)])]
        for number, lines in enumerate(files):
            paths.append(Path(name) / f"x{number}.log")
            paths[-1].write_bytes(b"\n".join([b"{}", *lines]))
        inputs = run(*paths, **(WINDOW if windowed else {})).diagnosis.inputs
        everything = count_nonblank(Path(name))
    assert inputs.lines_count == inputs.events_count + inputs.unclassified_count + inputs.skipped_count
    assert inputs.lines_count + inputs.outside_window_count == everything
    assert inputs.skipped_count == sum(row.count for row in inputs.skipped)
    assert inputs.lines_count == sum(file.lines_count for file in inputs.files)


@SHORT
@given(st.integers(0, 10**6), st.sampled_from([None, 30.0]), st.randoms(use_true_random=False))
def test_order_of_files_never_shows(seed: int, period_s: float | None, dice: random.Random) -> None:
    """Nor into how many parts a log was rotated, what the parts are called, and how often a file is named."""
    logs = make_logs(seed, period_s=period_s)
    with tempfile.TemporaryDirectory() as name:
        whole = write_logs(Path(name) / "a", logs)
        paths: list[Path] = []
        for file, rows in logs.items():
            cut = dice.randrange(1, len(rows) - 1)
            newer_names = [file, file.replace(".log", ".log.1")]
            dice.shuffle(newer_names)
            for part, lines in zip(newer_names, (rows[:cut], rows[cut:]), strict=True):
                paths.append(write(Path(name) / "b" / part, [line for _, line in lines]))
        dice.shuffle(paths)
        one = run(*paths, paths[0]).diagnosis
        two = run(*sorted(paths)).diagnosis
        assert_same(one, two, apart=(".inputs.paths",))
        places = (".inputs.paths", ".inputs.files", ".file", ".line", "evidence", "worst_incident")
        assert_same(run(whole / "worker1").diagnosis, run(*paths).diagnosis, apart=places)


@SHORT
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_order_of_lines_of_equal_time_in_different_files_never_shows(seed: int, dice: random.Random) -> None:
    """A push at the very millisecond of a drop is the same finding whichever file is read first."""
    logs = {name: list(rows) for name, rows in make_logs(seed).items()}
    for second, line in [row for row in logs["worker1/socket-client.log"] if DROP in row[1]][::3]:
        del line
        text = record(at(second), "Pushing 1 items to Master", service="data-pusher")
        logs["worker1/data-pusher.log"].append((second, text))
    logs["worker1/data-pusher.log"].sort()
    names = dice.sample(["a.log", "z.log", "m.log"], 2)
    found = []
    with tempfile.TemporaryDirectory() as name:
        for turn, order in enumerate((names, names[::-1])):
            renamed = dict(zip((f"worker1/{part}" for part in order), logs.values(), strict=True))
            found.append(run(write_logs(Path(name) / str(turn), renamed) / "worker1").diagnosis)
    assert_same(found[0], found[1], apart=(".inputs.", ".file", "evidence", "worst_incident"))


@SHORT
@given(st.integers(0, 10**6), st.sampled_from([None, 30.0, 47.0]), st.integers(-3000, 9000))
@example(1, 30.0, 1)
def test_shift_of_all_times_shifts_the_findings_and_nothing_else(seed: int, period_s: float | None, days: int) -> None:
    """By whole days, which leave the clock times as they are."""
    logs, shift = make_logs(seed, period_s=period_s), timedelta(days=days)
    with tempfile.TemporaryDirectory() as name:
        before = run(write_logs(Path(name) / "a", logs) / "worker1").diagnosis
        after = run(write_logs(Path(name) / "b", logs, shift) / "worker1").diagnosis
    apart = (".inputs.paths", ".path", ".file", ".phase_s", ".text")
    assert_same(before, after, shift=shift, apart=apart)


@SHORT
@given(st.integers(0, 10**6), st.sampled_from([None, 30.0]))
def test_timeline_is_unchanged_by_the_analysis(seed: int, period_s: float | None) -> None:
    """After all analyzers the timeline is what the events alone give; a second run gives the same diagnosis."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_logs(Path(name), make_logs(seed, period_s=period_s))
        result, again = run(folder), run(folder)
        files = find_log_files([str(folder)]).files
        events = [event for file in files for event in scan_lines(file, read_lines(file), BUILT_IN).events]
    assert list_timeline(result.timeline) == list_timeline(build_timeline(events).rows)
    assert result.diagnosis == again.diagnosis


GARBAGE: Final = st.binary(max_size=2000) | st.lists(PIECES, max_size=30).map(b"\n".join)
MAGIC: Final = st.sampled_from(
    [b"", b"\x1f\x8b", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]
)


@examples(50, HealthCheck)
@given(MAGIC, GARBAGE, st.booleans())
def test_any_bytes_are_a_result_or_an_error_for_the_user(magic: bytes, garbage: bytes, windowed: bool) -> None:
    """Never a crash, from a file or from standard input."""
    options: dict[str, Any] = {"around": "1m"} if windowed else {}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x.log"
        path.write_bytes(magic + garbage)
        with suppress(LogdiagError):
            run(Path(name), **options)
        with suppress(LogdiagError):
            diagnose(Request(("-",), **options), stdin=io.BytesIO(magic + garbage))


VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS: Final = st.sampled_from(
    [
        "level", "message", "msg", "time", "timestamp", "service", "name", "workerId", "hostname", "v", "data", "code",
        "startTime", "log", "stream", "reason", "description", "context", "metadata", "type", "process_id", "app_name",
    ]
)  # fmt: skip
HINTS: Final = st.sampled_from(
    [DROP, "Connected to master", "Push failed: ", "2025-11-14 16:00:00.000", 1_763_136_000_000, "error"]
)


@examples(50, HealthCheck)
@given(st.lists(st.dictionaries(KEYS, HINTS | VALUES, max_size=8), max_size=12))
def test_any_records_are_a_result_or_an_error_for_the_user(records: list[dict[str, Any]]) -> None:
    """Any type under any key that a dialect knows."""
    with tempfile.TemporaryDirectory() as name:
        path = write(Path(name) / "x.log", [json.dumps(fields) for fields in records])
        try:
            inputs = run(path).diagnosis.inputs
        except LogdiagError:
            return
        assert inputs.lines_count == len(records)
        assert inputs.lines_count == inputs.events_count + inputs.unclassified_count + inputs.skipped_count
