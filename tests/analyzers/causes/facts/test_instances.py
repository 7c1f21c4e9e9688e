"""Whether other instances of the server ran on while one of them ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logdiag.analyzers.causes.case import Instances
from logdiag.analyzers.causes.facts.instances import Fleet
from logdiag.events import Event, EventKind
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import connected, drop_of, event, far_session, server_view, session, timeline
from tests.analyzers.causes.facts.inputs import know

OLD, NEW, OTHER = "pods/api-a.log", "pods/api-b.log", "mail/mail.log"


def _let_in(second: float, file: str, message: str = "socket connected") -> Event:
    return event(second, EventKind.SERVER_CONNECTED, file, message=message)


def _start(second: float, file: str) -> Event:
    return event(second, EventKind.SERVER_STARTED, file)


def _stop(second: float, file: str) -> Event:
    return event(second, EventKind.SERVER_STOPPING, file)


@pytest.mark.parametrize(
    ("lines", "taken_over"),
    [
        ((_start(25.0, NEW), _let_in(31.4, NEW)), Evidence(NEW, 2)),  # a rolling deploy
        ((_start(31.0, NEW), _let_in(31.4, NEW)), None),  # the new one starts when the old one is gone
        ((_start(25.0, NEW), _let_in(33.1, NEW)), None),  # it lets somebody in when this client is long back
        ((_start(25.0, NEW), _let_in(31.4, NEW), _stop(30.5, NEW)), None),  # it stops in the same moment
        ((_start(-60.0, NEW), _stop(-10.0, NEW), _start(-2.0, NEW), _let_in(31.4, NEW)), Evidence(NEW, 4)),  # up again
        (
            (_start(-60.0, NEW), _let_in(31.2, NEW), _stop(62.0, NEW), _start(70.0, NEW)),
            Evidence(NEW, 2),
        ),  # its turn later
        ((_start(0.0, OTHER), _let_in(31.4, OTHER, "Mail client connected")), None),  # another program
    ],
)
def test_an_instance_that_was_up_before_takes_clients_over(
    lines: tuple[Event, ...], taken_over: Evidence | None
) -> None:
    """A pod that listens before the old one is stopped lets clients in; what starts later, or is another, does not."""
    server = server_view(replace(far_session("a", 0.0, 30.0), source="pods"))
    own = [_start(-60.0, OLD), _let_in(0.0, OLD), _stop(29.9, OLD)]
    own.append(event(30.0, EventKind.SERVER_DISCONNECTED, OLD, socket_id="a"))
    one = session(30.0, socket_id="a")
    drop = drop_of(one, outage_s=1.4, server_evidence=Evidence(OLD, 4))
    frame = timeline(connected(0.0, "a"), *own, *sorted(lines, key=lambda line: line.time))
    _, (ending,) = know(frame, [one], server, [drop])
    assert Fleet(frame).find_taken_over(ending) == taken_over


def test_files_of_one_folder_are_instances_where_each_tells_of_its_start() -> None:
    """A service split over files of one process is one instance."""
    pods = timeline(_start(0.0, OLD), _start(1.0, NEW), _let_in(2.0, OLD), _stop(9.0, OLD))
    assert Fleet(pods).count() == Instances(2, 1)
    split = timeline(_start(0.0, OLD), _let_in(2.0, NEW), _stop(9.0, OLD))
    assert Fleet(split).count() == Instances(1, 1)
