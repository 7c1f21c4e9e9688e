"""The cause ledger: weights, limits and the ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.catalogue import CheckRow, load_catalogue
from logdiag.analyzers.causes.ranking import (
    ASSERTED_FROM,
    CLAIMS_NOTHING,
    DEAD,
    MOST_SURE,
    NOT_ASSERTED,
    UNSUPPORTED,
    calibrate,
    decide_statuses,
    judge_causes,
)
from logdiag.analyzers.connections.goodbyes import LEFT
from logdiag.events import Side
from logdiag.renderers.document import flatten
from logdiag.renderers.phrases import Phrases
from logdiag.results.causes import Cause, CauseStatus, Outcome
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import (
    PUSH_LINE,
    SERVER,
    case,
    clock,
    error,
    fact,
    facts_of,
    push,
    report,
    server_view,
    silence,
    trigger,
)
from tests.folding import each

PLACE = Evidence(SERVER, 3)
CATALOGUE = {row.id: row for row in load_catalogue()}


def _judge(whole: Case) -> dict[str, Cause]:
    return {cause.id: cause for cause in judge_causes(whole)}


def _asserted(whole: Case) -> list[str]:
    return [cause.id for cause in judge_causes(whole) if cause.confidence >= 0.5]


def _sum_nats(cause: Cause) -> float:
    rows: dict[str, CheckRow] = {check.id: check for check in CATALOGUE[cause.id].checks}
    signs = {Outcome.SUPPORTS: 1, Outcome.REFUTES: -1, Outcome.UNKNOWN: 0}
    weights = [
        rows[check.id].supports_nats if check.outcome is Outcome.SUPPORTS else rows[check.id].refutes_nats
        for check in cause.checks
    ]
    return CATALOGUE[cause.id].prior_nats + sum(
        signs[check.outcome] * weight for check, weight in zip(cause.checks, weights, strict=True)
    )


CASES: Sequence[Case] = (
    case(),
    case(facts_of(1)),
    case(facts_of(10)),
    case(facts_of(10, fit=clock(period_s=30.0058))),
    case(facts_of(10, reason="io server disconnect")),
    case(facts_of(10, push=push(), trigger="T1"), triggers=(trigger(),), push_templates=PUSH_LINE),
)


@each("whole", CASES)
def test_every_cause_is_ranked_once_with_all_its_checks(whole: Case) -> None:
    """Ranks count from 1, ids are unique, confidences fall, and each is a probability short of certainty."""
    causes = judge_causes(whole)
    assert sorted(cause.id for cause in causes) == sorted(CATALOGUE)
    assert [cause.rank for cause in causes] == list(range(1, len(causes) + 1))
    confidences = [cause.confidence for cause in causes]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= value <= MOST_SURE for value in confidences)
    assert all(
        [check.id for check in cause.checks] == [row.id for row in CATALOGUE[cause.id].checks] for cause in causes
    )


@each("whole", CASES)
def test_a_cause_that_claims_nothing_is_never_asserted(whole: Case) -> None:
    """Nor one without its needed check, nor without any support; a hard refutation kills."""
    for cause in judge_causes(whole):
        outcomes = {check.id: check.outcome for check in cause.checks}
        rows = CATALOGUE[cause.id].checks
        if cause.explains_count == 0 or any(row.needed and outcomes[row.id] is not Outcome.SUPPORTS for row in rows):
            assert cause.confidence <= NOT_ASSERTED
        if cause.explains_count == 0:
            assert cause.confidence <= CLAIMS_NOTHING
        if not any(row.supports_nats > 0 and outcomes[row.id] is Outcome.SUPPORTS for row in rows):
            assert cause.confidence <= UNSUPPORTED
        if any(row.hard and outcomes[row.id] is Outcome.REFUTES for row in rows):
            assert cause.confidence <= DEAD


def test_nothing_asserts_nothing() -> None:
    """Without a disconnect, and with a single cut, no cause is asserted."""
    assert _asserted(case()) == []
    assert _asserted(case(facts_of(1))) == []


def test_confidence_is_the_logistic_of_the_prior_and_all_nats() -> None:
    """Ten disconnects by the server, no other evidence."""
    kick = _judge(case(facts_of(10, reason="io server disconnect")))["server-kick"]
    assert kick.confidence == pytest.approx(calibrate(_sum_nats(kick)), abs=5e-4)
    assert (kick.rank, kick.explains_count, kick.of_count) == (1, 10, 10)


def test_a_single_stated_reason_weighs_less() -> None:
    """Strength scales the nats of the catalogue."""
    one = _judge(case(facts_of(1, reason="io server disconnect")))["server-kick"]
    row = CATALOGUE["server-kick"]
    expected = row.prior_nats + 0.7 * row.checks[0].supports_nats
    assert one.confidence == pytest.approx(calibrate(expected), abs=5e-4)


@each(
    ("whole", "expected"),
    [
        (case(facts_of(10, reason="io client disconnect")), ["client-close"]),
        (case(facts_of(10, reason="io server disconnect")), ["server-kick"]),
        (case(facts_of(10, reason="ping timeout")), ["heartbeat-timeout"]),
        (case(facts_of(10, logged=False, reason=None, restarted=True), starts_seen=True), ["client-restart"]),
        (case(facts_of(10, errors=(error(code="ECONNREFUSED"),))), ["server-restart"]),
        (
            case(facts_of(10, push=push(), trigger="T1"), triggers=(trigger(),), push_templates=PUSH_LINE),
            ["payload-too-large"],
        ),
        (case(facts_of(10, fit=clock("connection-age", 40.0))), ["connection-age-limit"]),
        (case(facts_of(10), patterns=report(memoryless={"worker1": True})), ["unstable-network"]),
    ],
)
def test_a_clear_case_asserts_its_cause_alone(whole: Case, expected: list[str]) -> None:
    """What the log states, or one kind of evidence in full, is enough; nothing else is asserted beside it."""
    assert _asserted(whole) == expected


def test_two_causes_are_asserted_each_with_its_disconnects() -> None:
    """Eight kicks and eight restarts of the server."""
    facts = (*facts_of(8, reason="io server disconnect"), *facts_of(8, errors=(error(code="ECONNREFUSED"),)))
    causes = _judge(case(facts))
    assert sorted(_asserted(case(facts))) == ["server-kick", "server-restart"]
    assert (causes["server-kick"].explains_count, causes["server-restart"].explains_count) == (8, 8)
    assert causes["server-kick"].of_count == 16


def test_a_beat_that_kills_a_young_session_refutes_the_limits() -> None:
    """The reference incident: age, idle, heartbeat and version mismatch are refuted with 5.4 s against 30 s."""
    fit = clock(period_s=30.0058)
    facts = (*facts_of(9, fit=fit, pattern="P1"), fact(10, opened=294.6, fit=fit, pattern="P1"))
    causes = _judge(case(facts))
    for name in ("connection-age-limit", "idle-timeout", "heartbeat-timeout", "version-mismatch"):
        (young,) = [check for check in causes[name].checks if check.id == "sessions-reach-limit"]
        assert young.outcome is Outcome.REFUTES
        assert young.numbers["shortest_s"] == pytest.approx(5.4)
        assert causes[name].confidence <= DEAD


def test_errors_alone_can_show_why_a_client_never_connects() -> None:
    """Refused credentials without a single disconnect."""
    errors = tuple(error(number, "jwt expired") for number in range(5))
    causes = _judge(case(errors=errors))
    assert causes["auth-rejected"].confidence >= 0.5
    assert causes["auth-rejected"].explains_count == 0


def test_a_cause_names_patterns_triggers_and_numbers_of_its_disconnects() -> None:
    """What fixes and experiments speak of."""
    facts = facts_of(10, push=push(), trigger="T1", fit=clock(), pattern="P1")
    cause = _judge(case(facts, triggers=(trigger(),), push_templates=PUSH_LINE))["payload-too-large"]
    assert (cause.patterns, cause.triggers) == (("P1",), ("T1",))
    assert (cause.numbers["count"], cause.numbers["period_s"], cause.numbers["reason"]) == (10, 30.0, "transport close")


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (("w", "w", "w"), "the id w and stop it, or give each its own id."),
        (("w", "w", "v"), "the id w and stop it, or give each its own id. 1 more id is used twice."),
        (("u", "w", "w", "v"), "the id w and stop it, or give each its own id. 2 more ids are used twice."),
        ((None, None), "this id and stop it, or give each its own id."),
    ],
)
def test_the_fix_names_the_id_that_is_used_twice(ids: Sequence[str | None], told: str) -> None:
    """The commonest of several; none where the two sockets share no more than the name of the connection."""
    facts = [
        fact(number, rival="worker2", shared_id=shared, reason="io server disconnect")
        for number, shared in enumerate(ids)
    ]
    fix = flatten(Phrases().cause(_judge(case(facts))["duplicate-connection"], "fix"))
    assert fix == f"Find the second process or socket with {told}"


def test_equal_evidence_gives_equal_order() -> None:
    """Ties are broken by what a cause explains, then by its id; the order of the facts never shows."""
    whole = case(facts_of(10))
    turned = replace(whole, facts=tuple(reversed(whole.facts)))
    assert [cause.id for cause in judge_causes(whole)] == [cause.id for cause in judge_causes(turned)]


def test_calibration_changes_no_order_and_leaves_even_odds_even() -> None:
    """So nothing is asserted that was not; what is likely gets likelier, what is unlikely less likely."""
    confidences = [calibrate(nats) for nats in (-4.0, -1.0, 0.0, 0.4, 2.0)]
    assert confidences == sorted(confidences)
    assert calibrate(0.0) == 0.5
    assert calibrate(0.4) == pytest.approx(0.632, abs=5e-4)
    assert calibrate(-1.0) == pytest.approx(1 - calibrate(1.0))


def test_what_explains_nothing_is_no_candidate_beside_what_explains_all() -> None:
    """An idle cause has a quarter at the most, and no more than what nothing supports where all is explained."""
    open_case, explained = case(facts_of(4, reason=None)), case(facts_of(4, reason="io server disconnect"))
    for whole, most in ((open_case, CLAIMS_NOTHING), (explained, UNSUPPORTED)):
        idle = [cause for cause in judge_causes(whole) if not cause.explains_count]
        assert max(cause.confidence for cause in idle) <= most
    assert _judge(explained)["server-kick"].status is CauseStatus.ASSERTED


def test_how_connections_end_alone_makes_no_candidate() -> None:
    """`transport close` fits many causes: where nothing else speaks for one, nothing stands out."""
    idle = _judge(case(facts_of(4, reason="transport close")))["idle-timeout"]
    assert {check.id for check in idle.checks if check.outcome is Outcome.SUPPORTS} == {"transport-reason"}
    assert (idle.confidence, idle.status) == (UNSUPPORTED, CauseStatus.OPEN)


@pytest.mark.parametrize(("others_count", "is_bound"), [(0, True), (1, False)])
def test_what_explains_nothing_is_not_likelier_than_what_explains_all(others_count: int, is_bound: bool) -> None:
    """Every client stood still, by lines too lossy to assert it; a push that never arrives before a drop ends none.

    One drop more, that the standstill does not explain, leaves room for other causes.
    """
    seen: dict[str, Any] = {"push": push(), "push_arrived": False}
    late = facts_of(2, silence=silence(), notice_s=5.0, notice_error_s=0.1, **seen)
    still = (*late, *(fact(number, silence=silence(), **seen) for number in range(3, 9)))
    others = [fact(20 + number, **seen) for number in range(others_count)]
    causes = _judge(case([*still, *others], lossy_sides=frozenset({"client"})))
    blocked, large = causes["event-loop-blocked"], causes["payload-too-large"]
    assert (blocked.explains_count, large.explains_count) == (8, 0)
    assert UNSUPPORTED < blocked.confidence < CLAIMS_NOTHING
    assert (blocked.rank < large.rank, large.confidence <= blocked.confidence) == (is_bound, is_bound)


def test_what_is_not_asserted_is_the_less_likely_the_more_it_leaves_unexplained() -> None:
    """A beat whose pushes are unknown, in all ends or in half of them: whatever ends the rest may end these, too."""
    timed = facts_of(10, fit=clock(period_s=30.0058), pattern="P1")
    rest = [fact(number) for number in range(11, 21)]
    whole, half = (_judge(case([*timed, *more]))["server-timer"] for more in ((), rest))
    assert (whole.explains_count, half.explains_count) == (10, 10)
    assert (whole.confidence, half.confidence) == (NOT_ASSERTED, NOT_ASSERTED / 2)


def test_another_cause_of_most_makes_the_rest_no_likelier() -> None:
    """Beside twenty kicks, a beat at 3 of 10 other ends, or at all 3 of them: share by share of what is left."""
    kicked = [fact(n, reason="io server disconnect") for n in range(1, 21)]
    found = []
    for others_count in (7, 0):
        timed = [fact(n, fit=clock(period_s=30.0058), pattern="P1") for n in range(21, 24)]
        judged = _judge(case([*kicked, *timed, *(fact(n) for n in range(24, 24 + others_count))]))
        assert (judged["server-kick"].explains_count, judged["server-timer"].explains_count) == (20, 3)
        found.append(judged["server-timer"].confidence)
    assert found == [round(0.3 * NOT_ASSERTED, 3), NOT_ASSERTED]


def test_leftovers_of_an_open_majority_are_not_asserted() -> None:
    """Cuts without a clock are no unstable network while more drops keep a beat that nobody explains."""
    timed = facts_of(40, fit=clock(period_s=30.0))
    loose = [replace(one, drop=replace(one.drop, index=one.drop.index + 40, pattern=None)) for one in facts_of(12)]
    memory = report(memoryless={"worker1": True})
    alone = _judge(case(loose, patterns=memory))["unstable-network"]
    beside = _judge(case((*timed, *loose), patterns=memory))
    assert alone.status is CauseStatus.ASSERTED
    assert beside["unstable-network"].confidence <= NOT_ASSERTED
    assert beside["unstable-network"].explains_count == 12


@pytest.mark.parametrize(("restarts", "expected"), [(4, ["client-restart"]), (0, ["client-close"])])
def test_a_close_beside_restarts_may_be_one_whose_start_is_lost(restarts: int, expected: list[str]) -> None:
    """A process that stops closes its connection; without restarts it is the client's own doing."""
    closed = facts_of(2, reason="io client disconnect")
    started = [fact(10 + number, reason="io client disconnect", restarted=True) for number in range(restarts)]
    assert _asserted(case([*closed, *started], starts_seen=True)) == expected


