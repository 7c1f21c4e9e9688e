"""Whose log tells of a lifecycle that is learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from logdiag.events import EventKind
from tests.foreign_apps import name_socket
from tests.parsers.lifecycles.samples import learn

CLIENT = {EventKind.CONNECTED, EventKind.DISCONNECTED}
SERVER = {EventKind.SERVER_CONNECTED, EventKind.SERVER_DISCONNECTED}


def _learn(folder: Path, reasons: Sequence[str]) -> set[EventKind]:
    """Sockets that come each 100 s, and end for these reasons."""
    rows = [(100.0 * number, f"berthed {name_socket(number)}") for number in range(len(reasons))]
    rows += [
        (100.0 * number + 70.0, f"cast off {name_socket(number)}: {reason}") for number, reason in enumerate(reasons)
    ]
    return {rule.kind for rule in learn(folder, rows)}


@pytest.mark.parametrize(
    ("reasons", "kinds"),
    [
        (["io server disconnect"] * 2 + ["transport close"] * 4, CLIENT),
        (["server shutting down"] * 2 + ["transport close"] * 4, SERVER),
        (["client namespace disconnect"] * 2 + ["io client disconnect"], SERVER),
        (["transport close"] * 6, SERVER),
    ],
)
def test_reasons_of_one_side_tell_it_and_ids_at_the_end_a_server(
    tmp_path: Path, reasons: list[str], kinds: set[EventKind]
) -> None:
    """When a client learns of its end, Socket.IO has taken the id from its socket."""
    assert _learn(tmp_path, reasons) == kinds


@pytest.mark.parametrize(
    ("life_s", "kinds", "is_sure"), [(70.0, CLIENT, False), (100.9, SERVER, False), (101.1, SERVER, True)]
)
def test_names_of_the_applications_own_leave_the_side_to_be_guessed(
    tmp_path: Path, life_s: float, kinds: set[EventKind], is_sure: bool
) -> None:
    """A client has one connection at a time; where two are open at once for more than a second, it is a server."""
    rows = [(100.0 * number, f"berthed boat-{number + 11}") for number in range(8)]
    rows += [(100.0 * number + life_s, f"cast off boat-{number + 11}: transport close") for number in range(8)]
    assert {rule.kind: rule.is_side_sure for rule in learn(tmp_path, rows)} == dict.fromkeys(kinds, is_sure)
