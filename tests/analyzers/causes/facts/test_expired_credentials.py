"""Sessions that a server ends as old as credentials live: told by the client's line as it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from logdiag.analyzers.causes.facts.expired_credentials import REFUSED
from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.what_to_do import say_why
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.patterns import PatternKind
from tests.folding import each
from tests.winston import at as stamp
from tests.winston import record, write

SAID = "reauthentication error: NotAuthenticated: jwt expired"
ROUNDS = 10
OUTAGE_S = 5.0
EQUAL = [900.0] * ROUNDS
UNEQUAL = [900.0, 340.0, 1250.0, 610.0, 95.0, 2020.0, 410.0, 770.0, 150.0, 1400.0]


def _diagnose(
    folder: Path, ages_s: Sequence[float], *, at_s: float | None, elsewhere: bool = False, newest_first: bool = False
) -> Diagnosis:
    """The log of a client whose line of credentials stands `at_s` after each end; no such line if that is None."""
    second, lines = 0.0, []
    for number, age_s in enumerate(ages_s):
        lines.append((second, f"socket connected F41RY2sdLPW6EQAAA{chr(65 + number)}"))
        lines.append((second + 0.6, "badge scanned, door 2 open"))
        second += age_s
        lines.append((second, "socket disconnected: io server disconnect"))
        if at_s is not None:
            lines.append((second + at_s, SAID))
        if elsewhere:
            lines += [(second - 40.0, SAID), (second - 30.0, SAID)]
        second += OUTAGE_S
    lines.append((second, "socket connected F41RY2sdLPW6EQAAZZ"))
    rows = [record(stamp(moment), text) for moment, text in sorted(lines)]
    write(folder / "kiosk.log", rows[::-1] if newest_first else rows)
    return diagnose(Request((str(folder),))).diagnosis


@pytest.mark.parametrize(
    ("ages_s", "at_s", "elsewhere", "cause"),
    [
        (EQUAL, OUTAGE_S + 0.4, False, "auth-rejected"),
        (UNEQUAL, -0.3, False, "auth-rejected"),
        (UNEQUAL, OUTAGE_S + 0.4, False, "server-kick"),
        (EQUAL, OUTAGE_S + 0.4, True, "server-kick"),
        (EQUAL, None, False, "server-kick"),
    ],
    ids=["one-age", "right-before", "many-ages", "elsewhere-too", "no-line"],
)
def test_ends_by_the_server_are_those_of_credentials_where_the_client_says_so(
    tmp_path: Path, ages_s: Sequence[float], at_s: float | None, elsewhere: bool, cause: str
) -> None:
    """Right before each end, or as it comes back from sessions of one age; a token that grew old meanwhile is none."""
    got = _diagnose(tmp_path, ages_s, at_s=at_s, elsewhere=elsewhere)
    assert [(one.id, one.explains_count) for one in got.asserted] == [(cause, ROUNDS)]


@pytest.mark.parametrize(("at_s", "cause"), [(-0.3, "auth-rejected"), (OUTAGE_S + 0.4, "server-kick")])
def test_a_file_that_begins_with_its_newest_line_tells_the_same(tmp_path: Path, at_s: float, cause: str) -> None:
    """There the line that stands below an end came before it."""
    got = _diagnose(tmp_path, UNEQUAL, at_s=at_s, newest_first=True)
    assert [(one.id, one.explains_count) for one in got.asserted] == [(cause, ROUNDS)]


def test_the_first_screen_quotes_what_the_client_says_of_its_credentials(tmp_path: Path) -> None:
    """With the count of the lines that say it."""
    got = _diagnose(tmp_path, EQUAL, at_s=OUTAGE_S + 0.4)
    assert SAID in "".join(span.text for span in say_why(Material(got, Phrases("en"), "0")))


@each(
    ("text", "is_refusal"),
    [
        (SAID, True),
        ("token has expired, logging in again", True),
        ("Invalid credentials", True),
        ("Login fehlgeschlagen: Token abgelaufen", True),
        ("令牌已过期", True),
        ("authenticated as kiosk-<n>", False),
        ("got a new token", False),
        ("connection error", False),
    ],
)
def test_a_line_of_refused_credentials_names_them_and_says_that_they_fail(text: str, *, is_refusal: bool) -> None:
    """A line about a login that succeeds, or about another failure, is none."""
    assert (REFUSED.search(text) is not None) is is_refusal


@pytest.mark.parametrize(
    ("stamps_s", "margin_nats", "is_free"),
    [(1.0, 3.5, False), (1.0, 7.0, True), (None, 3.5, True), (None, 2.0, False)],
)
def test_a_beat_that_one_age_fits_nearly_as_well_is_not_told_as_a_free_timer(
    tmp_path: Path, stamps_s: float | None, margin_nats: float, *, is_free: bool
) -> None:
    """Stamps of whole seconds scatter both clocks alike, so that it takes more to part them."""
    got = _diagnose(tmp_path, EQUAL, at_s=OUTAGE_S + 0.4)
    beat = replace(
        got.patterns[0],
        kind=PatternKind.TIMER,
        runner_up=PatternKind.CONNECTION_AGE,
        stamps_s=stamps_s,
        margin_nats=margin_nats,
    )
    assert (Material(got, Phrases("en"), "0").kind(beat) == "a free-running timer") is is_free