def test_statuses_follow_confidence_and_refutation() -> None:
    """One half asserts, the two best of the rest are suggested, a refuted one at 2 % is ruled out, others are open."""
    some = judge_causes(case(facts_of(10)))
    refuted = next(cause for cause in some if cause.status is CauseStatus.RULED_OUT)
    ranked = [replace(some[0], id=str(n), confidence=c, checks=()) for n, c in enumerate((0.5, 0.49, 0.3, 0.2, 0.02))]
    found = decide_statuses([*ranked, refuted], is_telling=True)
    assert [cause.status.value for cause in found] == [
        "asserted", "suggested", "suggested", "open", "open", "ruled-out",
    ]  # fmt: skip
    assert decide_statuses(ranked, is_telling=False)[1].status is CauseStatus.OPEN


def test_a_handful_of_thousands_is_no_cause_beside_one() -> None:
    """One own disconnect among 1,500 kicks is not asserted; alone it is; one among a hundred is."""
    own = facts_of(1, reason="io client disconnect")

    def assert_own(kicks_count: int) -> bool:
        kicks = facts_of(kicks_count, reason="io server disconnect")
        return "client-close" in _asserted(case([*kicks, *own]))

    assert [assert_own(count) for count in (0, 99, 1_500)] == [True, True, False]


