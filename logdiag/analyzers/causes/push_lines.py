"""Which lines that come right before disconnects are pushes."""

from __future__ import annotations

from collections import Counter
from typing import Final

from logdiag.analyzers.causes.case import Case
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.results.patterns import TriggerRole

FEW_MISSING: Final = 0.05  # of the disconnects: a choice of what "nearly all" leaves out
COMPANION_SHARE: Final = 0.6  # a choice: clearly more than half of the pushes bring the line
LEAST_STILL: Final = 2  # one silence before a push is chance
STILL_SHARE: Final = 0.2  # why a fifth: see `push_triggers`


def push_triggers(case: Case, role: TriggerRole) -> list[TriggerFit]:
    """The triggers of a role that are pushes: they, or lines that always come with them, start or report a push.

    None if other lines of the client are triggers as well, or if the process was silent before several of these pushes:
    what stands before disconnects is then not the push as such (after a freeze, everything that was due comes at once).
    A fifth is enough: where lines got lost most silences are taken for losses, and no push brings a silence before it.
    """
    pushed = [fact for fact in case.facts if fact.push is not None]
    silent_count = sum(fact.silence is not None for fact in pushed)
    if silent_count >= max(LEAST_STILL, STILL_SHARE * len(pushed)):
        return []
    close = [fit for fit in case.triggers if fit.connection and fit.lag.median_s <= case.push_reach_ms / 1e3]
    found = [fit for fit in close if fit.role == role and _is_push(case, fit)]
    rivals = [fit for fit in close if fit.role == TriggerRole.TRIGGER and not _is_push(case, fit)]
    return found if role != TriggerRole.TRIGGER or not rivals else []


def _is_push(case: Case, fit: TriggerFit) -> bool:
    """Whether a template starts or reports a push, or comes with pushes: before nearly all its drops, and with most."""
    if fit.line.key in case.push_templates:
        return True
    if not any(key in case.push_templates for key in fit.members):
        return False
    pushes = [fact.push for fact in _find_preceded(case, fit) if fact.push is not None]
    if len(fit.counts.preceded) - len(pushes) > round(FEW_MISSING * len(fit.counts.preceded)):
        return False
    ((channel, _),) = Counter(push.channel for push in pushes).most_common(1)
    return fit.counts.occurrences_count >= COMPANION_SHARE * case.tried_counts[fit.connection, channel]


def _find_preceded(case: Case, fit: TriggerFit) -> list[DisconnectFacts]:
    """The disconnects that a trigger precedes."""
    return [case.by_index[index] for _, index in dict.fromkeys(fit.counts.preceded)]
