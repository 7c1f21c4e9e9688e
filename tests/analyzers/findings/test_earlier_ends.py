"""Ends that lie outside their clients' own logs."""

from __future__ import annotations

from logdiag.analyzers.findings.earlier_ends import find_earlier_ends
from logdiag.events import Side
from tests.analyzers.cases import drop_of, session


def test_what_the_server_alone_tells_of_a_client_with_a_log_is_counted() -> None:
    """A client without any log of its own has no time outside of it."""
    earlier = session(30.0, side=Side.SERVER)
    own = session(90.0, opened=40.0)
    other = session(50.0, side=Side.SERVER, connection="worker2")
    sessions = [earlier, own, other]
    (found,) = find_earlier_ends([drop_of(one) for one in sessions], sessions)
    assert found.numbers == {"count": 1, "of_count": 3, "clients_count": 1}
    assert find_earlier_ends([drop_of(other)], [other]) == ()