@pytest.mark.parametrize(
    ("sizes", "stated", "expected"),
    [
        ((130_000.0, 128_500.0, 129_000.0), None, 130_000.0),
        ((130_000.0, 128_500.0, 129_000.0), 120_000, None),
        ((130_000.0, 1_300_000.0, 129_000.0), None, None),
        ((130_000.0, None, None), None, None),
        ((None, None, None), None, None),
    ],
)
def test_messages_below_the_default_limit_point_to_a_lower_one(
    sizes: tuple[float | None, ...], stated: int | None, expected: float | None
) -> None:
    """Told where most drops have a known size and none is above the limit, stated or Socket.IO's own."""
    facts = tuple(fact(number, sent_bytes=size) for number, size in enumerate(sizes, 1))
    causes = judge_causes(case(facts, max_payload_bytes=stated), all_shut_out=False)
    (one,) = [cause for cause in causes if cause.id == "payload-too-large"]
    assert one.numbers.get("largest_small_bytes") == expected


@pytest.mark.parametrize(("others_count", "most"), [(1200, NOT_ASSERTED), (900, MOST_SURE)])
def test_one_of_more_than_a_thousand_is_no_cause(others_count: int, most: float) -> None:
    """One kick among cuts that nothing explains is a stray where they are more than a thousand."""
    kick = fact(9999, second=31.0, reason="io server disconnect")
    kicked = _judge(case((*facts_of(others_count), kick)))["server-kick"]
    assert kicked.explains_count == 1
    assert (kicked.confidence >= ASSERTED_FROM) is (most == MOST_SURE)
    assert kicked.confidence <= most


