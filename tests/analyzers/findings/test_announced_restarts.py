"""Restarts that the server announced, and that everybody was soon back from."""

from __future__ import annotations

from dataclasses import replace

from logdiag.analyzers.findings.announced_restarts import DEPLOY, soften_announced
from logdiag.analyzers.findings.findings import DISCONNECTS
from logdiag.results.causes import Finding
from logdiag.results.disconnects import Disconnect
from logdiag.verdict import Severity
from tests.analyzers.cases import drop_of, session

DROPS = tuple(drop_of(session(60.0 * n, reason="service restart"), n) for n in range(1, 4))
FOUND = (Finding(DISCONNECTS, Severity.WARNING, {"count": 3}, ()), Finding("departures", Severity.INFO, {}, ()))


def test_where_all_disconnects_were_announced_they_are_a_note() -> None:
    """It has the longest outage; other findings stay as they are."""
    noted, other = soften_announced(FOUND, DROPS, {1: 3.0, 2: 3.4, 3: 2.0})
    assert (noted.severity, noted.numbers) == (
        Severity.INFO,
        {"count": 3, "announced_s": 3.4, "renamed_count": None},
    )
    assert other is FOUND[1]


def test_one_disconnect_that_was_not_keeps_the_warning() -> None:
    """What ended otherwise is no part of a restart in order; nor does a log without ends tell of one."""
    assert soften_announced(FOUND, DROPS, {1: 3.0, 2: 3.4}) == FOUND
    assert soften_announced(FOUND, (), {}) == FOUND


def deploy(stopped_count: int, *minutes: float) -> str:
    """The id of the finding, of one client that these announced restarts met."""
    drops = tuple(drop_of(session(60.0 * one, reason="service restart"), n) for n, one in enumerate(minutes))
    return soften_announced(FOUND, drops, dict.fromkeys(range(len(drops)), 2.0), stopped_count)[0].id


def test_one_round_of_restarts_is_no_incident() -> None:
    """Two servers stop one after the other, and a client moves twice; of a client's log alone one is known."""
    assert [deploy(2, 5, 6.5), deploy(0, 5)] == [DEPLOY, DEPLOY]


def test_restarts_that_come_again_are_an_incident() -> None:
    """A server that stops twice while a client looks on is in a loop; and so is one that stops each hour."""
    assert [deploy(1, 5, 6.5), deploy(2, 5, 65)] == [DISCONNECTS, DISCONNECTS]


def renamed(stopped_count: int, *rounds: tuple[float, float]) -> str:
    """The id of the finding, of rounds of ends, each at a minute, of clients that were up since another minute."""
    drops: list[Disconnect] = []
    for closed, opened in rounds:
        for _ in range(3):
            index = len(drops)
            one = replace(session(60.0 * closed, reason="going away"), connection=f"guest{index}")
            drops.append(drop_of(one, index, session_s=60.0 * (closed - opened), outage_s=None))
    return soften_announced(FOUND, drops, dict.fromkeys(range(len(drops)), 2.0), stopped_count)[0].id


def test_clients_that_no_name_knows_again_move_once() -> None:
    """In one round, or in one a server, or where those of a later round had been up through the round before."""
    rounds = (5, 0), (6, 5.1)
    assert [renamed(1, (5, 0)), renamed(2, *rounds), renamed(1, (5, 0), (6, 1))] == [DEPLOY, DEPLOY, DEPLOY]
    assert renamed(1, *rounds) == DISCONNECTS


def test_people_whom_one_deploy_sent_home_come_back_when_they_like() -> None:
    """The server was off for 7 s; some were back at once, others after hours: no fault, where it happened once."""
    people = tuple(drop_of(session(60.0 + n, connection=f"u{n}", reason="service restart"), n) for n in range(1, 4))
    mixed = soften_announced(FOUND, people, {1: 3.0}, 1, {2: 6.8, 3: 6.9})[0]
    assert (mixed.id, mixed.numbers["late_count"], mixed.numbers["announced_s"]) == (DEPLOY, 2, 6.9)
    hourly = tuple(drop_of(session(3600.0 * n, connection=f"u{n}", reason="service restart"), n) for n in range(1, 4))
    assert soften_announced(FOUND, hourly, {1: 3.0}, 1, {2: 6.8, 3: 6.9}) == FOUND
