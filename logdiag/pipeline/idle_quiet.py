"""Was there a pause after the last disconnect that an idle limit would have cut? Else its quiet means nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.series import list_known_traffic
from logdiag.pipeline.explaining import Explained
from logdiag.results.causes import Cause, CauseStatus
from logdiag.results.disconnects import Quiet
from logdiag.results.patterns import Pattern, PatternKind
from logdiag.scanning.cells import Window, are_few_lines
from logdiag.scanning.neighbourhoods import read_records

IDLE_CAUSES: Final = frozenset({"idle-timeout", "limit-on-the-way"})
MOST_LINES: Final = 200_000  # bounds the time: a second; what writes more is not idle
LONGER: Final = 1.1  # a choice: of the limit, which scatters by a hundredth


def settle_quiet(quiet: Quiet | None, explained: Explained, causes: tuple[Cause, ...]) -> Quiet | None:
    """The quiet, where it says something: not where an idle limit ends most and no pause as long came since."""
    limit = _find_limit(explained.patterns, causes)
    if quiet is None or limit is None:
        return quiet
    return quiet if _find_longest_pause_s(explained, quiet.since) > LONGER * limit else None


def _find_limit(patterns: tuple[Pattern, ...], causes: tuple[Cause, ...]) -> float | None:
    """The limit in seconds, where ends of it lead."""
    first = next((cause for cause in causes if cause.status is CauseStatus.ASSERTED), None)
    if first is None or first.id not in IDLE_CAUSES:
        return None
    return next((one.period_s for one in patterns if one.kind is PatternKind.IDLE and one.is_significant), None)


def _find_longest_pause_s(explained: Explained, since: datetime) -> float:
    """The longest time without traffic of any connection from its last drop on, as far as lines tell."""
    followed, start_s = explained.followed, since.timestamp()
    timeline, sockets = followed.timeline, followed.sockets
    times = {
        name: own[own > start_s].tolist()
        for name, own in list_known_traffic(timeline, sockets.server, sockets.sessions).items()
    }
    wordings = {kind.name for kind in explained.tracks.learned}
    window, scans = Window(since, followed.extent.end), followed.reading.scans
    if wordings and are_few_lines(scans, [window], MOST_LINES):
        for line, _ in read_records(scans, [window]):
            if line.template in wordings and line.time > since:
                times.setdefault(line.source, []).append(line.time.timestamp())
    own = [np.diff(np.sort(np.array(found))) for found in times.values() if len(found) > 1]
    return max((float(np.max(gaps)) for gaps in own), default=0.0)
