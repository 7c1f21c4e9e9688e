"""Numbers that one side tells as sent and the other as received are sizes; others are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis
from tests.foreign_apps import Row, name_socket, write_winston

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
