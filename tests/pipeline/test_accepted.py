"""Servers that let nobody in, by their own words and the whole of an access log."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.markdown import render_markdown
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict
from tests.winston import at, record, write

PYTHON_REFUSES = "The client is using an unsupported version of the Socket.IO or Engine.IO protocols"
ORIGIN_REFUSED = "http://localhost:3000 is not an accepted origin."


def _write_refusals(folder: Path, reason: str, eio: int, others: str = "") -> None:
    rows = []
    for number in range(30):
        rows.append(reason)
        rows.append(
            f"127.0.0.1 - - [04/Dec/2020 17:{22 + number // 6}:{10 * (number % 6):02}] "
            f'"GET /socket.io/?EIO={eio}&transport=polling&t=x{number} HTTP/1.1" 400 -'
        )
    write(folder / "app" / "flask.log", ['127.0.0.1 - - [04/Dec/2020 17:21:59] "GET / HTTP/1.1" 200 -', *rows, others])


@pytest.mark.parametrize(
    ("eio", "remedy"),
    [
        (4, "The clients are newer"),
        (3, "The server is newer"),
    ],
)
def test_a_server_that_refuses_every_handshake_for_a_stated_reason_is_an_incident(
    tmp_path: Path, eio: int, remedy: str
) -> None:
    """Its own words are the cause; the remedy names the newer side, and no option that its library lacks."""
    _write_refusals(tmp_path, PYTHON_REFUSES, eio)
    got = _diagnose(tmp_path)
    assert (got.verdict, got.is_all_shut_out, [one.id for one in got.asserted]) == (
        Verdict.INCIDENT,
        True,
        ["version-mismatch"],
    )
    (finding,) = got.shut_out
    assert (finding.id, finding.numbers["count"]) == ("all-refused", 30)
    assert str(finding.numbers["last_time"]).endswith("17:26:50+00:00")  # of its access line: the print has no stamp
    text = " ".join(render_markdown(got, version="1").split())
    assert remedy in text
    assert "allowEIO3" not in text


def test_an_origin_that_is_never_accepted_keeps_everybody_out(tmp_path: Path) -> None:
    """The proxy's log shows that nobody else was let in; an origin is no cause of the catalogue."""
    times = [at(4.0 * number) for number in range(30)]
    write(tmp_path / "hub" / "app.log", [record(moment, ORIGIN_REFUSED) for moment in times])
    request = '"GET /socket.io/?EIO=4&transport=polling HTTP/1.1" 400 57 "-" "Mozilla/5.0"'
    write(
        tmp_path / "front" / "access.log", [f"10.0.0.7 - - [{one:%d/%b/%Y:%H:%M:%S +0000}] {request}" for one in times]
    )
    got = _diagnose(tmp_path)
    assert (got.verdict, [one.id for one in got.shut_out], got.asserted) == (Verdict.INCIDENT, ["all-refused"], ())
    assert "cors_allowed_origins" in render_markdown(got, version="1")


@pytest.mark.parametrize("status", [200, 101])
def test_a_handshake_that_was_let_in_leaves_open_whether_anybody_was_shut_out(tmp_path: Path, status: int) -> None:
    """One accepted request beside thirty refused ones: others may live, as the server logs no connect."""
    accepted = f'127.0.0.1 - - [04/Dec/2020 17:29:59] "GET /socket.io/?EIO=3&transport=polling HTTP/1.1" {status} -'
    _write_refusals(tmp_path, PYTHON_REFUSES, 4, accepted)
    got = _diagnose(tmp_path)
    assert (got.verdict, got.doubt and got.doubt.id) == (Verdict.INCONCLUSIVE, "refused-versions")
    finding = next(one for one in got.findings if one.id == "refused-versions")
    assert str(finding.numbers["last_time"]).endswith("17:26:50+00:00")


def test_what_a_server_states_stands_first_where_no_connection_is_told(tmp_path: Path) -> None:
    """Errors that the server names are quoted with their count; they are something to go by."""
    lines = [record(at(second), "[socket.io] client error: transport unknown") for second in range(0, 60, 4)]
    write(tmp_path / "hub" / "app.log", lines)
    got = _diagnose(tmp_path)
    assert (got.verdict, got.doubt and got.doubt.id) == (Verdict.INCONCLUSIVE, "stated-errors")
    assert "transport unknown" in render_markdown(got, version="1")


def _diagnose(folder: Path) -> Diagnosis:
    return diagnose(Request((str(folder),))).diagnosis
