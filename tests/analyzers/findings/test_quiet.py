"""Since when no connection has dropped any more, and what that is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from logdiag.analyzers.findings.quiet import find_quiet
from logdiag.results.disconnects import Disconnect, Quiet
from logdiag.results.inputs import InputFile
from logdiag.results.patterns import PatternKind
from tests.analyzers.cases import at, drop_of, session
from tests.renderers.example import build_example


def _drops(*seconds: float, connection: str = "worker1", **fields: Any) -> list[Disconnect]:
    known: dict[str, Any] = {"outage_s": 1.2, **fields}
    return [
        drop_of(session(second, connection=connection), number, **known) for number, second in enumerate(seconds, 1)
    ]


def _quiet(drops: list[Disconnect], end: float) -> Quiet:
    found = find_quiet(drops, (), (), at(end))
    assert found is not None
    return found


def _file(connection: str, last: datetime) -> InputFile:
    return InputFile(f"{connection}/a.log", connection, "a", 1, 1, 0, at(0), last)


EVERY_MINUTE = [60.0 * n for n in range(1, 12)]


def test_seven_minutes_without_a_drop_after_one_a_minute_are_telling() -> None:
    """Ten intervals in 600 s, none in 420 s: (600 / 1020)^10, 0.5 %; one in 140 s stays possible."""
    quiet = _quiet(_drops(*EVERY_MINUTE), 660.0 + 420.0)
    assert (quiet.since, quiet.quiet_s, quiet.interval_before_s, quiet.least_interval_s) == (
        at(660),
        420.0,
        60.0,
        140.0,
    )
    assert quiet.no_drop_probability == pytest.approx((600 / 1020) ** 10)
    assert quiet.is_telling


def test_three_minutes_are_not() -> None:
    """(600 / 780)^10 is 7 %: longer than the drops were apart, but nothing to go by."""
    quiet = _quiet(_drops(*EVERY_MINUTE), 660.0 + 180.0)
    assert quiet.no_drop_probability == pytest.approx((600 / 780) ** 10)
    assert (quiet.is_telling, quiet.is_long) == (False, True)


def test_bursts_need_a_longer_quiet() -> None:
    """Eleven drops in three bursts 300 s apart are three moments of trouble, not eleven."""
    bursts = [300.0 * burst + 2 * n for burst in range(3) for n in range(4)]
    assert not _quiet(_drops(*bursts), bursts[-1] + 420.0).is_telling


def test_a_fleet_that_drops_together_drops_once() -> None:
    """Three workers that drop within a second, three times, are three moments: two intervals say little."""
    drops = [drop for name in ("a", "b", "c") for drop in _drops(60.0, 120.0, 180.0, connection=name)]
    assert _quiet(drops, 600.0).no_drop_probability == pytest.approx((120 / 540) ** 2)


def test_beats_that_did_not_come_are_counted() -> None:
    """Of a clock whose ten beats all came, fourteen in a row stay away: (1 / 12)^14."""
    known = build_example().patterns[0]
    beat = replace(known, id="P9", kind=PatternKind.TIMER, period_s=60.0, explained_count=10, missed_beats_count=0)
    drops = _drops(*EVERY_MINUTE[:10], pattern=beat.id)
    found = find_quiet(drops, [beat], (), at(600 + 14.5 * 60))
    assert found is not None
    assert found.no_drop_probability == pytest.approx((1 / 12) ** 14)


def test_a_client_that_is_still_down_is_not_quiet() -> None:
    """Its last disconnect had no reconnect: it cannot drop again."""
    drops = _drops(*EVERY_MINUTE)
    drops[-1] = _drops(EVERY_MINUTE[-1], outage_s=None)[0]
    assert find_quiet(drops, (), (), at(3600)) is None


def test_a_log_that_ends_says_nothing_of_later() -> None:
    """The client's own log ends 100 s after its last drop, whatever others write later."""
    found = find_quiet(_drops(*EVERY_MINUTE), (), [_file("worker1", at(760)), _file("other", at(9000))], at(9000))
    assert found is not None
    assert found.quiet_s == 100.0


def test_few_faults_and_orderly_stops_have_no_rate() -> None:
    """Two faults, and stops that the process announced, foretell nothing."""
    stops = _drops(*EVERY_MINUTE, remarks=("orderly",))
    assert find_quiet(_drops(60.0, 120.0), (), (), at(3600)) is None
    assert find_quiet(stops, (), (), at(3600)) is None


def test_the_time_of_a_stop_is_no_quiet() -> None:
    """A process that was stopped from 700 s to 9000 s, and ran until then and for 60 s since, was quiet for 100 s."""
    stop = _drops(700.0, outage_s=8300.0, remarks=("orderly",))
    assert _quiet(_drops(*EVERY_MINUTE) + stop, 9060.0).quiet_s == pytest.approx(100.0)


def test_a_stop_to_the_end_of_the_logs_is_no_quiet() -> None:
    """One of two processes left in order 40 s after the last fault: in the mean they ran for half the hours since."""
    left = _drops(*EVERY_MINUTE) + _drops(700.0, remarks=("orderly",), outage_s=None)
    back = _drops(*EVERY_MINUTE, connection="worker2")
    assert _quiet(left + back, 9000.0).quiet_s == pytest.approx(((700.0 - 660.0) + (9000.0 - 660.0)) / 2)
