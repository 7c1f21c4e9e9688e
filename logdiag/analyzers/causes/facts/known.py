"""What the stages before found, which the facts are gathered from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from logdiag.analyzers.attempts.connect_errors import ConnectError
from logdiag.analyzers.clocks.learned_traffic import LineKind
from logdiag.analyzers.clocks.patterns import ClockFit, PatternReport
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.silences.process_silences import ProcessLines
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.results.connections import FleetEvent, LineLoss, Silence
from logdiag.results.disconnects import Disconnect
from logdiag.results.patterns import PatternKind
from logdiag.results.pushes import Push, Pushes
from logdiag.rows import Rows


class SocketViews(NamedTuple):
    """What both sides say of every session; `drop_sessions` are the sessions that `drops` ended, in their order.

    `errors` are the failed attempts to connect, by connection, `departures` the ends that nobody minds, `losses`
    the lines that the logs of one side lack.
    """

    sessions: tuple[SessionRecord, ...]
    server: ServerView
    drops: tuple[Disconnect, ...]
    drop_sessions: tuple[SessionRecord, ...]
    errors: Mapping[str, Sequence[ConnectError]]
    departures: tuple[Disconnect, ...] = ()
    losses: tuple[LineLoss, ...] = ()


class Tracks(NamedTuple):
    """Clocks, triggers and fleet events, the disconnects that name theirs, and the lines learned to be traffic.

    `step_s` is that of the stamps of connects and ends, None where it is finer than clocks scatter.
    """

    report: PatternReport
    pattern_ids: dict[int, str]
    triggers: tuple[TriggerFit, ...]
    trigger_ids: dict[int, str]
    fleet: tuple[tuple[FleetEvent, tuple[int, ...]], ...]
    offsets_s: dict[str, tuple[float, ...]]
    drops: tuple[Disconnect, ...]
    learned: tuple[LineKind, ...] = ()
    step_s: float | None = None
    is_traffic_unread: bool = False

    @property
    def fits(self) -> tuple[ClockFit, ...]:
        """The clocks, most disconnects explained first."""
        return self.report.fits

    def list_beats(self) -> dict[str, float]:
        """The periods of the clocks that tick by themselves, by the ids of their patterns."""
        return {
            self.pattern_ids[rank]: fit.period_s
            for rank, fit in enumerate(self.fits)
            if fit.kind in {PatternKind.TIMER, PatternKind.WALL_CLOCK} and fit.period_s
        }


class PushLedger(NamedTuple):
    """Every push and its fate, and the disconnects with their remarks."""

    attempts: tuple[Attempt, ...]
    pushes: tuple[Push, ...]
    counts: Pushes
    templates: frozenset[tuple[str, str]]
    reach_ms: float
    drops: tuple[Disconnect, ...]


class SureProcesses(NamedTuple):
    """The processes by those lines alone that are known to be theirs, and some with the lines of far more time."""

    near: Sequence[ProcessLines]
    wide: Sequence[ProcessLines] = ()


class FactInput(NamedTuple):
    """All that the finders of facts may ask; `resolution_s` is the step that the stamps of disconnects keep.

    `sure_processes` are the processes without the files of which it is not known that they are theirs,
    `wide_processes` some of these with more of the time around, to know how long they usually pause.
    """

    timeline: Rows
    sockets: SocketViews
    tracks: Tracks
    ledger: PushLedger
    silences: Sequence[Silence]
    processes: Mapping[str, ProcessLines]
    resolution_s: float
    ping_timeout_s: float
    sure_processes: Mapping[str, ProcessLines] | None = None
    wide_processes: Mapping[str, ProcessLines] = MappingProxyType({})

    @property
    def sure(self) -> Mapping[str, ProcessLines]:
        """The processes by those lines alone that are known to be theirs."""
        return self.processes if self.sure_processes is None else self.sure_processes

    def find_wide(self, source: str) -> ProcessLines | None:
        """A process by the lines that are known to be its own, with as much of the time around as was read."""
        return self.wide_processes.get(source) or self.sure.get(source)

    @property
    def servers(self) -> list[str]:
        """The folders of the server's logs."""
        return sorted({socket.source for socket in self.sockets.server.sockets.values()})
