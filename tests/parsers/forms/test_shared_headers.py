"""The header that the lines of a file share, applied to each."""

from __future__ import annotations

import pytest

from logdiag.parsers.forms.header_search import find_header
from tests.parsers.forms.test_headers import AT, SAID, write_lines

RAILS = [
    line
    for second in range(10, 40, 3)
    for line in (
        f'Started GET "/cable/" [WebSocket] for ::1 at 2017-04-13 19:11:{second} -0700',
        "Successfully upgraded to WebSocket (REQUEST_METHOD: GET, HTTP_UPGRADE: websocket)",
        f'Finished "/cable/" [WebSocket] for ::1 at 2017-04-13 19:11:{second + 2} -0700',
    )
]


def test_lines_may_tell_their_time_inside() -> None:
    """Behind the same word, in order; the message is the whole line, and lines without a stamp have no head."""
    header = find_header(RAILS)
    assert header is not None
    head = header.read(RAILS[0])
    assert head is not None
    assert (head.stamps, head.message) == (("2017-04-13 19:11:10 -0700",), RAILS[0])
    assert header.read(RAILS[1]) is None


@pytest.mark.parametrize(
    "lines",
    [
        RAILS[:6],
        RAILS[::-1],
        [f"session {n} expires at 2017-04-13 19:{n}:00" for n in range(10, 40)],
        [f"job {n} is scheduled at 2017-04-13 19:{n}:00" for n in range(10, 40)],
        [*(f"at 2017-04-13 19:{n}:00 a" for n in range(10, 14)), *["no time at all"] * 60],
    ],
)
def test_times_of_something_else_are_not_those_of_the_lines(lines: list[str]) -> None:
    """Few of them, times out of order, and those of what is yet to come."""
    header = find_header(lines)
    assert header is None or not header.before


def test_a_collectors_stamp_gives_way_to_the_programs() -> None:
    """Where the second stamp follows the first one at once, or behind the name of a stream, the program wrote it."""
    header = find_header(write_lines("2025-11-14T16:26:00Z app[web.1]: {at} INFO Connected to master"))
    assert header is not None
    found = header.read(f"2025-11-14T16:26:00Z app[web.1]: {AT.format(second=3)} INFO {SAID}")
    assert found is not None
    assert found.stamps[-1] == AT.format(second=3)
