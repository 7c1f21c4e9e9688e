"""Lines of a library that name no socket, beside those of the application that do."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.foreign_apps import Row, name_socket, write_winston


def count_drops(folder: Path, rows: list[Row]) -> int:
    write_winston(folder / "app.log", rows)
    return len(diagnose(Request((str(folder),))).diagnosis.disconnects)


def list_rows(*, own: int, library: int) -> list[Row]:
    """Connections of which the application names the first `own`, and the library tells of the first `library`."""
    rows: list[Row] = []
    for index in range(max(own, library)):
        for moment, does, word in ((index * 30.0, "enters", "open"), (index * 30.0 + 100, "exits", "closed")):
            why = " code=1006" if word == "closed" else ""
            if index < own:
                rows.append((moment + 0.004, {"message": f"guest {name_socket(index)} {does}{why}", "service": "hall"}))
            if index < library:
                rows.append((moment, {"message": f"connection {word}", "service": "websockets.server"}))
    return rows


def test_an_end_told_by_library_and_application_counts_once(tmp_path: Path) -> None:
    """Both loggers tell of ten ends: ten, by their sockets' ids."""
    assert count_drops(tmp_path, list_rows(own=10, library=10)) == 10


def test_ends_that_the_library_alone_tells_are_kept(tmp_path: Path) -> None:
    """Where the application names half of the sockets, the library's lines are no mere echo of them."""
    assert count_drops(tmp_path, list_rows(own=5, library=10)) >= 10


def list_named_rows(count: int, said: str) -> list[Row]:
    """Connections of which the library tells, and beside it the application in `said`, for `who` and `does`."""
    rows: list[Row] = []
    for index in range(count):
        for at, does, word in ((index * 30.0, "connected", "open"), (index * 30.0 + 100, "disconnected", "closed")):
            rows.append((at, {"message": f"connection {word}", "service": "uvicorn.error"}))
            message = said.format(who=f"{0x5AFAA710 + index * 77:x}", does=does)
            rows.append((at + (0.002 if word == "open" else -0.001), {"message": message, "service": "app.ws"}))
    return rows


@pytest.mark.parametrize("said", ["Client {who} {does}, code=1006", "Client {does}"])
def test_the_application_may_name_a_client_or_nobody(said: str, tmp_path: Path) -> None:
    """A `connection closed` of uvicorn's and the application's line are one end, whatever the latter names."""
    assert count_drops(tmp_path, list_named_rows(10, said)) == 10
