"""People come and go in a server's log; and five failures that look like it at first sight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Final

import pytest

from logdiag.analyzers.findings.announced_restarts import DEPLOY
from logdiag.pipeline.stages import Request, diagnose
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.finding_ids import STOPPED_COMING
from logdiag.verdict import Severity, Verdict
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


LEFT: Final[dict[str, object]] = {"reason": "client disconnect"}
CUT: Final[dict[str, object]] = {"reason": "ping timeout"}
TURN_S: Final = 1_800.0
DAY_S: Final = 12 * 3600.0


def sensors(
    count: int = 40,
    *,
    last_turn: Mapping[int, int] = MappingProxyType({}),
    how: Mapping[tuple[int, int], dict[str, object]] = MappingProxyType({}),
) -> Lines:
    """Sensors that wake up every half an hour, deliver and leave within seconds; `how` some visits end otherwise."""
    random = Random(13)  # noqa: S311  no secret
    for sensor in range(count):
        phase_s = random.uniform(10, TURN_S - 60)
        for turn in range(int(DAY_S / TURN_S)):
            if turn > last_turn.get(sensor, turn):
                break
            opened_s = phase_s + turn * TURN_S + random.uniform(-8, 8)
            end = how.get((sensor, turn), LEFT)
            stay_s = 45.0 if end is CUT else random.choice((2.0, 3.0, 4.0))
            yield from visit(1_000 * sensor + turn, f"soil-{sensor:04d}", opened_s, opened_s + stay_s, end)


def test_sensors_that_come_and_go_on_their_own_timer_are_no_incident(tmp_path: Path) -> None:
    """All visits last 2 to 4 s, which is no limit; nor are five keep-alives that ran out, of sensors back in time."""
    odd: dict[tuple[int, int], dict[str, object]] = {
        (3, 4): CUT,
        (9, 20): CUT,
        (17, 11): CUT,
        (25, 16): CUT,
        (33, 7): CUT,
    }
    hows: list[tuple[str, dict[tuple[int, int], dict[str, object]]]] = [("clean", {}), ("odd", odd)]
    for name, how in hows:
        got = diagnose_lines(tmp_path / name, sensors(how=how))
        assert (got.verdict, len(got.minded)) == (Verdict.HEALTHY, 0), name


def test_sensors_of_a_fleet_of_which_half_comes_no_more_show_no_health(tmp_path: Path) -> None:
    """Each has said goodbye, but twenty of forty miss the second half of the day."""
    got = diagnose_lines(tmp_path, sensors(last_turn=dict.fromkeys(range(20), 11)))
    assert got.verdict is Verdict.INCONCLUSIVE
    assert [one.numbers["count"] for one in got.findings if one.id == STOPPED_COMING] == [20]


def one_site() -> Lines:
    """Fifteen desks of one site that stay open and are all given up within 25 s; nobody is back that day."""
    for desk in range(15):
        yield from visit(700_000 + desk, f"porto-{desk}", 60.0 + 9 * desk, 9_000.0 + 1.7 * desk, CUT)
    for other in range(20):
        yield from visit(710_000 + other, f"faro-{other}", 70.0 + 11 * other, 14_300.0 + 400.0 * (other % 9), LEFT)


def sensors_of_one_site() -> Lines:
    """Fifteen of forty sensors lose their line for two hours: each of their visits then ends by the keep-alive."""
    return sensors(how={(sensor, turn): CUT for sensor in range(15) for turn in range(8, 12)})


def sensors_of_one_site_for_a_turn() -> Lines:
    """Fifteen of forty sensors lose their line for half an hour: one visit of each."""
    return sensors(how={(sensor, 9): CUT for sensor in range(15)})


def at_a_minute_of_age() -> Lines:
    """A public chat of which everybody is cut off without a close frame 60 s after the connect; few come again soon."""
    random = Random(17)  # noqa: S311  no secret
    for number in range(200):
        opened_s = random.uniform(5, HOURS_S)
        end = {"code": 1006, "reason": "abnormal closure"}
        yield from visit(800_000 + number, f"guest-{number % 90}", opened_s, opened_s + random.gauss(60.0, 0.05), end)


@pytest.mark.parametrize(
    ("fault", "least_count"),
    [(one_site, 15), (sensors_of_one_site, 50), (sensors_of_one_site_for_a_turn, 10), (at_a_minute_of_age, 190)],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_what_only_looks_like_a_timer_of_the_clients_own_stays_an_incident(
    tmp_path: Path, fault: object, least_count: int
) -> None:
    """One site that is dropped, be it of sensors, and a public chat that nobody uses for longer than a minute."""
    assert callable(fault)
    got = diagnose_lines(tmp_path, fault())
    assert got.verdict is Verdict.INCIDENT
    assert len(got.minded) >= least_count


def couriers() -> Lines:
    """Forty couriers of one instance that closes their sockets with 1012 bit by bit; each has a new one within 3 s."""
    random = Random(19)  # noqa: S311  no secret
    for courier in range(40):
        closed_s = 5_400.0 + random.uniform(0.2, 40.0)
        for session, start_s, end_s, word in (
            (f"b0{courier:02d}7e", 60.0 + 40 * courier, closed_s, "moved away"),
            (f"9e{courier:02d}d2", closed_s + random.uniform(1, 3), 10_800.0 + 30 * courier, "offline"),
        ):
            code = "1012 (SERVICE_RESTART, please reconnect)" if word == "moved away" else "1000 (NORMAL, shift over)"
            yield start_s, f"courier {400 + courier} online session={session}", {}
            yield end_s, f"courier {400 + courier} {word} session={session} close={code}", {}


def test_who_is_moved_away_with_the_code_of_a_restart_and_replaced_at_once_meets_a_deploy(tmp_path: Path) -> None:
    """The code says that the server restarts, whenever its stop was logged; who goes off shift has left."""
    got = diagnose_lines(tmp_path, couriers())
    counts = {one.id: one.numbers["count"] for one in got.findings if one.id in {DEPLOY, "departures"}}
    assert (got.verdict, counts) == (Verdict.HEALTHY, {DEPLOY: 40, "departures": 40})
    assert not [one for one in got.findings if one.severity is not Severity.INFO]


def test_who_is_moved_away_and_never_replaced_meets_no_deploy(tmp_path: Path) -> None:
    """Nobody comes in place of those that the restart sent away."""
    gone = (row for row in couriers() if "9e" not in row[1])
    assert diagnose_lines(tmp_path, gone).verdict is Verdict.INCIDENT
