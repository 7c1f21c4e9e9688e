"""All lines near given moments, without reading all of a log."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from logdiag.reading import find_log_files, read_lines
from logdiag.scanning.cells import Window, estimate_lines, list_cells, merge_windows, read_within
from logdiag.scanning.lines import scan_lines
from logdiag.scanning.neighbourhoods import Neighbour, read_neighbourhoods
from tests.winston import BUILT_IN, at, drop, record, scan, write


def read(folder: Path, *windows: tuple[float, float]) -> list[Neighbour]:
    files = find_log_files([str(folder)]).files
    scans = [scan_lines(file, read_lines(file), BUILT_IN) for file in files]
    return list(read_neighbourhoods(scans, merge_windows(Window(at(start), at(end)) for start, end in windows)))


def test_windows_merge_where_they_touch() -> None:
    """In order, without overlaps, whatever the order of the input."""
    given = [Window(at(5), at(6)), Window(at(0), at(2)), Window(at(2), at(3)), Window(at(1), at(1.5))]
    assert merge_windows(given) == [Window(at(0), at(3)), Window(at(5), at(6))]
    assert merge_windows([]) == []


def test_neighbour_is_a_template_with_its_place(tmp_path: Path) -> None:
    """Known to a rule or not."""
    write(tmp_path / "here" / "x.log", [record(at(0), "tick 7", "debug"), drop(1)])
    first, second = read(tmp_path / "here", (0, 1))
    place = (tmp_path / "here" / "x.log").as_posix()
    assert first == Neighbour(at(0), "here", "x", "debug", "tick <n>", place, 1, is_service_stated=False)
    assert (second.service, second.line) == ("socket-client", 2)


def test_lines_of_a_service_share_one_text_of_its_name(tmp_path: Path) -> None:
    """A fleet has tens of thousands of them in memory at once."""
    write(tmp_path / "here" / "x.log", [drop(0), drop(1)])
    first, second = read(tmp_path / "here", (0, 1))
    assert first.service is second.service


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress], ids=["plain", "gz", "zst"]
)
def test_every_line_within_the_windows_and_no_other(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Ends included, however the file is stored and wherever the marks are."""
    seconds = [number / 2 for number in range(6000)]
    body = write(tmp_path / "src.txt", (record(at(second), "tick") for second in seconds)).read_bytes()
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x.log").write_bytes(pack(body))
    windows = ((0, 1), (249, 251), (700, 701.4), (702, 702), (2999, 4000))
    found = read(tmp_path / "logs", *windows)
    expected = [second for second in seconds if any(start <= second <= end for start, end in windows)]
    assert [neighbour.time for neighbour in found] == [at(second) for second in expected]
    assert [neighbour.line for neighbour in found] == [int(second * 2) + 1 for second in expected]


def test_only_lines_near_the_windows_are_read(tmp_path: Path) -> None:
    """The cost grows with the windows, not with the log."""
    found = scan(write(tmp_path / "x.log", (record(at(second), "tick") for second in range(20_000))))
    windows = [Window(at(2600), at(2700)), Window(at(18_000), at(18_001))]
    numbers = [number for number, _ in read_within(found, windows)]
    assert {*range(2601, 2702), *range(18_001, 18_003)} <= set(numbers)
    assert len(numbers) < 103 + 200
    assert estimate_lines(list_cells(found), windows) == pytest.approx(103, rel=0.05)


def test_an_estimate_stops_where_it_has_passed_what_is_asked(tmp_path: Path) -> None:
    """A bound that is passed ends the count above it; one that is not passed changes nothing."""
    found = scan(write(tmp_path / "x.log", (record(at(second), "tick") for second in range(20_000))))
    cells, windows = list_cells(found), [Window(at(0), at(20_000))]
    whole = estimate_lines(cells, windows)
    assert 1_000 < estimate_lines(cells, windows, 1_000) < whole
    assert estimate_lines(cells, windows, whole) == whole


def test_lines_slightly_out_of_order_are_found(tmp_path: Path) -> None:
    """Two streams into one file overtake each other by moments, also across a mark."""
    seconds = [second + (1.5 if second % 2 else 0) for second in range(12_000)]
    write(tmp_path / "x.log", (record(at(second), "tick") for second in seconds))
    mark = scan(tmp_path / "x.log").marks[2].line.number
    for middle in (mark - 1, mark, mark + 1, 1000):
        expected = sorted(second for second in seconds if middle - 3 <= second <= middle + 3)
        assert (
            sorted((one.time - at(0)).total_seconds() for one in read(tmp_path, (middle - 3, middle + 3))) == expected
        )


def test_joined_files_are_searched_whole(tmp_path: Path) -> None:
    """Where times jump back no mark can be trusted."""
    seconds = [*range(5000, 9000), *range(100, 4100)]
    write(tmp_path / "x.log", (record(at(second), "tick") for second in seconds))
    found = read(tmp_path, (150, 152), (5700, 5701))
    assert sorted(one.time for one in found) == [at(second) for second in (150, 151, 152, 5700, 5701)]


def test_tail_after_the_last_event_is_found(tmp_path: Path) -> None:
    """A file without any event, whose last line is cut off, has neighbours to its end."""
    path = write(tmp_path / "x.log", (record(at(second), "tick") for second in range(700)))
    path.write_bytes(path.read_bytes() + b'{"level":"in')
    assert [one.time for one in read(tmp_path, (698, 800))] == [at(698), at(699)]


def test_copies_are_read_once(tmp_path: Path) -> None:
    """By content: winston's X-error.log, or error.log beside combined.log; what stands in one alone is kept."""
    for whole, copy in (("X.log", "X-error.log"), ("combined.log", "error.log")):
        folder = tmp_path / whole
        error = record(at(1), "boom", "error")
        write(folder / whole, [record(at(0), "tick"), error, error])
        write(folder / copy, [error, error, record(at(2), "only here", "error")])
        found = [(Path(one.file).name, one.line) for one in read(folder, (0, 9))]
        assert found == [(whole, 1), (whole, 2), (whole, 3), (copy, 3)]


def test_the_same_line_of_another_folder_is_no_copy(tmp_path: Path) -> None:
    """Two workers may say the same at once."""
    for name in ("a", "b"):
        write(tmp_path / name / "x.log", [drop(1)])
    assert [one.source for one in read(tmp_path, (0, 9))] == ["a", "b"]


def test_bad_lines_have_no_neighbours(tmp_path: Path) -> None:
    """What was skipped is passed over; two objects on a line are two."""
    write(tmp_path / "x.log", ["", "garbage", "\0" * 9 + drop(1), drop(2) + drop(3), '{"message":"x"}'])
    assert [one.line for one in read(tmp_path, (0, 9))] == [3, 4, 4]


def test_files_outside_the_windows_are_not_opened(tmp_path: Path) -> None:
    """A file that ended long before is left closed, and one without a stamp too."""
    early = scan(write(tmp_path / "x.log", [drop(0)]))
    none = scan(write(tmp_path / "y.log", ["garbage"]))
    (tmp_path / "x.log").unlink()
    (tmp_path / "y.log").unlink()
    assert list(read_neighbourhoods([early, none], [Window(at(100), at(200))])) == []
