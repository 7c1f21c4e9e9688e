"""What happened to one message: its lines, its pushes and the state of its connection, put in the order of time."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.analyzers.pushes.accounts import part_messages
from logdiag.events import EventKind
from logdiag.results.connections import Clock
from logdiag.results.disconnects import Attribution, Disconnect
from logdiag.results.evidence import Evidence, Number
from logdiag.results.journey import (
    Caveat,
    Hop,
    Journey,
    JourneyEnd,
    LinkState,
    Looked,
    Mention,
    Story,
    Subject,
    Tie,
    Understood,
)
from logdiag.results.pushes import Push, PushFate, PushOutcome
from logdiag.rows import Rows

NEAR: Final = timedelta(seconds=1)  # the issue's own reach for what else was under way
MOST_LISTED: Final = 20  # a choice: a screen of choices
MOST_HOPS: Final = 100  # a choice: a story that is longer is none of one message
MOST_OTHERS: Final = 12  # a choice: what stands near is the frame, not the picture
SHORTEST_BEGINNING: Final = 6  # characters: a cut id shorter than this begins too many others
UNLOGGED_END: Final = "unlogged-end"
PLAIN_LINE: Final = "line"
BEFORE_DROP: Final = frozenset({Attribution.NEAR_BEFORE, Attribution.STRADDLE})  # the connection did not live on
# Why a push did not plainly arrive, by its outcome and how it lies to its disconnect.
WHY: Final[Mapping[tuple[PushOutcome, Attribution | None], str]] = {
    (PushOutcome.FAILED, Attribution.INSIDE): "pushed-while-down",
    (PushOutcome.FAILED, Attribution.STRADDLE): "dropped-while-pushing",
    (PushOutcome.FAILED, Attribution.NEAR_BEFORE): "failed-then-dropped",
    (PushOutcome.FAILED, Attribution.DEAD_LINE): "failed-on-dead-line",
    (PushOutcome.FAILED, Attribution.UNKNOWN_START): "failed-since-unknown",
    (PushOutcome.SUSPECT, Attribution.INSIDE): "sent-while-down",
    (PushOutcome.SUSPECT, Attribution.STRADDLE): "dropped-while-sending",
    (PushOutcome.SUSPECT, Attribution.NEAR_BEFORE): "dropped-soon-after",
}


class LoggedLine(NamedTuple):
    """What the timeline says of one line."""

    time: datetime
    kind: str
    connection: str
    service: str
    message: str
    message_id: str | None
    order_unknown: bool


@dataclass(frozen=True)
class Records:
    """Everything known of the logs: events, sessions, disconnects by index, pushes with their fates."""

    timeline: Rows
    sessions: Sequence[SessionRecord]
    drops: Sequence[Disconnect]
    pushes: Sequence[Push]
    clocks: Sequence[Clock]
    has_receipts: bool

    @cached_property
    def line_at(self) -> dict[Evidence, LoggedLine]:
        """What each line of the timeline says; the first where a line tells of several events."""
        names = ("kind", "connection", "service", "message", "message_id", "order_unknown", "file", "line")
        columns = (self.timeline[name].tolist() for name in names)
        logged: dict[Evidence, LoggedLine] = {}
        for time, *values, file, line in zip(self.timeline.moments(), *columns, strict=True):
            logged.setdefault(Evidence(file, int(line)), LoggedLine(time, *values))
        return logged

    @cached_property
    def sockets(self) -> dict[str, list[LinkChange]]:
        """Each change of each connection, in order of time."""
        turns: dict[str, list[LinkChange]] = defaultdict(list)
        for session in self.sessions:
            if session.opened is not None:
                turns[session.connection].append(
                    LinkChange(session.opened, LinkState.UP, session.open_evidence, is_logged=True)
                )
            if session.closed is not None:
                turns[session.connection].append(
                    LinkChange(session.closed, LinkState.DOWN, session.evidence, is_logged=session.logged)
                )
        for mine in turns.values():
            mine.sort(key=lambda turn: turn.time)
        return dict(turns)

    @cached_property
    def pushes_of(self) -> dict[str, list[Push]]:
        """The pushes of each message."""
        found: dict[str, list[Push]] = defaultdict(list)
        for push in self.pushes:
            for name in push.message_ids:
                found[name].append(push)
        return dict(found)

    @cached_property
    def first_lines(self) -> dict[str, Evidence]:
        """The first line of the timeline that names each message."""
        found: dict[str, Evidence] = {}
        for place, logged in self.line_at.items():
            if logged.message_id is not None:
                found.setdefault(logged.message_id, place)
        return found


class LinkChange(NamedTuple):
    """A connect or the end of a session."""

    time: datetime
    link: LinkState
    evidence: Evidence | None
    is_logged: bool


class Choice(NamedTuple):
    """One message that the text may mean: its name, if it has one, its pushes and the lines that brought it up."""

    message_id: str | None
    pushes: tuple[Push, ...]
    places: tuple[Evidence, ...]


def find_choices(text: str, records: Records, mentions: Sequence[Mention]) -> tuple[Understood, list[Choice]]:
    """Say what a text means: an id, part of ids, the full form of ids that the logs cut, or text of lines."""
    for understood, fits in (
        (Understood.ID, lambda name: name == text),
        (Understood.ID_PART, lambda name: text in name),
        (Understood.ID_BEGINNING, lambda name: len(name) >= SHORTEST_BEGINNING and text.startswith(name)),
    ):
        names = [name for name in records.first_lines | dict.fromkeys(records.pushes_of) if fits(name)]
        if names:
            return understood, [choice for name in names for choice in _choose(name, records)]
    if not mentions:
        return Understood.NOTHING, []
    return Understood.TEXT, _choose_by_lines(records, mentions)


def _choose(name: str, records: Records) -> list[Choice]:
    """The messages of an id: pushes of several connections for several accounts carry several."""
    first = records.first_lines.get(name)
    places = () if first is None else (first,)
    groups = part_messages(records.pushes_of.get(name, ())) or [[]]
    return [Choice(name, tuple(group), () if number else places) for number, group in enumerate(groups)]


def _choose_by_lines(records: Records, mentions: Sequence[Mention]) -> list[Choice]:
    """The messages that these lines name or push; else the pushes without a name; else the lines themselves."""
    places = {mention.evidence for mention in mentions}
    touched = [push for push in records.pushes if places.intersection(push.evidence)]
    named = [name for place in places if (logged := records.line_at.get(place)) and (name := logged.message_id)]
    names = dict.fromkeys([*named, *(name for push in touched for name in push.message_ids)])
    choices = [choice for name in names for choice in _choose(name, records)]
    nameless = [Choice(None, (push,), push.evidence) for push in touched if not push.message_ids]
    return choices or nameless or [Choice(None, (), tuple(mention.evidence for mention in mentions))]


def describe(choice: Choice, records: Records, mentions: Sequence[Mention] = ()) -> Subject:
    """Say where and when a message turned up, and where it ended."""
    end, why, _ = _find_outcome(choice.pushes)
    times = [push.time for push in choice.pushes] + [mention.time for mention in mentions]
    times += [records.line_at[place].time for place in choice.places if place in records.line_at]
    return Subject(choice.message_id, _find_connection(choice, records, mentions), min(times), end, why)


def _find_outcome(pushes: Sequence[Push]) -> tuple[JourneyEnd, str, Push | None]:
    """Where a message ended, why, and the push that says so."""
    by_outcome = {name: [push for push in pushes if push.outcome == name] for name in PushOutcome}
    arrived = by_outcome[PushOutcome.OK]
    missed = [*by_outcome[PushOutcome.FAILED], *by_outcome[PushOutcome.SUSPECT]]
    if arrived:
        push = arrived[-1]
        end, why = (JourneyEnd.RESENT, "resent") if missed else (JourneyEnd.DELIVERED, "arrived")
        return end, f"{why}-then-dropped" if push.attribution in BEFORE_DROP else why, push
    if by_outcome[PushOutcome.SUSPECT]:
        push = by_outcome[PushOutcome.SUSPECT][-1]
        if push.fate == PushFate.LOST:
            return JourneyEnd.FAILED, "no-receipt", push
        return JourneyEnd.SUSPECT, WHY.get((PushOutcome.SUSPECT, push.attribution), "no-receipt"), push
    if missed:
        return JourneyEnd.FAILED, WHY.get((PushOutcome.FAILED, missed[-1].attribution), "failed-while-up"), missed[-1]
    return JourneyEnd.UNKNOWN, "unanswered" if pushes else "no-push", pushes[-1] if pushes else None


def _find_connection(choice: Choice, records: Records, mentions: Sequence[Mention]) -> str | None:
    """The client whose message it is: that of its push, else of a line about it."""
    names = [push.connection for push in choice.pushes]
    names += [records.line_at[place].connection for place in choice.places if place in records.line_at]
    names += [mention.source for mention in mentions]
    return next((name for name in names if name in records.sockets), names[0] if choice.pushes else None)


def list_own_places(choice: Choice, mentions: Sequence[Mention]) -> set[Evidence]:
    """The lines that are about the message itself."""
    pushed = {place for push in choice.pushes for place in push.evidence}
    return pushed | set(choice.places) | {mention.evidence for mention in mentions}


def list_own_times(choice: Choice, records: Records, mentions: Sequence[Mention]) -> list[datetime]:
    """When they were written, in order."""
    known = {mention.evidence: mention.time for mention in mentions}
    known |= {place: records.line_at[place].time for place in list_own_places(choice, ()) if place in records.line_at}
    return sorted(known.values())


def tell_story(
    choice: Choice, understood: Understood, records: Records, mentions: Sequence[Mention], nearby: Sequence[Mention]
) -> Story:
    """Put the way of one message together; `mentions` hold its name, `nearby` are all lines within a second of it."""
    subject = describe(choice, records, mentions)
    hops = _list_hops(choice, subject, records, mentions)
    shown = {hop.evidence for hop in hops}
    others = [mention for mention in nearby if mention.evidence not in shown]
    own = list_own_times(choice, records, mentions)
    others.sort(key=lambda other: min(abs(other.time - time) for time in own))
    listed = sorted(others[:MOST_OTHERS], key=lambda other: (other.time, other.evidence.file, other.evidence.line))
    return Story(
        subject=subject,
        numbers=_number(choice, records),
        hops=tuple(hops[:MOST_HOPS]),
        hops_count=len(hops),
        others=tuple(listed),
        others_count=len(others),
        assumptions=_list_caveats(choice, subject, understood, records, hops),
    )


def _number(choice: Choice, records: Records) -> dict[str, Number]:
    """The numbers that say why a message ended where it did."""
    _, _, push = _find_outcome(choice.pushes)
    if push is None:
        return {}
    drop = next((drop for drop in records.drops if drop.index == push.disconnect_index), None)
    ended = [records.line_at[place].time for place in push.evidence if place in records.line_at]
    return {
        "attempts_count": len(choice.pushes),
        "missed_count": sum(one.outcome in {PushOutcome.FAILED, PushOutcome.SUSPECT} for one in choice.pushes),
        "resent_by": next((one.resent_by for one in choice.pushes if one.resent_by is not None), None),
        "error": push.error,
        "lead_ms": push.lead_ms,
        "took_ms": round((max(ended) - push.time).total_seconds() * 1e3, 3) if ended else None,
        "after_drop_ms": push.after_drop_ms,
        "before_reconnect_ms": push.before_reconnect_ms,
        "outage_s": None if drop is None else drop.outage_s,
    }


def _list_hops(choice: Choice, subject: Subject, records: Records, mentions: Sequence[Mention]) -> list[Hop]:
    """All steps in order; those of the connection from the connect before the message to the one after its end."""
    own = list_own_times(choice, records, mentions)
    pushed = {place for push in choice.pushes for place in push.evidence}
    lines = {mention.evidence: (mention, Tie.NAMED) for mention in mentions}
    for place in [*choice.places, *pushed]:
        if place in records.line_at and place not in lines:
            logged = records.line_at[place]
            mention = Mention(logged.time, logged.connection, logged.service, logged.message, place)
            lines[place] = mention, Tie.PUSH if place in pushed else Tie.NAMED
    steps = [_make_hop(mention, tie, subject, records, own[0]) for mention, tie in lines.values()]
    turns = _choose_turns(choice, subject, records, own)
    steps += [_make_turn(turn, subject, records, own[0]) for turn in turns if turn.evidence not in lines]
    files: dict[datetime, set[str]] = defaultdict(set)
    for step in steps:
        files[step.time].add(step.evidence.file if step.evidence else "")
    steps.sort(key=lambda hop: (hop.time, *((hop.evidence.file, hop.evidence.line) if hop.evidence else ("", 0))))
    return steps


def _make_hop(mention: Mention, tie: Tie, subject: Subject, records: Records, start: datetime) -> Hop:
    logged = records.line_at.get(mention.evidence)
    connection = mention.source if logged is None else logged.connection
    owner = connection if connection in records.sockets else subject.connection
    link, since = _find_link(owner, mention.time, records)
    return Hop(
        time=mention.time,
        after_ms=_count_ms(start, mention.time),
        role=PLAIN_LINE if logged is None else logged.kind,
        tie=tie,
        connection=connection,
        service=mention.service,
        message=mention.message,
        link=link,
        link_since=since,
        order_unknown=logged is not None and logged.order_unknown,
        evidence=mention.evidence,
    )


def _make_turn(turn: LinkChange, subject: Subject, records: Records, start: datetime) -> Hop:
    logged = None if turn.evidence is None else records.line_at.get(turn.evidence)
    role = (
        EventKind.CONNECTED if turn.link is LinkState.UP else EventKind.DISCONNECTED if turn.is_logged else UNLOGGED_END
    )
    return Hop(
        time=turn.time,
        after_ms=_count_ms(start, turn.time),
        role=str(role),
        tie=Tie.SOCKET,
        connection=subject.connection or "",
        service="" if logged is None else logged.service,
        message="" if logged is None or not turn.is_logged else logged.message,
        link=turn.link,
        link_since=turn.time,
        order_unknown=logged is not None and logged.order_unknown,
        evidence=turn.evidence,
    )


def _count_ms(start: datetime, time: datetime) -> float:
    return round((time - start).total_seconds() * 1e3, 3)


def _find_link(connection: str | None, time: datetime, records: Records) -> tuple[LinkState, datetime | None]:
    """Whether a connection was up at an instant, and since when.

    Before the first line about it, it was up if that line is a disconnect and this log tells of connects; since when is
    not known.
    """
    turns = records.sockets.get(connection or "", [])
    place = bisect_right(turns, time, key=lambda turn: turn.time) - 1
    if place >= 0:
        # A session may begin without a connect in the log: its end is then the second of two in a row.
        if turns[place].link is LinkState.DOWN and place + 1 < len(turns) and turns[place + 1].link is LinkState.DOWN:
            return LinkState.UNKNOWN, None
        return turns[place].link, turns[place].time
    if turns and turns[0].link is LinkState.DOWN and any(turn.link is LinkState.UP for turn in turns):
        return LinkState.UP, None
    return LinkState.UNKNOWN, None


def _choose_turns(choice: Choice, subject: Subject, records: Records, own: Sequence[datetime]) -> list[LinkChange]:
    """What the connection went through: from the connect before the message to the one after its end."""
    turns = records.sockets.get(subject.connection or "", [])
    indices = {push.disconnect_index for push in choice.pushes}
    blamed = [drop.time for drop in records.drops if drop.index in indices and drop.connection == subject.connection]
    first = bisect_right(turns, own[0], key=lambda turn: turn.time) - 1
    last = bisect_right(turns, max([own[-1], *blamed]), key=lambda turn: turn.time)
    if last and turns[last - 1].link is LinkState.DOWN:
        last += 1
    return turns[max(first, 0) : last]


def _list_caveats(
    choice: Choice, subject: Subject, understood: Understood, records: Records, hops: Sequence[Hop]
) -> tuple[Caveat, ...]:
    """What the story takes for granted."""
    found = []
    named = {hop.evidence for hop in hops if hop.tie is Tie.NAMED}
    if choice.message_id is not None and any(not named.issuperset(push.evidence[-1:]) for push in choice.pushes):
        found.append(Caveat("push-by-order", {}))
    if any(push.start_inferred for push in choice.pushes):
        found.append(Caveat("start-inferred", {}))
    if understood is Understood.ID_BEGINNING or any(f"{choice.message_id}..." in hop.message for hop in hops):
        found.append(Caveat("cut-id", {"id": choice.message_id}))
    if subject.end in {JourneyEnd.DELIVERED, JourneyEnd.RESENT} and not records.has_receipts:
        found.append(Caveat("sent-is-not-received", {}))
    if any(hop.role == UNLOGGED_END for hop in hops):
        found.append(Caveat("end-estimated", {}))
    if any(hop.link is LinkState.UP and hop.link_since is None for hop in hops):
        found.append(Caveat("up-before-logs", {}))
    if any(hop.order_unknown for hop in hops):
        found.append(Caveat("order-unknown", {}))
    sources = {hop.connection for hop in hops}
    if len(sources) > 1:
        clocks = [clock for clock in records.clocks if clock.source in sources and clock.differs]
        found += [Caveat("clock-offset", {"source": c.source, "offset_ms": c.offset_ms}) for c in clocks]
        found += [] if clocks else [Caveat("clocks-agree", {})]
    return tuple(found)


def answer(
    text: str, understood: Understood, looked: Looked, subjects: Sequence[Subject], story: Story | None
) -> Journey:
    """Put the answer together; messages that did not arrive are listed first."""
    ordered = sorted(subjects, key=lambda subject: (subject.end is JourneyEnd.DELIVERED, subject.time))
    return Journey(text, understood, looked, len(ordered), tuple(ordered[:MOST_LISTED]), story)
