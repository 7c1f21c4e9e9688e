"""What a search for triggers is given, and the stage it is held on: moments of disconnect, exposure, clocks.

All absolute times are UNIX seconds; a scene counts from its own origin, so that shifting a log changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from logdiag.analyzers.clocks.drop_table import DropKey
from logdiag.analyzers.statistics.arrays import Bools, Floats, Ints
from logdiag.analyzers.statistics.resolution import find_resolution_s
from logdiag.analyzers.triggers.beats import find_common_ages, mark_beats
from logdiag.analyzers.triggers.chance import (
    EPSILON_S,
    Intervals,
    Neighbourhoods,
    cut_shadows,
    intersect_intervals,
    merge_intervals,
    survey_neighbourhoods,
)
from logdiag.results.evidence import Evidence
from logdiag.rows import is_earlier

WINDOWS_S: Final[tuple[float, ...]] = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
FLEET_SPREAD_S: Final = 1.0  # disconnects of several connections closer than this are one moment for the server


def _tells_nothing(_template: str) -> bool:
    return False


class TemplateWords(NamedTuple):
    """What the words of a template tell: of a connection's end, of a deed. Few templates are ever asked."""

    tells_of_end: Callable[[str], bool] = _tells_nothing
    tells_of_deed: Callable[[str], bool] = _tells_nothing


SILENT: Final = TemplateWords()


@dataclass(frozen=True, slots=True)
class TemplateSeries:
    """Every line of one template in one file family.

    `times_s`, `file_indices` (into `files`) and `lines` are parallel (m,), in order of time (then file, then line).
    `connection` is whose disconnects the lines may precede: "" for the server's lines, which may precede anyone's.
    `source` is the process (folder) that wrote them. Leave out lines that report the disconnect or connect
    itself, on either side. `words` read the template when they are asked; `is_deed`: that it tells of a deed is known
    without them. `upside_down`: the files that begin with the newest line.
    """

    connection: str
    source: str
    service: str
    level: str | None
    template: str
    times_s: Floats
    files: tuple[str, ...]
    file_indices: Ints
    lines: Ints
    words: TemplateWords = SILENT
    is_deed: bool = True
    upside_down: frozenset[str] = frozenset()

    @property
    def tells_of_end(self) -> bool:
        """Whether the words speak of a connection that is lost or dialled again."""
        return self.words.tells_of_end(self.template)

    @property
    def tells_of_deed(self) -> bool:
        """Whether the words speak of what is sent, refused, begun or done, or a rule knows the line."""
        return self.is_deed or self.words.tells_of_deed(self.template)

    def is_before(self, index: int, place: Evidence) -> bool:
        """Whether a line of the file was written before the one at a place."""
        return is_earlier(Evidence(place.file, int(self.lines[index])), place, self.upside_down)

    @property
    def side(self) -> str:
        """`server` for lines that belong to no single connection, else `client`."""
        return "client" if self.connection else "server"


@dataclass(frozen=True, slots=True)
class DropContext:
    """One connection: its n disconnects in order of time, and when it was connected and observed.

    `times_s`, `connected_s` (NaN: unknown): (n,). `sessions_s`: (k, 2) connected intervals, the open last one included.
    `observed_s`: (j, 2) intervals of which the lines were read, None for all. `places`: where each drop is logged.
    An end without a line has no time of its own: leave it out of `times_s` (its session still ends).
    `indices`: those of the disconnects; None counts them from 0.
    `residuals_s`: (n,) drop minus its beat, NaN off the beat; with `period_s` None where no pattern was found.
    """

    connection: str
    source: str
    times_s: Floats
    connected_s: Floats
    sessions_s: Floats
    start_s: float
    end_s: float
    places: tuple[Evidence | None, ...]
    period_s: float | None = None
    residuals_s: Floats | None = None
    observed_s: Floats | None = None
    indices: tuple[int, ...] | None = None

    def name(self, position: int) -> DropKey:
        """The key of a drop."""
        return self.connection, position if self.indices is None else self.indices[position]


@dataclass(frozen=True, slots=True)
class Scene:
    """The moments (n,) that a template may precede, ready for counting; seconds from `origin_s`.

    `members` are the keys of the disconnects behind each moment. `exposure` is connected, observed
    time out of the shadow of the disconnect before; `connected` is the same with the shadows. `near` surrounds the
    moments, for all `WINDOWS_S`.
    """

    connection: str
    source: str
    origin_s: float
    moments_s: Floats
    places: tuple[Evidence | None, ...]
    members: tuple[tuple[DropKey, ...], ...]
    connected: Intervals
    exposure: Intervals
    near: Neighbourhoods
    ages_s: Floats
    resolution_s: float
    on_beat: Bools
    on_age: Bools
    sessions_count: int = field(default=0)

    def is_written_by(self, series: TemplateSeries) -> bool:
        """Whether the client's own process wrote these lines; one of several that write a file is no source itself."""
        return series.source == self.source or (self.connection != "" and series.connection == self.connection)


