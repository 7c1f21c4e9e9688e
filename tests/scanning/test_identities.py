"""Who a line is about."""

from __future__ import annotations

from logdiag.scanning.identities import find_owner
from tests.folding import each


@each(
    ("message", "owner"),
    [
        ("Session opened for till-7 (d1B6kSTlwqNbEhMKAAAA)", "till-7"),
        ("User mira connected (d1B6kSTlwqNbEhMKAAAA)", None),
        ("User mira (d1B6kSTlwqNbEhMKAAAA) connected", "mira"),
        ("worker worker1 [socket: d1B6kSTlwqNbEhMKAAAA] gone", "worker1"),
        ("mira@example.org (sid=d1B6kSTlwqNbEhMKAAAA) joined", "mira@example.org"),
        ("Client connected: d1B6kSTlwqNbEhMKAAAA", None),
        ("New connection (d1B6kSTlwqNbEhMKAAAA)", None),
        ("nothing of a socket", None),
        ("a user connected d1B6kSTlwqNbEhMKAAAA", None),
        ("client disconnected d1B6kSTlwqNbEhMKAAAA", None),
        ("user registered d1B6kSTlwqNbEhMKAAAA", None),
        ("user mira d1B6kSTlwqNbEhMKAAAA", "mira"),
    ],
)
def test_the_name_before_a_socket_is_its_owner(message: str, owner: str | None) -> None:
    """A word right before the socket's id that holds a digit or an @, or stands behind user, client and the like.

    What such a one did is no name: under it all clients would be one, which throws itself out.
    """
    assert find_owner(message, "d1B6kSTlwqNbEhMKAAAA") == owner
