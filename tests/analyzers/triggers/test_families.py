"""Lines that always come together are one trigger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.triggers.counts import place_stamps
from logdiag.analyzers.triggers.families import TriggerCandidate, gather_families
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.analyzers.triggers.moments import build_scene
from logdiag.analyzers.triggers.search import find_triggers
from tests.analyzers.cases import trigger
from tests.analyzers.triggers.lines import draw_spaced, draw_times, lay_drops, lay_lines
from tests.folding import each


def test_lines_of_one_push_are_one_trigger_named_after_the_first() -> None:
    """Four lines within 10 ms of each push are one family; the earliest stands for it."""
    drops = draw_spaced(12, 40)
    pushes = np.concatenate((drops - 0.02, draw_times(13, 20)))
    series = [lay_lines(name, pushes + late) for name, late in (("sent", 0.009), ("pushing", 0.0), ("sending", 0.003))]
    (fit,) = find_triggers([lay_drops(drops)], series)
    assert (fit.line.template, fit.members) == ("pushing", (("service", "sending"), ("service", "sent")))


def test_a_line_that_adds_nothing_to_a_better_one_is_a_companion() -> None:
    """Heartbeats delayed to the moment of a freeze precede disconnects only together with the line that explains it."""
    drops = draw_spaced(14, 30)
    beats = np.concatenate((drops[::2] - 0.004, draw_times(15, 150)))
    fits = find_triggers([lay_drops(drops)], [lay_lines("rebuilt", drops - 0.005), lay_lines("heartbeat", beats)])
    assert [(fit.line.template, fit.role) for fit in fits] == [("rebuilt", "trigger")]
    assert fits[0].companions == (("service", "heartbeat"),)


def _gather(*lines_s: Floats, roles: Sequence[str] = ()) -> tuple[TriggerFit, ...]:
    """Lines of one worker that drops each minute, the strongest first; they precede the drops that are 1 s behind."""
    scene = build_scene(lay_drops(60.0 * np.arange(1, 26, dtype=np.float64)))
    candidates = []
    for rank, times_s in enumerate(lines_s):
        stamps = place_stamps(scene, lay_lines(f"line {rank}", times_s), clock_error_s=0.0)
        preceded = np.flatnonzero(np.isin(scene.moments_s - 1.0, times_s)).astype(np.int64)
        fit = trigger(f"line {rank}", role=roles[rank] if roles else "trigger", median_s=1.0 + 0.1 * rank)
        chances = np.full(scene.moments_s.size, 0.05)
        candidates.append(TriggerCandidate(fit, scene, stamps, times_s, preceded, chances, -90.0 + rank))
    return gather_families(candidates)


def _before(*numbers: int) -> Floats:
    """A second before these drops."""
    return 60.0 * np.array(numbers, dtype=np.float64) - 1.0


@each(("away_count", "members_count"), [(1, 1), (2, 0)])
def test_nine_tenths_of_a_line_s_occurrences_make_it_one_with_another(away_count: int, members_count: int) -> None:
    """Of ten, one may stand apart."""
    rival = np.concatenate([_before(*range(1, 11 - away_count)), 25.0 + 60.0 * np.arange(away_count)])
    (fit,) = _gather(_before(*range(1, 21)), np.sort(rival))
    assert (len(fit.members), len(fit.companions)) == (members_count, 1 - members_count)


@each(("own", "fits_count"), [((21,), 1), ((21, 22), 1), ((21, 22, 23), 2)])
def test_a_line_that_precedes_drops_of_its_own_is_a_trigger_of_its_own(own: tuple[int, ...], fits_count: int) -> None:
    """Where those are too many for chance at one in a hundred: three of five at 5 % each are, two are not."""
    fits = _gather(_before(*range(1, 21)), np.sort(np.concatenate([_before(1, 2, *own), [25.0, 85.0, 145.0]])))
    assert len(fits) == fits_count


@each(
    ("roles", "template"),
    [
        (("trigger", "trigger"), "line 1"),
        (("trigger", "undecided"), "line 0"),
        (("undecided", "trigger"), "line 1"),
        (("trigger", "undecided", "undecided"), "line 2"),
    ],
)
def test_the_first_line_of_the_likelier_role_stands_for_its_family(roles: tuple[str, ...], template: str) -> None:
    """Half of those that always come together are enough; one of three that passed by luck does not speak for them."""
    lines = [_before(*range(1, 21)) for _ in roles]
    (fit,) = _gather(*lines, roles=roles)
    assert (fit.line.template, len(fit.members)) == (template, len(roles) - 1)


def test_triggers_are_told_before_what_is_undecided_and_consequences_last() -> None:
    """Whichever was found first."""
    lines = [_before(1, 2, 3, 4, 5), _before(9, 10, 11, 12, 13), _before(17, 18, 19, 20, 21)]
    fits = _gather(*lines, roles=("consequence", "undecided", "trigger"))
    assert [fit.role for fit in fits] == ["trigger", "undecided", "consequence"]
