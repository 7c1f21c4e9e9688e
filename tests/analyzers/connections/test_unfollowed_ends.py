"""Whether connects follow ends, where no name knows a client again."""

from __future__ import annotations

from random import Random
from typing import Final

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.connections.unfollowed_ends import are_unfollowed
from logdiag.events import Side
from tests.analyzers.cases import START, at
from tests.folding import each

SPAN_S: Final = 36_000.0


def drawn(ends_count: int, unanswered_count: int, *, back: float | None, back_share: float = 1.0) -> bool:
    """Ends and connects at any time of ten hours; `back`: so long after a share of the ends a connect more."""
    random = Random(9)  # noqa: S311  no secret
    moments = [random.uniform(200, SPAN_S) for _ in range(ends_count + unanswered_count)]
    opened = [random.uniform(0, SPAN_S) for _ in range(ends_count + unanswered_count)]
    if back is not None:
        opened += [moment + back for moment in moments if random.random() < back_share]
    sessions = [
        SessionRecord(f"s{n}", at(moment - 150.0), at(moment), side=Side.SERVER, server_has_end=True)
        for n, moment in enumerate(moments)
    ]
    opened_s = sorted(START.timestamp() + moment for moment in opened)
    return are_unfollowed(sessions[:ends_count], sessions[ends_count:], opened_s)


@each(
    ("ends_count", "unanswered_count", "back", "expected"),
    [
        (400, 0, None, True),
        (400, 90, None, True),
        (400, 0, 1.5, False),
        (400, 0, 45.0, False),
        (400, 200, -20.0, False),
        (40, 0, None, False),
        (40, 90, None, False),
    ],
    ids=[
        "people",
        "some fall silent",
        "back at once",
        "back late",
        "back before it",
        "few",
        "mostly silent",
    ],
)
def test_who_was_cut_off_is_followed_by_a_connect(
    ends_count: int, unanswered_count: int, back: float | None, *, expected: bool
) -> None:
    """People come when they like: as many connects come before ends as behind them. Few ends show nothing."""
    assert drawn(ends_count, unanswered_count, back=back) is expected


def test_one_in_five_that_is_back_is_seen() -> None:
    """Others who leave do not hide them."""
    assert not drawn(400, 0, back=2.0, back_share=0.2)
