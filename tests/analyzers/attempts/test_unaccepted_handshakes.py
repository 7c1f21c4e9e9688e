"""Handshakes that end before a server accepts them, and the errors that its application raises beside them."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.finding_ids import UNACCEPTED


def _line(second: int, word: str, port: int) -> str:
    return f'10.0.0.7:{port} - - [08/Aug/2022:20:{second // 60:02}:{second % 60:02}] "{word} /ws/board/" - -'


def _raise(second: int, words: str) -> str:
    stamp = f"2022-08-08 20:{second // 60:02}:{second % 60:02},582"
    return f"{stamp} ERROR    Exception inside application: {words}\nTraceback (most recent call last):\nKeyError: 1"


def _diagnose(folder: Path, lines: list[str]) -> Diagnosis:
    (folder / "daphne.log").write_text("\n".join(lines) + "\n", "utf-8")
    return diagnose(Request((str(folder),))).diagnosis


def _fail(second: int, port: int) -> list[str]:
    return [_line(second, "WSCONNECTING", port), _line(second, "WSDISCONNECT", port)]


def _accept(second: int, port: int) -> list[str]:
    words = ((0, "WSCONNECTING"), (0, "WSCONNECT"), (7, "WSDISCONNECT"))
    return [_line(second + late, word, port) for late, word in words]


def test_a_handshake_that_was_never_accepted_is_no_disconnect(tmp_path: Path) -> None:
    """Eight fail, two are accepted and end: two ends, and the error that stands beside most of the others."""
    raised = [_raise(100 * number, "Board matching query does not exist.") for number in range(1, 8)]
    failed = [line for number in range(1, 9) for line in _fail(100 * number, 40000 + number)]
    got = _diagnose(tmp_path, [*raised, *_accept(10, 50001), *_accept(30, 50002), *failed])
    (told,) = (one.numbers for one in got.findings if one.id == UNACCEPTED)
    assert (told["count"], told["of_count"], len(got.disconnects)) == (8, 10, 2)
    assert (told["told"], told["told_count"]) == ("Board matching query does not exist", 7)


def test_a_port_that_is_used_again_is_a_handshake_of_its_own(tmp_path: Path) -> None:
    """What failed once on a port takes no end from the socket that is accepted there later."""
    got = _diagnose(tmp_path, [*_fail(5, 50001), *_accept(60, 50001), *_accept(90, 50001)])
    (told,) = (one.numbers for one in got.findings if one.id == UNACCEPTED)
    assert (told["count"], told["told"], len(got.disconnects)) == (1, None, 2)


def test_the_handshake_of_a_connection_is_no_trigger_of_its_end(tmp_path: Path) -> None:
    """Connections that are over within the second in which they came would each have one."""
    ends = [
        _line(60 * number, word, 40000 + number)
        for number in range(1, 31)
        for word in ("WSCONNECTING", "WSCONNECT", "WSDISCONNECT")
    ]
    assert _diagnose(tmp_path, ends).triggers == ()
