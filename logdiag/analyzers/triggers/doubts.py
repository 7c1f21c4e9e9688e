"""Why a coincidence beyond chance may still be no trigger: echoes, wake-ups, unknown order, one act, long lags."""

from __future__ import annotations

from typing import Final

import numpy as np

from logdiag.analyzers.statistics.arrays import Floats
from logdiag.analyzers.triggers.chance import EPSILON_S
from logdiag.analyzers.triggers.counts import count_followed
from logdiag.analyzers.triggers.shared_beats import LockVerdict
from logdiag.analyzers.triggers.tallies import Tally

LONG_LAG_S: Final = 5.0  # so far back the line may as well be the last one before an idle timeout or a freeze
SAME_END_S: Final = 1.0  # a choice: a process tells of one end in several lines within this
ECHO_LAG_S: Final = 0.05  # the server may note a lost socket this long before the client does
ECHO_SHARE: Final = 0.9  # a choice: nearly all, some lines being lost
ACT_LAG_S: Final = 0.05  # a choice: what a program writes of one act, before it waits for anybody
ACT_LINES: Final = 3  # a choice: so many lines stand between at most, of others that write the same file
ACT_SHARE: Final = 0.9  # a choice: nearly all, some lines being lost
COMMON_SHARE: Final = 0.9  # a choice: nearly all
MIN_SHARE: Final = 0.1  # of the disconnects or of the occurrences: less, however significant, explains nothing
FLEET_LUCK_P: Final = 0.05  # see `is_fleet_trigger`
_SILENCE_BURST_S: Final = 0.5  # timers that are overdue after a freeze fire within this
_SILENCE_RATIO: Final = 1.2  # a choice: a fifth longer than silences usually are, and a second
_SILENCE_SHARE: Final = 0.8  # a choice: most of the lines that a disconnect follows
_QUIET_MIN: Final = 5  # a choice: fewer do not show what is usual
_LOOSE_LAG: Final = 0.2  # of the median: a long lag that scatters more is no lag at all


def doubt_trigger(tally: Tally, verdict: LockVerdict, activity_s: Floats) -> str | None:
    """Return why the lines of a significant tally are no asserted trigger, or None.

    `activity_s` (a,) are all times at which the connection's own process wrote anything, in the scene's seconds.
    """
    if _is_echo(tally):
        return "far-side-echo"
    if verdict.why_undecided is not None:
        return verdict.why_undecided
    if 2 * tally.opposite_count >= tally.hits_count:
        return "both-sides"
    if float(np.median(_list_lags(tally))) > LONG_LAG_S or is_loose(tally):
        return "long-lag"
    if _follows_silence(tally, activity_s):
        return "after-silence"
    return "same-act" if _is_same_act(tally) else None


def is_part_of_end(tally: Tally) -> bool:
    """Say whether the line tells of the end itself, moments before the line that the disconnect is known by."""
    lags_s = _list_lags(tally)
    return tally.stamps.series.tells_of_end and (not lags_s.size or float(np.median(lags_s)) <= SAME_END_S)


def is_substantial(tally: Tally) -> bool:
    """Say whether the line precedes a tenth of the disconnects, or a tenth of its occurrences precede one."""
    occurrences, followed, _ = count_followed(tally.scene, tally.stamps, tally.window_s)
    return max(tally.hits_count / tally.scene.moments_s.size, followed / max(occurrences, 1)) >= MIN_SHARE


def is_common(tally: Tally) -> bool:
    """Say whether the line precedes nine of ten disconnects: then it is reported, however much its lag scatters."""
    return tally.hits_count >= COMMON_SHARE * tally.scene.moments_s.size


def is_loose(tally: Tally) -> bool:
    """Say whether a long lag scatters so much that the coincidence is a matter of rates, not of order."""
    low, median, high = (float(x) for x in np.quantile(_list_lags(tally), (0.1, 0.5, 0.9)))
    return median > 1.0 and high - low > _LOOSE_LAG * median


