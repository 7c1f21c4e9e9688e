"""What the head of one file tells by itself."""

from __future__ import annotations

from datetime import UTC, datetime

from logdiag.parsers.forms.drafts import Draft, find_lack
from logdiag.parsers.forms.layouts import JSON_LINES
from tests.folding import each


@each(
    ("stamp", "lack"),
    [
        ("2025-11-14T16:25:52.756Z", ""),
        ("16:25:52.756", "date"),
        ("Nov 14 16:25:52", "year"),
        (1763137552, ""),
        ("x", ""),
    ],
)
def test_a_stamp_says_what_it_lacks(stamp: object, lack: str) -> None:
    """A clock lacks its date, the stamp of syslog its year; a count of seconds lacks nothing."""
    assert find_lack(stamp) == lack


def test_only_moments_that_are_complete_are_listed() -> None:
    """A clock alone is no moment; as many are listed as are asked for."""
    draft = Draft(JSON_LINES, ("nonsense", "2025-11-14T16:25:52Z", "2025-11-14T16:25:53Z"))
    first = datetime(2025, 11, 14, 16, 25, 52, tzinfo=UTC)
    assert draft.find_first() == first
    assert len(draft.list_times()) == 2
    assert draft.list_times(most=1) == [first]


def test_days_that_could_be_months_ask_for_an_order() -> None:
    """`01/08` may be of January or of August, an ISO stamp is neither."""
    assert Draft(JSON_LINES, ("01/08/2025 10:00:00",)).needs_order
    assert not Draft(JSON_LINES, ("2025-08-01 10:00:00",)).needs_order
