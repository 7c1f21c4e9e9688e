"""Sessions that end right after their connect."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.analyzers.connections.brief_sessions import find_ended_at_once
from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from logdiag.results.causes import CauseStatus
from logdiag.results.disconnects import Disconnect
from tests.analyzers.cases import drop_of, session


def _lived(*lives_s: float | None) -> list[Disconnect]:
    return [
        drop_of(session(60.0 * n, opened=None if life_s is None else 60.0 * n - life_s), n)
        for n, life_s in enumerate(lives_s, 1)
    ]


def test_who_ends_at_the_door_is_counted_with_the_ages() -> None:
    """Five of five lived 250 to 500 ms; the first lines stand beside it."""
    (found,) = find_ended_at_once(_lived(0.25, 0.5, 0.25, 0.375, 0.25))
    assert found.numbers == {"count": 5, "of_count": 5, "shortest_s": 0.25, "longest_s": 0.5}
    assert len(found.evidence) == 5


@pytest.mark.parametrize(
    "lives_s",
    [(0.25,) * 4, (0.25, 30.0) * 5, (0.25,) * 5 + (None,) * 6, ()],
    ids=["too few", "half of them", "mostly unknown", "none"],
)
def test_a_few_short_lives_are_no_pattern(lives_s: tuple[float | None, ...]) -> None:
    """Neither four, nor half of all, nor five where the ages of six are unknown, nor none."""
    assert find_ended_at_once(_lived(*lives_s)) == ()


def test_equal_ages_below_two_seconds_rule_no_limit_out(tmp_path: Path) -> None:
    """Eleven sockets of 250 to 300 ms: the search looks at no such age, and cannot say that none is common."""
    lines = []
    for n in range(11):
        life_ms = 250 + 5 * (n % 11)
        lines += [
            f"2025-11-14T16:30:{2 * n:02d}.000Z INFO connected",
            f"2025-11-14T16:30:{2 * n:02d}.{life_ms:03d}Z INFO Client disconnected: {n:02d}f0bd09f575426f9c53dec1",
        ]
    (tmp_path / "server.log").write_text("\n".join(lines) + "\n", "utf-8")
    got = diagnose(Request((str(tmp_path),))).diagnosis
    assert [one.numbers["count"] for one in got.findings if one.id == "ended-at-once"] == [11]
    status = {cause.id: cause.status for cause in got.causes}
    assert CauseStatus.RULED_OUT not in {status["connection-age-limit"], status["limit-on-the-way"]}
