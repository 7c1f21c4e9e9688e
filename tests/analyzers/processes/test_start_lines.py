"""The starts of a server: one, however many lines tell of it."""

from __future__ import annotations

from logdiag.analyzers.processes.start_lines import pick_starts
from logdiag.events import EventKind
from tests.analyzers.cases import SERVER, at, event, timeline
from tests.folding import each

READY = "WebSocket server initialized on /ws"
LISTENS = "Server listening on http://0.0.0.0:6767"


@each(
    ("lines", "starts"),
    [
        (((0.0, READY), (0.05, LISTENS), (600.0, READY), (600.05, LISTENS)), [0.0, 600.0]),
        (((0.0, READY), (4.9, LISTENS), (10.0, READY)), [0.0, 10.0]),
        (((0.0, READY), (5.1, LISTENS)), [0.0, 5.1]),
        (((0.0, LISTENS), (1.5, LISTENS.replace("67", "68"))), [0.0, 1.5]),
    ],
)
def test_a_start_is_one_in_whatever_words_its_lines_tell_of_it(
    lines: tuple[tuple[float, str], ...], starts: list[float]
) -> None:
    """The same words again are the next start, and so are others that come late."""
    frame = timeline(*(event(second, EventKind.SERVER_STARTED, SERVER, message=said) for second, said in lines))
    assert pick_starts(frame).moments() == [at(second) for second in starts]
