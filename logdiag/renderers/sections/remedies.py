"""What to do: remedies with their pros and cons, the order of fixes, and a checklist to work off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Section, Subheading, code, flatten
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.analysis import say_retry
from logdiag.renderers.sections.headline import build_headline
from logdiag.renderers.sections.material import Material, join
from logdiag.results.causes import Cause, Outcome
from logdiag.results.pushes import PushFate, PushOutcome
from logdiag.verdict import Verdict

LOST: Final = frozenset({PushFate.LOST, PushFate.PROBABLY_LOST})
WARNING: Final = "poison"  # the general remedy that says what the others would do to this incident
# The checks, and their counts, that answer for each disconnect what the experiment on the cause asks for.
KNOWN_BY: Final = {
    "server-restart": ("server-gone-seen", "started_count"),
    "duplicate-connection": ("same-worker-joined", "joins_count"),
    "server-kick": ("kick-line-seen", "count"),
}
# The general remedies whose numbers a replay tells, and the policy that stands for each.
REPLAYED: Final = {"remedy.retry.": "retry:3x2s", "remedy.acknowledge.": "ack", "remedy.queue.": "queue"}


def build_remedies(material: Material) -> Section:
    """Set out the remedies of the leading causes, then those that help against any outage."""
    phrases = material.phrases
    if material.diagnosis.verdict is not Verdict.INCIDENT:
        nothing: tuple[Block, ...] = (Paragraph(phrases.inline("remedies.none")),)
        return Section("remedies", material.title("remedies"), nothing)
    blocks: list[Block] = []
    if material.shut_out:
        key = "remedies.shut_out_unseen" if material.diagnosis.are_connects_unseen else "remedies.shut_out"
        intro = phrases.inline(key) if material.is_all_shut_out else ()
        blocks.append(Paragraph((*intro, *_shut_out_step(material))))
    if not (material.asserted or material.is_all_shut_out):
        key = "few" if material.is_too_few else "not_established"
        blocks.append(Paragraph(phrases.inline(f"remedies.{key}")))
    actions = [(f"cause.{cause.id}.remedy_", phrases.cause(cause, "fix")) for cause in material.leading]
    if not material.is_compact:
        actions += ((f"remedy.{name}.", phrases.inline(f"remedy.{name}.do")) for name in _general(material))
    for number, (prefix, action) in enumerate(actions, start=1):
        blocks.extend(_remedy(material, number, prefix, action))
    if material.is_compact:
        blocks += _fold(material, len(actions) + 1)
    return Section("remedies", material.title("remedies"), tuple(blocks))


def _general(material: Material) -> Iterator[str]:
    """Name the general remedies in the order to consider them: the warning before what it warns of.

    They are about pushes: where a cause is known and these logs hold no push, they would be about nothing.
    """
    if material.asserted and not material.diagnosis.pushes.attempted_count and not material.is_too_few:
        return
    if material.is_too_few:
        yield "acknowledge"
        return
    if material.diagnosis.push_may_kill:
        yield "poison"
    if not material.diagnosis.retries_seen:
        yield "retry"
    yield from ("acknowledge", "queue")


def _remedy(material: Material, number: int, prefix: str, action: Inline) -> list[Block]:
    phrases = material.phrases
    title = phrases.inline(f"{prefix}title")
    if material.is_compact:
        return [Bullets(((*phrases.inline("remedies.folded", number=number, title=title), *action),))]
    lines: list[Inline] = [(*phrases.inline("remedies.do"), *action)]
    lines += say_pros_and_cons(phrases, prefix)
    policy = REPLAYED.get(prefix)
    replayed = [retry for retry in material.diagnosis.retries if retry.policy == policy and not retry.harmful]
    lines.extend(say_retry(phrases, retry, "replay.in_diagnosis") for retry in replayed)
    return [Subheading(phrases.inline("remedies.item", number=number, title=title)), Bullets(tuple(lines))]


def say_pros_and_cons(phrases: Phrases, prefix: str) -> list[Inline]:
    """What speaks for a remedy in one line, what against it in another."""
    listed = ((part, phrases.series(f"{prefix}{part}")) for part in ("pros", "cons"))
    return [
        (*phrases.inline(f"remedies.{part}"), *join(texts, phrases.mark("clause"))) for part, texts in listed if texts
    ]


def _fold(material: Material, number: int) -> list[Block]:
    """The remedies that help against any outage, a line each; what this incident warns of stands whole."""
    phrases = material.phrases
    names = tuple(_general(material))
    items = []
    for place, name in enumerate(names):
        title = phrases.inline(f"remedy.{name}.title")
        done = phrases.inline(f"remedy.{name}.do") if name == WARNING or len(names) == 1 else ()
        items.append((*phrases.inline("remedies.folded", number=number + place, title=title), *done))
    known = (code(f"logdiag explain {name}") for name in (*(cause.id for cause in material.leading), "remedies"))
    more = phrases.inline("remedies.explain", commands=join(known, phrases.mark("list")))
    return [Bullets(tuple(items)), Paragraph(more)]


def build_order(material: Material) -> Section:
    """Put the fixes in the order of days."""
    phrases = material.phrases
    if material.diagnosis.verdict is not Verdict.INCIDENT:
        blocks: tuple[Block, ...] = (Paragraph(phrases.inline("order.none")),)
    else:
        steps = (
            (*phrases.inline(f"order.{when}"), *what) for when, actions in _steps(material) for what in actions if what
        )
        blocks = (Bullets(tuple(steps), ordered=True),)
    return Section("order", material.title("order"), blocks)


def _shut_out_step(material: Material) -> Inline:
    """Say what to do first for clients that never got through, and for which if others did."""
    who = (
        ()
        if material.is_all_shut_out
        else material.phrases.inline("remedies.shut_out_some", who=material.shut_out_who())
    )
    return (*who, *material.shut_out_first())


def _steps(material: Material) -> list[tuple[str, list[Inline]]]:
    phrases, pushes = material.phrases, material.diagnosis.pushes
    leading = material.leading
    recover = _recover(material, "order") if material.is_compact else []
    verify = phrases.inline("order.verify") if material.is_compact and pushes.attempted_count else ()
    add_lines = phrases.inline("order.add_lines") if material.diagnosis.blind_spots else ()
    key = "order.stop_retry" if material.diagnosis.retries_seen else "order.hold_retry"
    hold = phrases.inline(key) if material.diagnosis.push_may_kill else ()
    experiments = _order_experiments(material)
    reread = phrases.inline("order.reread" if experiments else "order.reread_known")
    fixes = [
        phrases.inline("order.fix", number=number, title=phrases.inline(f"cause.{cause.id}.remedy_title"))
        for number, cause in enumerate(material.asserted, start=1)
    ]
    shut_out = [_shut_out_step(material)] if material.shut_out else []
    general = {
        name: _point_to(material, len(leading) + place, name) for place, name in enumerate(_general(material), 1)
    }
    later = [phrases.inline("order.alarm")]
    if pushes.attempted_count and "queue" in general:
        later.insert(0, general["queue"])
    if (
        fixes and not material.is_sure and not material.is_all_shut_out
    ):  # a likely cause is tested before it is repaired
        soon = [("immediately", [*shut_out, *experiments, hold, *recover]), ("today", [add_lines]), ("week", fixes)]
    else:
        now = [*shut_out, *fixes]
        soon = [
            ("immediately", [*(now or [add_lines]), hold, *recover]),
            ("today", [*experiments, add_lines if now else ()]),
        ]
    return [
        *soon,
        ("week", [general.get("acknowledge", ()), verify, reread]),
        ("later", later),
    ]


def _order_experiments(material: Material) -> list[Inline]:
    """The experiment on the first of the leading causes; on a screen, which has no checklist, what to do for each."""
    phrases = material.phrases
    shown = material.leading if material.is_compact else material.leading[:1]
    said = []
    for cause in shown:
        if _is_result_known(cause):
            continue
        is_whole = material.is_compact and cause is not material.first_experiment
        key = "actions.experiment" if is_whole else "order.experiment"
        experiment = phrases.cause(cause, "next_experiment")
        said.append(phrases.inline(key, cause=phrases.cause_title(cause.id), experiment=experiment))
    return said


def _is_result_known(cause: Cause) -> bool:
    """Whether the logs hold for each disconnect the line that the experiment on its cause would look for."""
    name, number = KNOWN_BY.get(cause.id, ("", ""))
    told = (check for check in cause.checks if check.id == name and check.outcome is Outcome.SUPPORTS)
    return any(check.numbers.get(number) == cause.explains_count == check.numbers.get("of_count") for check in told)


def _point_to(material: Material, number: int, name: str) -> Inline:
    return material.phrases.inline("order.fix", number=number, title=material.phrases.inline(f"remedy.{name}.title"))


def build_actions(material: Material) -> Section:
    """Write the checklist: what is done, what to try and what it must show, what to send again, how to verify.

    On a screen the order of the fixes holds all of it.
    """
    if material.is_compact and material.diagnosis.verdict is Verdict.INCIDENT:
        return Section("actions", material.title("actions"), ())
    items = list(_actions(material))
    ticks = tuple(done for _, done in items)
    checklist = Bullets(tuple(text for text, _ in items), ticks=ticks)
    return Section("actions", material.title("actions"), (checklist,))


def _actions(material: Material) -> Iterator[tuple[Inline, bool]]:
    phrases, diagnosis = material.phrases, material.diagnosis
    paths = " ".join(diagnosis.inputs.paths)
    yield phrases.inline("actions.diagnosed", headline=flatten(build_headline(material))), True
    if diagnosis.doubt is not None and diagnosis.doubt.id == "outside-window":
        yield material.first_of_nothing, False
        return
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        yield phrases.inline("actions.look", paths=paths), False
        yield phrases.inline("actions.level"), False
        yield phrases.inline("actions.rule"), False
        return
    if diagnosis.verdict is Verdict.HEALTHY:
        yield phrases.inline("actions.watch"), False
        return
    if material.shut_out:
        yield _shut_out_step(material), False
    yield from ((item, False) for item in _recover(material, "actions"))
    yield from ((item, False) for item in _experiments(material))
    if diagnosis.blind_spots:
        spots = join(
            (phrases.inline("actions.spot", spot=spot.id) for spot in diagnosis.blind_spots), phrases.mark("list")
        )
        yield phrases.inline("actions.add", spots=spots), False
    yield phrases.inline("actions.rerun", paths=paths), False
    if diagnosis.pushes.attempted_count:
        yield phrases.inline("actions.verify"), False


def _recover(material: Material, section: str) -> list[Inline]:
    pushes, phrases = material.diagnosis.pushes, material.phrases
    lost = pushes.lost_count
    if not lost:
        return []
    ids = tuple(dict.fromkeys([*pushes.lost_message_ids, *_suspect_ids(material)]))
    key = "recover" if ids else "recover_unnamed"
    key += "_held" if material.diagnosis.push_may_kill else ""  # what kills its connection does so again by hand
    said = phrases.inline(f"{section}.{key}", lost_message_ids=ids, lost_count=lost)
    unnamed_count = sum(push.fate in LOST and not push.message_ids for push in pushes.items) if ids else 0
    rest = phrases.inline(f"{section}.recover_rest", unnamed_count=unnamed_count) if unnamed_count else ()
    return [(*said, *rest)]


def _suspect_ids(material: Material) -> Iterator[str]:
    """Name the messages of the pushes that probably did not arrive, and that no other push delivered."""
    for push in material.diagnosis.pushes.items:
        if push.outcome == PushOutcome.SUSPECT and push.fate != PushFate.RESENT:
            yield from push.message_ids


def _experiments(material: Material) -> Iterator[Inline]:
    """The experiments on the leading causes; of the one that the first screen tells, where it stands."""
    phrases = material.phrases
    for cause in (one for one in material.leading if not _is_result_known(one)):
        key = "actions.experiment_first" if cause is material.first_experiment else "actions.experiment"
        experiment = phrases.cause(cause, "next_experiment")
        yield phrases.inline(key, experiment=experiment, cause=phrases.cause_title(cause.id))
