"""Numbers that one side tells as sent and the other as received are sizes; others are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from logdiag.events import EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from tests.foreign_apps import Row, name_socket, write_winston
from tests.parsers.lifecycles.samples import learn

SMALL = (300_000, 12_000, 700_000, 40_000)
LARGE = (1_800_000, 1_200_000)


def read(folder: Path, sizes: Sequence[Sequence[int]], sent: str, received: str) -> Diagnosis:
    """One session for each row of sizes, 10 s apart; the last message never arrives, and 30 ms later all is over."""
    client: list[Row] = []
    server: list[Row] = []
    start = 0.0
    for index, row in enumerate(sizes):
        socket = name_socket(index)
        client.append((start + 0.004, {"message": f"connect {socket}"}))
        server.append((start, {"message": f"connect {socket}"}))
        for turn, size in enumerate(row, 1):
            client.append((start + 10 * turn, {"message": sent, "N": size}))
            if turn < len(row):
                server.append((start + 10 * turn + 0.02, {"message": received.format(size=size)}))
        end = start + 10 * len(row) + 0.03
        client.append((end + 0.01, {"message": "disconnect", "reason": "transport close"}))
        server.append((end, {"message": "Disconnected: transport error", "id": socket}))
        start = end + 7.1 + index % 5
    write_winston(folder / "client" / "client.log", client)
    write_winston(folder / "server" / "server.log", server)
    return diagnose(Request((str(folder),))).diagnosis


def list_sizes(*, count: int = 12) -> list[list[int]]:
    """Sessions of one to three small messages and a large one."""
    return [[SMALL[(n + k) % 4] for k in range(1 + n % 3)] + [LARGE[n % 2]] for n in range(count)]


def _asserted(found: Diagnosis) -> list[str]:
    return [cause.id for cause in found.causes if cause.confidence >= 0.5]


@pytest.mark.parametrize(
    ("sent", "received"), [("noop sent", "Received: {size}"), ("sending blob", "got {size} octets")]
)
def test_paired_numbers_are_sizes_that_part_the_dead_from_the_survivors(
    tmp_path: Path, sent: str, received: str
) -> None:
    """Whatever the application calls them."""
    found = read(tmp_path, list_sizes(), sent, received)
    assert _asserted(found) == ["payload-too-large"]
    size = next(check for check in found.causes[0].checks if check.id == "push-size")
    assert (size.numbers["largest_survivor_bytes"], size.numbers["smallest_dead_bytes"]) == (700_000, 1_200_000)


def _count_up(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    numbers = iter(range(5_000, 6_000))
    return [[next(numbers) for _ in row] for row in rows]


@pytest.mark.parametrize(
    ("sizes", "sent", "received"),
    [
        (_count_up(list_sizes()), "order sent", "Received: {size}"),  # numbers of orders
        (list_sizes(), "noop sent", "Received: 77{size}"),  # numbers that do not arrive
        (list_sizes(), "noop planned", "Received: {size}"),  # nothing says that it was sent
        (list_sizes(count=3), "noop sent", "Received: {size}"),  # too few
    ],
)
def test_other_numbers_are_no_sizes(tmp_path: Path, sizes: Sequence[Sequence[int]], sent: str, received: str) -> None:
    """Counters, numbers of one side alone, and words that do not say it."""
    found = read(tmp_path, sizes, sent, received)
    assert "emit" not in {wording.kind for wording in found.inputs.wordings}


def hand_over(folder: Path, sizes: Sequence[Sequence[int]], text: str, *, dies: bool = True) -> Diagnosis:
    """One client's sessions, a row of sizes each, 10 s apart; the last is followed by the end in 60 ms, or in 8 s."""
    rows: list[Row] = []
    start = 0.0
    for index, row in enumerate(sizes):
        rows.append((start, {"message": f"station link is up (sid={name_socket(index)})"}))
        rows += [
            (start + 10 * turn, {"message": text.format(index * 9 + turn, size)}) for turn, size in enumerate(row, 1)
        ]
        end = start + 10 * len(row) + (0.06 if dies else 11.0 + index % 7)
        rows.append((end, {"message": "station link is down: transport close"}))
        start = end + 1.5
    write_winston(folder / "darkroom" / "darkroom.log", rows)
    return diagnose(Request((str(folder),))).diagnosis


def grow(*, count: int = 12) -> list[list[int]]:
    """Sessions of small messages and a large one, no two of one size."""
    return [[size + 1_009 * n for size in row] for n, row in enumerate(list_sizes(count=count))]


@pytest.mark.parametrize("text", ["handing over frame {:05d} ({} bytes)", "frame {:05d} to the lab, {} B"])
def test_what_announces_bytes_is_a_push_where_sizes_part_its_fates(tmp_path: Path, text: str) -> None:
    """In any words, by the client's log alone: above 1.2 MB each was the last word before a disconnect, below none."""
    found = hand_over(tmp_path, grow(), text)
    assert _asserted(found) == ["payload-too-large"]
    assert found.pushes.attempted_count == sum(map(len, grow()))


@pytest.mark.parametrize(
    ("sizes", "text", "dies"),
    [
        (grow(), "handing over frame {:05d} ({} bytes)", False),  # no end follows
        ([row[::-1] for row in grow()], "handing over frame {:05d} ({} bytes)", True),  # the large ones are survived
        (grow(), "frame {:05d} weighs {} grams", True),
        (grow(), "received frame {:05d} ({} bytes)", True),
        (grow(count=3), "handing over frame {:05d} ({} bytes)", True),  # too few
    ],
)
def test_other_numbers_of_a_client_are_no_pushes(
    tmp_path: Path, sizes: Sequence[Sequence[int]], text: str, *, dies: bool
) -> None:
    """Sizes that part nothing, what is no size, what was received, and what chance may part."""
    assert hand_over(tmp_path, sizes, text, dies=dies).pushes.attempted_count == 0


def test_a_line_that_is_the_only_one_of_its_form_is_looked_at_like_the_others(tmp_path: Path) -> None:
    """One size of five digits among those of six: a size as any other."""
    rows: list[tuple[float, str]] = [(5.0, "handing over frame 1 (10000 bytes)")]
    for index in range(12):
        start = 100.0 * index + 10
        rows += [
            (start, f"tether holds, knot {name_socket(index)}"),
            (start + 20, f"handing over frame 2 ({200_000 + index} bytes)"),
            (start + 40, f"handing over frame 3 ({900_000 + index} bytes)"),
            (start + 40.06, "tether slipped: transport close"),
        ]
    assert EventKind.PUSH_STARTED in {rule.kind for rule in learn(tmp_path, rows)}


def test_ends_need_no_reason_to_part_sizes(tmp_path: Path) -> None:
    """A library's words for an end, without any reason of Socket.IO's, tell which announced sizes were the last."""
    rows: list[Row] = []
    start = 0.0
    for index in range(12):
        rows.append((start, {"message": "Engine.IO connection established"}))
        rows += [
            (start + 5.0 * turn + 1, {"message": f"captured frame {600_000 + 7_919 * (index + 9 * turn)} bytes"})
            for turn in range(5)
        ]
        fatal_s = start + 30.0
        rows.append((fatal_s, {"message": f"captured frame {1_002_535 + 41 * index} bytes"}))
        rows.append((fatal_s + 0.04, {"message": "WebSocket connection was closed, aborting"}))
        start = fatal_s + 1.3
    write_winston(tmp_path / "camera.log", rows)
    found = diagnose(Request((str(tmp_path),))).diagnosis
    assert len(found.disconnects) == 12
    assert _asserted(found) == ["payload-too-large"]