def _list_lags(tally: Tally) -> Floats:
    return tally.hits.lags_s[tally.hits.lags_s <= tally.window_s + EPSILON_S]


def _is_echo(tally: Tally) -> bool:
    """Say whether another process names one socket at each end and moments before it: the same end, seen from there."""
    scene, stamps = tally.scene, tally.stamps
    if scene.is_written_by(stamps.series) or "<id>" not in stamps.series.template:
        return False
    occurrences, followed, _ = count_followed(scene, stamps, tally.window_s)
    return followed >= ECHO_SHARE * occurrences and float(np.median(_list_lags(tally))) <= ECHO_LAG_S


def _is_same_act(tally: Tally) -> bool:
    """Say whether the line stands right before that of the end, at once, and says of nothing that it was done.

    `START RequestId: …` begins the very call that reports the end, `[onPause]` the handler that closes the socket.
    """
    if tally.stamps.series.tells_of_deed:
        return False
    series, hits, scene = tally.stamps.series, tally.hits, tally.scene
    near = np.flatnonzero(hits.lags_s <= tally.window_s + EPSILON_S)
    if not near.size or float(np.quantile(hits.lags_s[near], ACT_SHARE)) > ACT_LAG_S + EPSILON_S:
        return False
    count = 0
    for moment in near:
        place, line = scene.places[int(moment)], int(hits.indices[moment])
        if place is None or series.files[int(series.file_indices[line])] != place.file:
            continue
        count += series.is_before(line, place) and abs(place.line - int(series.lines[line])) <= ACT_LINES
    return count >= ACT_SHARE * near.size


def _follows_silence(tally: Tally, activity_s: Floats) -> bool:
    """Say whether the line precedes disconnects only where it is among the first after a long silence of its process.

    After a freeze all overdue timers fire at once, before the socket notices that it is dead.
    """
    stamps = tally.stamps
    if stamps.series.source != tally.scene.source or not activity_s.size:
        return False
    _, _, followed = count_followed(tally.scene, stamps, tally.window_s)
    quiet = ~followed & (tally.scene.connected.find(stamps.times_s) >= 0)
    if int(np.sum(quiet)) < _QUIET_MIN or not np.any(followed):
        return False
    last = np.searchsorted(activity_s, stamps.times_s - _SILENCE_BURST_S, side="left") - 1
    silences = np.where(last >= 0, stamps.times_s - activity_s[last], 0.0)
    usual_s = float(np.quantile(silences[quiet], 0.95))
    return float(np.mean(silences[followed] > _SILENCE_RATIO * usual_s + 1.0)) >= _SILENCE_SHARE


def is_order_open(tally: Tally) -> bool:
    """Say whether lines of unknown order make the case, and those of known order do not say that they come after."""
    ties = int(np.sum(tally.stamps.tied))
    mostly_after = tally.opposite_sure_count >= 3 and tally.opposite_sure_count > 3 * tally.hits_count
    return 2 * ties >= tally.hits_count + ties and not mostly_after


def is_fleet_trigger(tally: Tally, verdict: LockVerdict, *, locked_count: int) -> bool:
    """Say whether a phase-locked line of the server may be asserted all the same.

    Sockets of several clients that close at once are closed by the server or the path to it. A line of the server
    before each such moment, each such line followed by one, at a lag that keeps, in so small a part of the period
    that luck over all candidates is under 5 %, is what closed them.
    """
    if tally.stamps.series.connection or verdict.why_undecided != "phase-locked":
        return False
    together = float(np.median([len({name for name, _ in members}) for members in tally.scene.members]))
    occurrences, followed, _ = count_followed(tally.scene, tally.stamps, tally.window_s)
    wanders = verdict.drift_p is None or verdict.drift_p <= 0.05
    both_ways = min(followed / max(occurrences, 1), tally.hits_count / tally.scene.moments_s.size)
    luck = verdict.phase_p * max(locked_count, 1)
    return together >= 2 and not wanders and both_ways >= ECHO_SHARE and luck <= FLEET_LUCK_P
