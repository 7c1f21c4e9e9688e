"""What both sides say of each message went over their connection, if it stops while that is down."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from logdiag.analyzers.clocks.learned_traffic import LineKind
from logdiag.analyzers.clocks.paired_lines import find_paired
from logdiag.analyzers.statistics.arrays import Floats

SPAN_S: Final = 4000.0
OUTAGES_S: Final = np.array([(start, start + 10.0) for start in np.arange(100.0, SPAN_S, 100.0)])


def _draw(rate_hz: float, *, while_down: bool, seed: int = 3) -> Floats:
    draw = np.random.default_rng(seed)
    times = np.sort(draw.uniform(0.0, SPAN_S, int(SPAN_S * rate_hz)))
    is_down = (times % 100.0 < 10.0) & (times >= 100.0)
    return times if while_down else times[~is_down]


def _find(own: Floats, server: Floats) -> list[str]:
    kinds = [LineKind("sent", {"here": own})], [LineKind("got", {"here": server})]
    return [kind.name for kind in find_paired(*kinds, {"here": OUTAGES_S}, SPAN_S)]


def test_lines_that_the_server_answers_are_of_messages() -> None:
    """A message each ten seconds, and a line of the server 10 ms after each; none while the connection is down."""
    sent = _draw(0.1, while_down=False)
    assert _find(sent, sent + 0.01) == ["sent"]


def test_what_arrives_without_the_connection_takes_another_way() -> None:
    """The same, but the messages arrive in the outages, too: over HTTP, a queue."""
    sent = _draw(0.1, while_down=True)
    assert _find(sent, sent + 0.01) == []


@pytest.mark.parametrize("rate_hz", [0.1, 2.0])
def test_lines_that_only_come_as_often_do_not_answer(rate_hz: float) -> None:
    """As many lines on both sides, sparse or dense, that have nothing to do with each other."""
    assert _find(_draw(rate_hz, while_down=False), _draw(rate_hz, while_down=False, seed=4)) == []


def test_a_few_messages_prove_nothing() -> None:
    """Ten messages would not have fallen into the outages by luck alone."""
    sent = _draw(0.1, while_down=False)[:10]
    assert _find(sent, sent + 0.01) == []


@pytest.mark.parametrize(("others", "found"), [(0.1, ["sent"]), (0.3, [])])
def test_a_server_that_says_the_same_at_other_times_too_answers_nothing(others: float, found: list[str]) -> None:
    """A line of it beside each message, and so many more: of a tenth the message may be lost."""
    sent = _draw(0.1, while_down=False)
    more = sent[: int(others * len(sent))] + 2.0
    assert _find(sent, np.sort(np.concatenate([sent + 0.01, more]))) == found
