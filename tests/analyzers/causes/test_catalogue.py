"""The registry is tested, not reviewed: causes, checks, words, and the scenes that exercise them."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib import resources
from typing import Final

import pytest

from logdiag.analyzers.causes.catalogue import CauseRow, CheckRow, find_source_url, load_catalogue
from logdiag.analyzers.causes.checks import (
    chance,
    clocks,
    crashes,
    lifetimes,
    moments,
    proxies,
    pushes,
    rivals,
    server_gone,
    server_view,
    silences,
    stated,
    unread_starts,
)
from logdiag.analyzers.causes.checks.result import CHECKS, Claim
from logdiag.analyzers.causes.claims import CHOOSERS, CLAIM_TESTS
from logdiag.results.causes import Outcome
from logdiag.texts.sentences import load_texts
from tests.analyzers.cases import case
from tests.analyzers.causes.checks import (
    test_chance,
    test_clocks,
    test_lifetimes,
    test_moments,
    test_proxies,
    test_pushes,
    test_rivals,
    test_server_view,
    test_silences,
    test_stated,
    test_unread_starts,
)
from tests.folding import each

CONTRACT_3: Final = frozenset({
    "payload-too-large", "client-close", "server-kick", "server-timer", "wall-clock-schedule", "connection-age-limit",
    "idle-timeout", "heartbeat-timeout", "event-loop-blocked", "client-restart", "server-restart", "unstable-network",
    "transport-failure", "version-mismatch", "auth-rejected", "duplicate-connection",
})  # fmt: skip
# Each pair: the more specific explanation, and the one that it wins over.
BEFORE: Final = (
    ("server-kick", "server-timer"),
    ("client-close", "server-timer"),
    ("auth-rejected", "server-kick"),
    ("duplicate-connection", "server-kick"),
    ("payload-too-large", "server-timer"),
    ("event-loop-blocked", "heartbeat-timeout"),
    ("heartbeat-timeout", "connection-age-limit"),
    ("wall-clock-schedule", "server-timer"),
    ("server-restart", "unstable-network"),
    ("client-restart", "unstable-network"),
    ("server-restart", "proxy-reload"),
    ("server-timer", "proxy-reload"),
    ("proxy-reload", "unstable-network"),
)
KEBAB: Final = re.compile(r"[a-z]+(-[a-z]+)*")
CAUSES: Final = load_catalogue()
CHECK_IDS: Final = sorted(CHECKS)
SCENES: Final = {
    **test_stated.SCENES,
    **test_unread_starts.SCENES,
    **test_clocks.SCENES,
    **test_lifetimes.SCENES,
    **test_silences.SCENES,
    **test_rivals.SCENES,
    **test_moments.SCENES,
    **test_chance.SCENES,
    **test_pushes.SCENES,
    **test_server_view.SCENES,
    **test_proxies.SCENES,
}
IDS: Final = [row.id for row in CAUSES]
PAIRS: Final = [(row, check) for row in CAUSES for check in row.checks]
PAIR_IDS: Final = [f"{row.id}: {check.id}" for row, check in PAIRS]


def _by_id(row: CauseRow) -> str:
    return row.id


def test_cause_ids_are_unique_and_kebab_case() -> None:
    """A repeated row would shadow another."""
    assert [name for name, count in Counter(IDS).items() if count > 1] == []
    assert [name for name in IDS if not KEBAB.fullmatch(name)] == []


def test_the_contract_is_kept() -> None:
    """All ids of docs/contracts.md, 3, are in the catalogue; more are welcome."""
    assert set(IDS) >= CONTRACT_3


@each(("first", "second"), BEFORE)
def test_the_more_specific_explanation_claims_first(first: str, second: str) -> None:
    """The order of docs/contracts.md, 3, is the order of the rows."""
    assert IDS.index(first) < IDS.index(second)


@each("row", CAUSES, ids=_by_id)
def test_a_cause_has_what_it_takes(row: CauseRow) -> None:
    """A way to claim, checks without repetition, and sources."""
    assert row.claims in {*CLAIM_TESTS, *CHOOSERS}
    checks = [check.id for check in row.checks]
    assert len(checks) == len(set(checks)) > 0
    assert row.sources
    assert all(row.sources)
    assert row.prior_nats < 0


# payload-too-large has several ways to be seen, none of them indispensable.
@each("row", [row for row in CAUSES if row.id != "payload-too-large"], ids=_by_id)
def test_a_cause_has_a_check_without_which_it_is_not_asserted(row: CauseRow) -> None:
    """Otherwise weak evidence could add up to an assertion."""
    needed = [check for check in row.checks if check.needed]
    assert needed


@each(("row", "check"), PAIRS, ids=PAIR_IDS)
def test_every_check_of_every_cause_weighs_both_ways(row: CauseRow, check: CheckRow) -> None:
    """An outcome of no weight would be printed for or against a cause without counting."""
    assert check.supports_nats > 0, row.id
    assert check.refutes_nats > 0, row.id


@each("outcome", Outcome)
@each(("row", "check"), PAIRS, ids=PAIR_IDS)
def test_every_check_of_every_cause_has_a_case_for_each_outcome(
    row: CauseRow, check: CheckRow, outcome: Outcome
) -> None:
    """One in which it supports, one in which it refutes, one in which it cannot tell; the case itself must yield it."""
    scene = SCENES[check.id][outcome](row.id)
    claim = Claim(row.id, row.reasons, row.patterns, scene.facts)
    assert CHECKS[check.id](scene.case, claim).outcome is outcome


def test_what_stands_in_for_a_needed_check_is_one_of_the_cause() -> None:
    """A check that spares another its support weighs on the same cause."""
    for row in CAUSES:
        assert {name for check in row.checks for name in check.unless} <= {check.id for check in row.checks}
        assert all(check.needed for check in row.checks if check.unless)


def test_parameters_go_with_the_way_to_claim() -> None:
    """Causes that claim by reason or pattern name theirs, the others name none."""
    assert {row.id for row in CAUSES if bool(row.reasons) != (row.claims in {"reason", "kick", "heartbeat"})} == set()
    assert {row.id for row in CAUSES if bool(row.patterns) != (row.claims in {"pattern", "union"})} == set()


def test_every_registered_check_is_used_and_every_used_check_registered() -> None:
    """And all of them come from the modules that the cause ledger loads."""
    used = {check.id for row in CAUSES for check in row.checks}
    assert used == set(CHECKS)
    assert [name for name in CHECKS if not KEBAB.fullmatch(name)] == []
    modules = (
        chance,
        clocks,
        crashes,
        lifetimes,
        moments,
        proxies,
        pushes,
        rivals,
        server_gone,
        server_view,
        silences,
        stated,
        unread_starts,
    )
    loaded = {module.__name__ for module in modules}
    assert {function.__module__ for function in CHECKS.values()} == loaded


def test_every_scene_belongs_to_a_check() -> None:
    """A case for a check that is gone would test nothing."""
    assert set(SCENES) == set(CHECKS)


@each("row", CAUSES, ids=_by_id)
@each("part", ["title", "summary", "next_experiment", "fix", "remedy_title"])
def test_a_cause_has_its_texts(row: CauseRow, part: str) -> None:
    """In English; the other languages have the same keys by a test of theirs."""
    assert load_texts("en").get(f"cause.{row.id}.{part}")


@each("row", CAUSES, ids=_by_id)
@each("part", ["remedy_pros", "remedy_cons"])
def test_a_remedy_has_pros_and_cons(row: CauseRow, part: str) -> None:
    """At least one of each."""
    assert load_texts("en").get(f"cause.{row.id}.{part}.0")


@each("check", CHECK_IDS)
def test_a_check_has_a_text_for_every_outcome(check: str) -> None:
    """And one for what it asks."""
    texts = load_texts("en")
    assert [part for part in ("ask", *Outcome) if f"check.{check}.{part}" not in texts] == []


def test_texts_speak_of_nothing_that_does_not_exist() -> None:
    """No words for a cause or a check that was renamed or removed."""
    texts = load_texts("en")
    assert {key.split(".")[1] for key in texts if key.startswith("cause.")} == set(IDS)
    assert {key.split(".")[1] for key in texts if key.startswith("check.")} <= set(CHECKS)


def test_sources_can_be_read() -> None:
    """Every source of a cause is an issue of a known repository or a known page."""
    known = tomllib.loads(resources.files("logdiag.analyzers.causes").joinpath("sources.toml").read_text("utf-8"))
    sources = {source for row in CAUSES for source in row.sources}
    unknown = {
        source
        for source in sources
        if source not in known["pages"]
        and not (re.fullmatch(r"\S+ (discussion )?#\d+", source) and source.split()[0] in known["repositories"])
    }
    assert unknown == set()


@each(("row", "check"), PAIRS, ids=PAIR_IDS)
def test_nothing_is_refuted_by_nothing(row: CauseRow, check: CheckRow) -> None:
    """Where no disconnect is known, and a cause claims none, no check speaks for or against it."""
    claim = Claim(row.id, row.reasons, row.patterns, ())
    assert CHECKS[check.id](case(starts_seen=True, emits_seen=True), claim).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("socket.io #2282", "https://github.com/socketio/socket.io/issues/2282"),
        ("cron(8)", "https://man7.org/linux/man-pages/man8/cron.8.html"),
        ("leftpad #11", None),
        ("hearsay", None),
    ],
)
def test_a_source_is_a_thread_of_a_known_project_or_a_known_page(name: str, url: str | None) -> None:
    """What is neither has no address."""
    assert find_source_url(name) == url


def test_every_source_of_every_cause_can_be_read() -> None:
    """Each name leads to an address."""
    assert [name for row in CAUSES for name in row.sources if find_source_url(name) is None] == []