def build_scene(drops: DropContext) -> Scene:
    """Return the scene of one connection."""
    times = np.asarray(drops.times_s, dtype=np.float64)
    order = np.argsort(times, kind="stable")
    origin_s = float(np.floor(drops.start_s)) if np.isfinite(drops.start_s) else 0.0
    moments = np.round(times[order] - origin_s, 6)
    sessions = np.round(np.asarray(drops.sessions_s, dtype=np.float64).reshape(-1, 2) - origin_s, 6)
    if not len(sessions):
        sessions = np.array([[drops.start_s - origin_s, drops.end_s - origin_s]])
    ages = np.round(np.asarray(drops.connected_s, dtype=np.float64)[order] - origin_s, 6)
    beats = mark_beats(moments, periods_s=() if drops.period_s is None else (drops.period_s,))
    if drops.residuals_s is not None:
        beats = beats | np.isfinite(np.asarray(drops.residuals_s)[order])
    places = tuple(drops.places[i] for i in order)
    members = tuple((drops.name(int(i)),) for i in order)
    return _assemble(
        _Moments(moments, moments - ages, beats, places, members),
        _split_at(merge_intervals(sessions), moments),
        drops.observed_s,
        connection=drops.connection,
        source=drops.source,
        origin_s=origin_s,
    )


class _Moments(NamedTuple):
    """The moments of a scene, all (n,)."""

    times_s: Floats
    ages_s: Floats
    on_beat: Bools
    places: tuple[Evidence | None, ...]
    members: tuple[tuple[DropKey, ...], ...]


def _assemble(
    moments: _Moments,
    connected: Intervals,
    observed_s: Floats | None,
    *,
    connection: str,
    source: str,
    origin_s: float,
) -> Scene:
    """Lay a scene out around its moments, within the time that was observed."""
    if observed_s is not None:
        observed = merge_intervals(np.round(np.asarray(observed_s, dtype=np.float64) - origin_s, 6))
        connected = intersect_intervals(connected, observed)
    sessions_count = int(connected.starts_s.size)
    exposure = cut_shadows(connected, moments.times_s)
    return Scene(
        connection=connection,
        source=source,
        origin_s=origin_s,
        moments_s=moments.times_s,
        places=moments.places,
        members=moments.members,
        connected=connected,
        exposure=exposure,
        near=survey_neighbourhoods(moments.times_s, exposure, np.array(WINDOWS_S)),
        ages_s=moments.ages_s,
        resolution_s=find_resolution_s(moments.times_s),
        on_beat=moments.on_beat,
        on_age=find_common_ages(moments.ages_s, sessions_count=sessions_count, exposure_s=connected.length_s),
        sessions_count=sessions_count,
    )


def build_fleet_scene(contexts: Sequence[DropContext]) -> Scene | None:
    """Return the scene of all connections together: disconnects within 1 s are one moment, the earliest of them."""
    rows = [(float(t), c.name(i), c.places[i]) for c in contexts for i, t in enumerate(np.asarray(c.times_s))]
    if not rows:
        return None
    rows.sort(key=lambda row: row[:2])
    clusters: list[list[tuple[float, DropKey, Evidence | None]]] = []
    for row in rows:
        if clusters and row[0] - clusters[-1][-1][0] <= FLEET_SPREAD_S + EPSILON_S:
            clusters[-1].append(row)
        else:
            clusters.append([row])
    origin_s = float(np.floor(min(c.start_s for c in contexts)))
    moments = np.round(np.array([cluster[0][0] for cluster in clusters]) - origin_s, 6)
    spans = [np.asarray(c.sessions_s, dtype=np.float64).reshape(-1, 2) for c in contexts]
    connected = merge_intervals(np.round(np.concatenate(spans) - origin_s, 6))
    observed = [np.asarray(c.observed_s).reshape(-1, 2) for c in contexts if c.observed_s is not None]
    places = tuple(cluster[0][2] for cluster in clusters)
    members = tuple(tuple(key for _, key, _ in cluster) for cluster in clusters)
    return _assemble(
        _Moments(moments, np.full(moments.size, np.nan), mark_beats(moments), places, members),
        _split_at(connected, moments),
        np.concatenate(observed) if len(observed) == len(contexts) else None,
        connection="",
        source="",
        origin_s=origin_s,
    )


def _split_at(stretches: Intervals, moments: Floats) -> Intervals:
    """Cut stretches at the moments inside them: no window reaches over a disconnect."""
    inside = moments[(stretches.find(moments) >= 0) & ~np.isin(moments, stretches.starts_s)]
    inside = inside[~np.isin(inside, stretches.ends_s)]
    starts, ends = np.concatenate((stretches.starts_s, inside)), np.concatenate((stretches.ends_s, inside))
    return Intervals(np.sort(starts), np.sort(ends))
