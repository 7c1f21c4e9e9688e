"""What is gathered of each disconnect for the checks."""

from __future__ import annotations

from logdiag.analyzers.causes.ping_echoes import is_ping_echo
from logdiag.analyzers.connections.server_side import first_to_notice
from tests.analyzers.cases import (
    case,
    clock,
    nothing_far,
    report,
    session,
)
from tests.folding import each


def test_who_noticed_is_unknown_without_the_server() -> None:
    """No pair, no difference."""
    assert first_to_notice(session(30, socket_id="a"), nothing_far()) is None


@each(("period", "echo"), [(45.0, True), (70.0, True), (45.19, True), (45.21, False), (40.0, False), (20.0, True)])
def test_a_lifetime_of_pings_and_an_idle_limit_is_an_echo(period: float, echo: bool) -> None:
    """20 s of idleness after the ping at 25 s makes an age of 45 s, after the second one of 70 s."""
    age = clock("connection-age", period)
    whole = case(patterns=report(age, clock("idle", 20.0)))
    assert is_ping_echo(whole, age) is echo
    assert not is_ping_echo(case(patterns=report(age)), age)