@pytest.mark.parametrize(
    ("goodbyes_count", "words", "asserted"),
    [
        (9, {"reason": None, "server_reason": LEFT, "side": Side.SERVER}, False),
        (11, {"reason": None, "server_reason": LEFT, "side": Side.SERVER}, True),
        (9, {"reason": "io client disconnect"}, True),
        (9, {"reason": None, "server_reason": "server namespace disconnect", "side": Side.SERVER}, True),
    ],
    ids=["fewer goodbyes than faults", "more of them", "the client says so itself", "kicks"],
)
def test_goodbyes_do_not_lead_over_faults(goodbyes_count: int, words: dict[str, Any], *, asserted: bool) -> None:
    """People leave while a system fails, too: what the server alone hears of it is no cause beside ten open faults."""
    some = [*facts_of(10), *(fact(10 + number, **words) for number in range(1, goodbyes_count + 1))]
    assert bool({"client-close", "server-kick"} & set(_asserted(case(some)))) is asserted


@pytest.mark.parametrize(("silent_count", "asserted"), [(5, False), (11, True)])
def test_a_few_silences_do_not_explain_a_majority_without_one(silent_count: int, *, asserted: bool) -> None:
    """Five silences among ten drops without one may be lines that got lost; eleven are more than is left."""
    some = [*facts_of(10), *(fact(10 + number, silence=silence()) for number in range(1, silent_count + 1))]
    assert ("event-loop-blocked" in _asserted(case(some))) is asserted


