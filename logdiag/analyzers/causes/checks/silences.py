"""Who fell silent before the disconnects, who wrote on, and which side noticed first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.checks.result import (
    CheckResult,
    Claim,
    Numbers,
    cannot_tell,
    check,
    places,
    refutes,
    supports,
)
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.results.evidence import Evidence

NOTICE_S: Final = 1.0  # a choice, as `server_side.UNSURE_S`: within it nobody is known to be first
RARE_SHARE: Final = 0.05  # a choice: fewer may be strays of other causes
LOSSY_STRENGTH: Final = 0.6  # a choice: two nats, so that it takes what else speaks for it to assert it
LEAST_LATE: Final = 3  # a choice: one or two ends may be late for want of a packet
NEARLY_ALL_LATE: Final = 0.8  # a choice: four of five
UNSURE_STRENGTH: Final = 1.5  # a choice: three nats leave a stated reason below even odds


@check("silence-at-drop")
def check_silence(case: Case, claim: Claim) -> CheckResult:
    """A process wrote nothing in any of its files right before, though a beat was due; or both wrote on at most.

    Where lines got lost, silences tell nothing by themselves. But a line that comes late did not get lost: if the
    silent side logs nearly all of these ends well after the other one, most drops fall into its silences, and the other
    side does not put most down to something else than pings, it stood still.
    """
    quiet = [fact for fact in claim.facts if fact.is_silent]
    ran_on = [fact for fact in case.facts if fact.both_ran_on]
    numbers: Numbers = {
        "count": len(quiet),
        "of_count": len(case.facts),
        "ran_on_count": len(ran_on),
        "longest_s": max((_length_s(fact) for fact in quiet), default=None),
        "side": "server" if any(fact.silence is None for fact in quiet) else "client",
    }
    if quiet and numbers["side"] in case.lossy_sides:
        if len(quiet) > 0.5 * len(case.facts) and _are_noticed_late(quiet) and _may_be_lost_heartbeats(quiet):
            lines = [place for fact in quiet for place in _silence_lines(fact)]
            return supports(numbers, lines, LOSSY_STRENGTH)
        return cannot_tell({**numbers, "side": None})
    if len(quiet) >= max(2, RARE_SHARE * len(case.facts)) or (quiet and len(quiet) == len(case.facts)):
        lines = [place for fact in quiet for place in _silence_lines(fact)]
        return supports(numbers, lines, 1.0 if len(quiet) >= 3 else 0.8)
    if not quiet and len(ran_on) > 0.5 * len(case.facts):
        return refutes(numbers, places(ran_on))
    return cannot_tell(numbers)


@check("no-silence-at-drop")
def check_no_silence(case: Case, claim: Claim) -> CheckResult:
    """Client and server each wrote on, on a beat of its own, through most drops while the pings got lost.

    A server that always pauses before it gives its only client up, or all its clients at once, may have stood still: no
    lost heartbeat is sure.
    """
    quiet = [fact for fact in claim.facts if fact.is_silent and _find_silent_side(fact) not in case.lossy_sides]
    ran_on = [fact for fact in claim.facts if fact.both_ran_on]
    paused = [fact for fact in claim.facts if fact.lonely_pause is not None]
    crowded = [fact.crowd_pause for fact in claim.facts if fact.crowd_pause is not None]
    numbers: Numbers = {"count": len(ran_on), "silent_count": len(quiet), "of_count": len(claim.facts)}
    if len(crowded) > 0.5 * len(claim.facts) and len(quiet) <= 0.5 * len(claim.facts):
        lines = [place for pause in crowded for place in pause.evidence]
        longest_s = max(pause.silence_s for pause in crowded)
        told: Numbers = {"silent_count": None, "paused_count": None, "crowded_count": len(crowded)}
        return refutes({**numbers, **told, "longest_s": longest_s}, lines, UNSURE_STRENGTH)
    if len(paused) > 0.5 * len(claim.facts):
        lines = [place for fact in paused if fact.lonely_pause is not None for place in fact.lonely_pause.evidence]
        return refutes({**numbers, "silent_count": None, "paused_count": len(paused)}, lines, UNSURE_STRENGTH)
    return _follow_most(claim, numbers, against=quiet, pro=ran_on)


@check("ticks-to-the-drop")
def check_ticks(case: Case, claim: Claim) -> CheckResult:
    """What comes regularly over the connection came up to most drops; or had stayed away well before them."""
    del case
    known = [fact for fact in claim.facts if fact.ticked_to_end is not None]
    missed = [fact for fact in known if fact.ticked_to_end is False]
    ticked = [fact for fact in known if fact.ticked_to_end is True]
    numbers: Numbers = {"count": len(ticked), "missed_count": len(missed), "of_count": len(claim.facts)}
    return _follow_most(claim, numbers, against=missed, pro=ticked)


def _follow_most(
    claim: Claim, numbers: Numbers, *, against: Sequence[DisconnectFacts], pro: Sequence[DisconnectFacts]
) -> CheckResult:
    """What most of the claimed disconnects say; nothing where neither side has most of them."""
    if len(against) > 0.5 * len(claim.facts):
        return refutes(numbers, places(against))
    return supports(numbers, places(pro)) if len(pro) > 0.5 * len(claim.facts) else cannot_tell(numbers)


@check("silent-side-noticed-late")
def check_silent_side_noticed_late(case: Case, claim: Claim) -> CheckResult:
    """The side that was awake logged the end well before the frozen one; or both logged it in the same moment."""
    del case
    known = [fact for fact in claim.facts if fact.notice_s is not None and fact.notice_error_s is not None]
    late = [fact for fact in known if _lateness_s(fact) > _unsure_s(fact)]
    together = [fact for fact in known if abs(fact.notice_s or 0.0) <= _unsure_s(fact)]
    numbers: Numbers = {
        "count": len(late),
        "of_count": len(known),
        "latest_s": max((_lateness_s(fact) for fact in late), default=None),
    }
    if known and len(late) >= 0.5 * len(known):
        return supports(numbers, places(late))
    return refutes(numbers, places(together)) if len(together) > 0.5 * len(known) else cannot_tell(numbers)


def _are_noticed_late(facts: Sequence[DisconnectFacts]) -> bool:
    """Whether the silent side logged nearly all ends that both sides tell of well after the other one."""
    known = [fact for fact in facts if fact.notice_s is not None and fact.notice_error_s is not None]
    late_count = sum(_lateness_s(fact) > _unsure_s(fact) for fact in known)
    return late_count >= max(LEAST_LATE, NEARLY_ALL_LATE * len(known))


def _may_be_lost_heartbeats(facts: Sequence[DisconnectFacts]) -> bool:
    """Whether the side that was awake puts at least half of the ends that it gives a reason for down to its pings."""
    words = [fact.drop.server_reason if fact.silence is not None else fact.reason for fact in facts]
    stated = [said for said in words if said is not None]
    return 2 * stated.count("ping timeout") >= len(stated)


def _lateness_s(fact: DisconnectFacts) -> float:
    """How much later the silent side logged the end than the other one, in seconds."""
    notice = fact.notice_s or 0.0
    return notice if fact.silence is not None else -notice


def _unsure_s(fact: DisconnectFacts) -> float:
    return max(NOTICE_S, 3 * (fact.notice_error_s or 0.0))


def _length_s(fact: DisconnectFacts) -> float:
    return max(silence.silence_s for silence in (fact.silence, fact.server_silence) if silence is not None)


def _find_silent_side(fact: DisconnectFacts) -> str:
    return "server" if fact.silence is None else "client"


def _silence_lines(fact: DisconnectFacts) -> list[Evidence]:
    silence = fact.silence or fact.server_silence
    return [] if silence is None else list(silence.evidence)
