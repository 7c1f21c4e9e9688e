"""What the finders of facts are given, made by hand: nothing is known but what a test names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from logdiag.analyzers.causes.facts.endings import Ending, list_endings
from logdiag.analyzers.causes.facts.known import FactInput, PushLedger, SocketViews, Tracks
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.ledger import keep_ledger
from logdiag.analyzers.silences.process_silences import ProcessLines
from logdiag.results.disconnects import Disconnect
from logdiag.rows import Rows
from tests.analyzers.cases import drop_of, nothing_far, report


def know(
    frame: Rows,
    sessions: Sequence[SessionRecord],
    server: ServerView | None = None,
    drops: Sequence[Disconnect] = (),
    processes: Mapping[str, ProcessLines] | None = None,
) -> tuple[FactInput, list[Ending]]:
    """The input and its ends: of each session one, unless `drops` has them."""
    ended = tuple(one for one in sessions if one.closed is not None)
    known = tuple(drops) or tuple(drop_of(one, number) for number, one in enumerate(ended, 1))
    whole = FactInput(
        frame,
        SocketViews(tuple(sessions), server or nothing_far(), known, ended, {}),
        Tracks(report(), {}, (), {}, (), {}, known),
        PushLedger((), (), keep_ledger((), known, {})[0], frozenset(), 300.0, known),
        (),
        processes or {},
        0.001,
        20.0,
    )
    return whole, list_endings(whole)