@pytest.mark.parametrize(
    ("reasons", "settings", "asserted"),
    [
        ({"reason": None}, {}, False),
        ({"reason": None}, {"ping_interval_s": 25.0, "ping_timeout_s": 20.0}, True),
        ({"reason": None, "server_reason": "transport close"}, {}, True),
    ],
    ids=["nothing is known", "no ping sum", "cut from below"],
)
def test_an_age_needs_a_reason_or_the_settings(
    reasons: dict[str, Any], settings: dict[str, float], *, asserted: bool
) -> None:
    """Clients that spoke to their end at 10 s, of which no line says why: heartbeats of 8 + 2 s end them as well."""
    fit = clock("connection-age", 10.0)
    some = [
        fact(number, opened=30.0 * number - 10.0, fit=fit, heard_s=1.0, usual_s=3.0, side=Side.SERVER, **reasons)
        for number in range(1, 11)
    ]
    assert ("connection-age-limit" in _asserted(case(some, **settings))) is asserted


@pytest.mark.parametrize(
    ("lossy_sides", "asserted"),
    [(frozenset(), {"server-kick", "event-loop-blocked"}), (frozenset({"server"}), {"server-kick"})],
)
def test_what_rests_on_missing_lines_is_no_second_cause_where_lines_get_lost(
    lossy_sides: frozenset[str], asserted: set[str]
) -> None:
    """Ten kicks and two silences: of logs that lack lines the silences say nothing; of whole ones they do."""
    facts = (
        *facts_of(10, reason="io server disconnect"),
        *(fact(number, silence=silence()) for number in (11, 12)),
    )
    assert set(_asserted(case(facts, lossy_sides=lossy_sides))) == asserted


