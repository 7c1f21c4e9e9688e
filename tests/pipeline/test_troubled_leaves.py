"""People come and go in a server's log; and five failures that look like it at first sight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict
from tests.folding import each
from tests.winston import at, record, write

Lines = Iterator[tuple[float, str, dict[str, object]]]
HOURS_S: Final = 4 * 3600.0
AWAY: Final = {"code": 1001, "reason": "going away"}
CLOSED: Final = {"code": 1000, "reason": ""}


def visit(number: int, user: str, opened_s: float, closed_s: float, end: dict[str, object]) -> Lines:
    """One session in the server's log."""
    who = {"socketId": f"Zk3{number:05d}xQ", "userId": user}
    yield opened_s, "client connected", dict(who)
    yield closed_s, "client disconnected", {**who, **end}


def visitors(seed: int = 7, count: int = 240, end: dict[str, object] | None = None) -> Lines:
    """Forty people who come and go over four hours, for a while each; some load their page anew."""
    random = Random(seed)  # noqa: S311  no secret
    for number in range(count):
        opened_s = random.uniform(5, HOURS_S)
        closed_s = opened_s + random.lognormvariate(5.5, 1.0)
        user = f"user-{random.randrange(40)}"
        how = end or (AWAY if number % 4 else CLOSED)
        yield from visit(number, user, opened_s, closed_s, how)
        if number % 30 == 0:
            yield from visit(9_000 + number, user, closed_s + 0.8, closed_s + random.uniform(90, 900), how)


def diagnose_lines(folder: Path, *parts: Lines) -> Diagnosis:
    """What a server's log says of these."""
    rows = sorted((row for part in parts for row in part), key=lambda row: row[0])
    lines = [record(at(0), "Server listening on 3000", "info", service="hub")]
    for moment_s, message, fields in rows:
        level = str(fields.pop("level", "info"))
        lines.append(record(at(moment_s), message, level, service="hub", **fields))
    write(folder / "hub.log", lines)
    return diagnose(Request((str(folder),))).diagnosis


@each(
    "end",
    [AWAY, CLOSED, {"code": 1005, "reason": ""}, {"reason": "client namespace disconnect"}, {"reason": "page unload"}],
    ids=["going away", "normal", "without a code", "disconnect()", "page unload"],
)
def test_people_who_say_that_they_leave_are_no_incident(tmp_path: Path, end: dict[str, object]) -> None:
    """Whoever loads the page anew is back in 0.8 s, others after an hour or never: nobody was without connection."""
    got = diagnose_lines(tmp_path, visitors(end=end))
    assert (got.verdict, len(got.minded)) == (Verdict.HEALTHY, 0)
    assert not any(one.availability_ratio is not None and one.availability_ratio < 0.99 for one in got.connections)


def on_a_beat() -> Lines:
    """Twelve screens that all end by `transport close` each 30 s, and are back at once."""
    for screen in range(12):
        for beat in range(60):
            opened_s = 100.0 + 30.0 * beat + 1.3 + 0.01 * screen
            yield from visit(
                100_000 + 100 * screen + beat,
                f"screen-{screen}",
                opened_s,
                opened_s + 28.7,
                {"reason": "transport close"},
            )


def at_one_moment() -> Lines:
    """Thirty open sockets that are closed with 1001 within half a second, without a word of a stop; all are back."""
    for place in range(30):
        yield from visit(200_000 + place, f"desk-{place}", 300.0 + 7.0 * place, 7_200.0 + 0.016 * place, AWAY)
        yield from visit(300_000 + place, f"desk-{place}", 7_202.0 + 0.1 * place, 14_000.0 + 13.0 * place, AWAY)


def after_errors() -> Lines:
    """Ninety sockets that the server closes with 1000 right behind an exception; their users stay away."""
    random = Random(3)  # noqa: S311  no secret
    for number in range(90):
        opened_s = random.uniform(5, HOURS_S)
        closed_s = opened_s + random.lognormvariate(5.0, 1.0)
        yield closed_s - 0.004, "Unhandled exception in order handler: price is null", {"level": "error"}
        yield from visit(400_000 + number, f"buyer-{number % 45}", opened_s, closed_s, CLOSED)


def again_and_again() -> Lines:
    """One worker that says goodbye a hundred times and is back at once."""
    random = Random(5)  # noqa: S311  no secret
    opened_s = 60.0
    for number in range(100):
        closed_s = opened_s + random.uniform(60, 200)
        yield from visit(500_000 + number, "worker-7", opened_s, closed_s, {"reason": "client namespace disconnect"})
        opened_s = closed_s + random.uniform(0.5, 3)


def all_made_anew() -> Lines:
    """Fifteen screens whose own code closes the socket with 1000 and opens the next one at once."""
    random = Random(11)  # noqa: S311  no secret
    for screen in range(15):
        opened_s = 60.0 + screen
        for number in range(20):
            closed_s = opened_s + random.uniform(60, 900)
            yield from visit(600_000 + 100 * screen + number, f"screen-{screen}", opened_s, closed_s, CLOSED)
            opened_s = closed_s + random.uniform(0.05, 2)


@pytest.mark.parametrize(
    ("fault", "least_count"),
    [(on_a_beat, 700), (at_one_moment, 30), (after_errors, 85), (again_and_again, 95), (all_made_anew, 250)],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_what_only_looks_like_leaving_stays_an_incident(tmp_path: Path, fault: object, least_count: int) -> None:
    """Beside people who come and go, and alone: a beat, a moment, an error before, a loop, a client made anew."""
    assert callable(fault)
    for folder, others in ((tmp_path / "beside", visitors()), (tmp_path / "alone", iter(()))):
        got = diagnose_lines(folder, fault(), others)
        assert got.verdict is Verdict.INCIDENT, folder.name
        assert len(got.minded) >= least_count, folder.name