@pytest.mark.parametrize(("own_pattern", "asserted"), [("P1", False), ("P2", True)])
def test_the_rest_of_a_pattern_that_another_cause_explains_is_no_limit(own_pattern: str, *, asserted: bool) -> None:
    """Eight of twelve that lived equally long were killed by pushes: the rest may lack theirs. Four apart do not."""
    fit = clock("connection-age", 29.0)
    killed = facts_of(8, push=push(), trigger="T1", fit=fit, pattern="P1")
    left = [fact(number, fit=fit, pattern=own_pattern) for number in range(9, 13)]
    got = _judge(case((*killed, *left), triggers=(trigger(),), push_templates=PUSH_LINE))
    assert got["payload-too-large"].confidence >= ASSERTED_FROM
    assert (got["connection-age-limit"].explains_count, got["connection-age-limit"].confidence >= ASSERTED_FROM) == (
        4,
        asserted,
    )


@pytest.mark.parametrize(("arrived", "expected"), [(True, CauseStatus.RULED_OUT), (False, CauseStatus.ASSERTED)])
def test_a_hard_refutation_outweighs_all_that_speaks_for_a_cause(arrived: bool, expected: CauseStatus) -> None:
    """Messages above the limit before every drop, which the server calls too large, kill none if they arrived."""
    words: dict[str, Any] = {"server_reason": "transport error", "server_error": "Max payload size exceeded"}
    facts = facts_of(10, push=push(), push_arrived=arrived, sent_bytes=2e6, trigger="T1", **words)
    whole = case(facts, triggers=(trigger(),), push_templates=PUSH_LINE, max_payload_bytes=1_000_000)
    large = _judge(whole)["payload-too-large"]
    assert _sum_nats(large) > 1.0
    assert large.status is expected


@pytest.mark.parametrize(("connections", "together"), [(1, 0), (6, 0), (6, 12)])
def test_a_reload_in_front_is_no_candidate_where_no_two_ends_coincide(connections: int, together: int) -> None:
    """Its sign is that all are cut at once: one client cannot show it, and several that end apart have not."""
    facts = [
        fact(number, connection=f"u{number % connections}", fleet_wide=number <= together, server_evidence=PLACE)
        for number in range(1, 13)
    ]
    found = _judge(case(facts, connections_count=connections, server=server_view()))["proxy-reload"]
    assert (found.confidence <= UNSUPPORTED) is not bool(together)


@pytest.mark.parametrize(("reason", "is_socketio"), [("io server disconnect", True), (None, False)])
def test_socket_ios_calls_are_named_where_the_logs_have_its_words(reason: str | None, *, is_socketio: bool) -> None:
    """A server in Go calls nothing `socket.disconnect()`, and no option of its clients is called `auth`."""
    found = _judge(case(facts_of(6, reason=reason)))["server-kick"]
    assert found.numbers.get("server_call") == ("socket.disconnect()" if is_socketio else None)
