"""The numbers behind the verdict: connections, clocks, triggers, pushes, silences, retries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Section, Subheading, Table, plain
from logdiag.renderers.phrases import Phrases, Value
from logdiag.renderers.sections.clocks import build_clocks
from logdiag.renderers.sections.material import Material, cell, clip, join
from logdiag.renderers.sections.pushes import build_pushes
from logdiag.renderers.sections.symptoms import FAILURES_SHOWN, list_failures
from logdiag.renderers.sections.timers import build_code_places, build_timers
from logdiag.results.connections import Connection, FleetEvent, WorstClient
from logdiag.results.diagnosis import NO_REASON
from logdiag.results.patterns import Trigger, TriggerRole
from logdiag.results.pushes import Retry
from logdiag.results.timers import TimerAnswer

ROWS_SHOWN: Final = 25
TEMPLATE_LENGTH: Final = 160
REASONS_SHOWN: Final = 8
NAME_LENGTH: Final = 60
MOST_NAMED: Final = 5
MANY_ALIKE: Final = 4  # a choice: three lines are read, more of the same are not
SERVER: Final = "server"


def build_analysis(material: Material) -> Section:
    """Build the technical analysis, one part a question; parts without material are left out."""
    blocks: list[Block] = [
        *_worst_clients(material),
        *_connections(material),
        *_reason_pairs(material),
        *_connects(material),
        *build_clocks(material),
        *_triggers(material),
        *build_timers(material),
        *build_pushes(material),
        *build_code_places(material),
        *_silences(material),
        *_fleet(material),
        *_skew(material),
        *_retries(material),
        *_code(material),
    ]
    return Section("analysis", material.title("analysis"), tuple(blocks))


def _code(material: Material) -> list[Block]:
    if material.diagnosis.code is None:
        return []
    from logdiag.renderers.sections.code import build_code  # noqa: PLC0415  most runs are shown no code

    return build_code(material, material.diagnosis.code)


def _heading(material: Material, key: str) -> Subheading:
    return Subheading(material.phrases.inline(f"analysis.{key}"))


def _bullets(material: Material, key: str, items: list[Inline]) -> list[Block]:
    """Build a part that is one list, shortened; nothing at all when it is empty."""
    if not items:
        return []
    shown = items[:ROWS_SHOWN]
    if len(items) > ROWS_SHOWN:
        shown.append(material.phrases.inline("analysis.more", left_count=len(items) - ROWS_SHOWN))
    return [_heading(material, key), Bullets(tuple(shown))]


def _worst_clients(material: Material) -> list[Block]:
    """Name the clients of a server that disconnect more often than others, or say that none does."""
    worst, phrases = material.diagnosis.worst_clients, material.phrases
    if worst is None:
        return []
    said = phrases.inline(
        "analysis.clients" if worst.clients else "analysis.clients_none",
        outstanding_count=worst.outstanding_count,
        clients_count=worst.clients_count,
        disconnects_count=worst.disconnects_count,
        above_count=worst.above_count,
        limit_count=worst.limit_count,
    )
    table = [_worst_table(phrases, worst.clients)] if worst.clients else []
    return [_heading(material, "clients_title"), Paragraph(said), *table]


def _worst_table(phrases: Phrases, clients: Sequence[WorstClient]) -> Table:
    formats = phrases.formats
    names = ("client", "disconnects", "share", "median_session", "reason")
    rows = [
        (
            cell(clip(item.connection, NAME_LENGTH), from_log=True),
            plain(formats.number(item.disconnects_count)),
            plain(formats.share(item.disconnects_ratio)),
            plain(formats.duration(item.median_session_s)),
            plain(formats.words["unknown"])
            if item.reason is None
            else cell(clip(item.reason, NAME_LENGTH), from_log=True),
        )
        for item in clients
    ]
    figures = frozenset({1, 2, 3})
    return Table(tuple(phrases.text(f"analysis.{name}") for name in names), tuple(rows), numeric=figures, fixed=figures)


def _connections(material: Material) -> list[Block]:
    connections, phrases = material.diagnosis.connections, material.phrases
    if not connections:
        return []
    is_sentence = material.is_compact and not material.has_many_connections and connections[0].disconnects_count
    said: Block = Paragraph(_say_connection(material, connections[0])) if is_sentence else _connection_table(material)
    blocks: list[Block] = [_heading(material, "connections"), said]
    reasons = _list_reasons(material)
    if is_sentence and reasons:
        whole = join((_say_connection(material, connections[0]), *reasons), phrases.mark("sentence"))
        blocks, reasons = [blocks[0], Paragraph(whole)], []
    blocks.extend(Paragraph(text) for text in reasons)
    if len(connections) > ROWS_SHOWN:
        left_count = len(connections) - ROWS_SHOWN
        blocks.append(Paragraph(phrases.inline("analysis.more_connections", left_count=left_count)))
    return blocks


def _say_connection(material: Material, item: Connection) -> Inline:
    """The row of the only connection as a sentence."""
    return material.phrases.inline(
        "analysis.one_connection_part" if item.unknown_s else "analysis.one_connection",
        connection=item.id,
        connects_count=item.connects_count,
        disconnects_count=item.disconnects_count,
        unlogged_disconnects_count=item.unlogged_disconnects_count,
        availability_ratio=item.availability_ratio,
        outage_s=None if item.availability_ratio is None else item.outage_s,  # whoever knows neither knows no outage
        unknown_s=item.unknown_s,
        median_session_s=item.median_session_s,
        median_outage_s=item.median_outage_s,
    )


def _choose_connections(material: Material) -> list[Connection]:
    """All connections by name; of more than there is room for those with the most faults, then the longest outages."""
    connections = material.diagnosis.connections
    if len(connections) <= ROWS_SHOWN:
        return list(connections)
    faults = Counter(drop.connection for drop in material.diagnosis.disconnects if drop.is_fault)
    return sorted(connections, key=lambda item: (-faults[item.id], -item.outage_s, item.id))[:ROWS_SHOWN]


def _connection_table(material: Material) -> Table:
    """Lay out one row a connection; columns in which nobody has anything are left out."""
    shown = _choose_connections(material)
    columns = [_connection_cells(material, item) for item in shown]
    has_unlogged = any(item.unlogged_disconnects_count for item in shown)
    has_drops = has_unlogged or any(item.disconnects_count for item in shown)
    left_out = {name for name, is_shown in (("unlogged", has_unlogged), ("connects", not has_unlogged)) if not is_shown}
    left_out |= set() if has_drops else {"median_session", "median_outage"}
    left_out |= set() if any(item.unknown_s for item in shown) else {"unknown"}
    names = [name for name in columns[0] if name not in left_out]
    header = tuple(material.phrases.text(f"analysis.{name}") for name in names)
    rows = tuple(tuple(cells[name] for name in names) for cells in columns)
    figures = frozenset(range(1, len(names)))
    return Table(header, rows, numeric=figures, fixed=figures)


def _connection_cells(material: Material, item: Connection) -> dict[str, Inline]:
    formats = material.phrases.formats
    return {
        "connection": cell(item.id, from_log=True),
        "connects": plain(formats.number(item.connects_count)),
        "disconnects": plain(formats.number(item.disconnects_count)),
        "unlogged": plain(formats.number(item.unlogged_disconnects_count)),
        "availability": plain(formats.share(item.availability_ratio)),
        "outage": plain(formats.duration(None if item.is_outage_unknown else item.outage_s)),
        "unknown": plain(formats.duration(item.unknown_s)),
        "median_session": plain(formats.duration(item.median_session_s)),
        "median_outage": plain(formats.duration(item.median_outage_s)),
    }


def _list_reasons(material: Material) -> list[Inline]:
    """What the ends of each connection state; of all that a side tells of at once where most have one end each."""
    telling = [item for item in material.diagnosis.connections if item.reasons]
    single_count = sum(item.disconnects_count <= 1 for item in telling)
    if len(telling) < 2 or 2 * single_count <= len(telling):
        own = [item for item in _choose_connections(material) if item.reasons]
        return [_reasons(material, item.reasons, item.side, item.id) for item in own]
    sums: dict[str, Counter[str]] = {}
    for item in telling:
        sums.setdefault(item.side, Counter()).update(item.reasons)
    return [_reasons(material, counts, side) for side, counts in sorted(sums.items())]


def _reasons(material: Material, reasons: Mapping[str, int], side: str, connection: str | None = None) -> Inline:
    """What ends state, the most frequent first, of one connection or of all."""
    phrases = material.phrases
    ordered = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))[:REASONS_SHOWN]
    counted = [
        phrases.inline("analysis.reason_none", count=count)
        if reason == NO_REASON
        else phrases.inline("analysis.reason_count", reason=clip(reason, TEMPLATE_LENGTH), count=count)
        for reason, count in ordered
    ]
    named = connection is not None and material.has_many_connections
    key = "analysis.reasons_of" if named else "analysis.reasons"
    key += "_server" if side == SERVER else ""
    values: dict[str, Value] = {"connection": connection} if named else {}
    return phrases.inline(key, reasons=join(counted, phrases.mark("list")), **values)


def _reason_pairs(material: Material) -> list[Block]:
    """Lay out which reasons the two sides give for the same ends."""
    pairs, phrases = material.diagnosis.reason_pairs[:ROWS_SHOWN], material.phrases
    if not pairs:
        return []
    header = tuple(phrases.text(f"analysis.{name}") for name in ("pair_client", "pair_server", "pair_count"))
    unknown = plain(phrases.text("analysis.pair_unstated"))
    rows = tuple(
        (
            unknown if pair.reason is None else cell(clip(pair.reason, NAME_LENGTH), from_log=True),
            unknown if pair.server_reason is None else cell(clip(pair.server_reason, NAME_LENGTH), from_log=True),
            plain(phrases.formats.number(pair.count)),
        )
        for pair in pairs
    )
    return [_heading(material, "pairs_title"), Table(header, rows, numeric=frozenset({2}), fixed=frozenset({2}))]


def _connects(material: Material) -> list[Block]:
    """List the failed connects of clients that did connect at some time, each with what it means."""
    failures = [one for one in material.diagnosis.connect_failures if not one.never_connected]
    kinds = dict.fromkeys(one.kind for one in failures[:FAILURES_SHOWN])
    meanings = [Paragraph(material.phrases.inline(f"connect.{kind}.meaning")) for kind in kinds if kind != "other"]
    return [*_bullets(material, "connects_title", list(list_failures(material, failures))), *meanings]


def _triggers(material: Material) -> list[Block]:
    phrases, diagnosis = material.phrases, material.diagnosis
    if not diagnosis.disconnects:
        return []
    cleared = {(one.service, one.template) for one in diagnosis.timers if one.answer is TimerAnswer.CLEARED}
    items = [
        _trigger(material, item)
        for item in diagnosis.triggers
        if item.role == TriggerRole.TRIGGER
        or (item.role == TriggerRole.UNDECIDED and (item.service, item.template) not in cleared)
    ]
    told = [*items, *_consequences(material)] or [phrases.inline("analysis.no_triggers")]
    return _bullets(material, "triggers_title", told)


def _consequences(material: Material) -> list[Inline]:
    """Name in one line the messages that only follow disconnects; they explain none."""
    items = [item for item in material.diagnosis.triggers if item.role == TriggerRole.CONSEQUENCE]
    if not items:
        return []
    shown = [
        (*plain(f"{item.id} "), *cell(clip(item.template, NAME_LENGTH), from_log=True)) for item in items[:MOST_NAMED]
    ]
    named = join(shown, material.phrases.mark("list"))
    if len(items) > MOST_NAMED:
        named = (*named, *material.phrases.inline("unit.and_more", left_count=len(items) - MOST_NAMED))
    return [material.phrases.inline("analysis.consequences", templates=named, consequences_count=len(items))]


def _trigger(material: Material, item: Trigger) -> Inline:
    phrases = material.phrases
    lag = phrases.text("analysis.lag", median_ms=item.lag_ms.median, p10_ms=item.lag_ms.p10, p90_ms=item.lag_ms.p90)
    return phrases.inline(
        "analysis.trigger_detail" if item.is_sure else "analysis.trigger_doubtful",
        id=item.id,
        template=clip(item.template, TEMPLATE_LENGTH),
        role=phrases.identified("role", item.role),
        preceded_count=item.preceded_count,
        of_count=item.of_count,
        expected_by_chance=round(item.expected_by_chance, 2),
        q_value=item.q_value,
        lag=lag,
        followed_count=item.followed_count,
        occurrences_count=item.occurrences_count,
        place=material.place(item.example),
    )


def _silences(material: Material) -> list[Block]:
    phrases = material.phrases
    items = [
        phrases.inline(
            "analysis.silence",
            connection=silence.connection,
            silence_s=silence.silence_s,
            start=silence.start,
            scope=phrases.text("analysis.silence_process" if silence.whole_process else "analysis.silence_file"),
        )
        for silence in material.diagnosis.silences
    ]
    return _bullets(material, "silences_title", items)


def _fleet(material: Material) -> list[Block]:
    """List what dropped together; where the same connections do so time and again, in one line."""
    groups: dict[tuple[str, ...], list[FleetEvent]] = {}
    for event in material.diagnosis.fleet_events:
        groups.setdefault(event.connections, []).append(event)
    items = [
        item
        for alike in groups.values()
        for item in (
            [_sum_up_fleet(material, alike)]
            if len(alike) >= MANY_ALIKE
            else [_say_fleet(material, event) for event in alike]
        )
    ]
    return _bullets(material, "fleet_title", items)


def _say_fleet(material: Material, event: FleetEvent) -> Inline:
    return material.phrases.inline(
        "analysis.fleet",
        time=event.time,
        connections_count=len(event.connections),
        connections=event.connections,
        spread_ms=event.spread_ms,
    )


def _sum_up_fleet(material: Material, alike: Sequence[FleetEvent]) -> Inline:
    spreads_ms = [event.spread_ms for event in alike]
    return material.phrases.inline(
        "analysis.fleet_alike",
        moments_count=len(alike),
        first_time=min(event.time for event in alike),
        last_time=max(event.time for event in alike),
        connections_count=len(alike[0].connections),
        connections=alike[0].connections,
        least_ms=min(spreads_ms),
        most_ms=max(spreads_ms),
    )


def _skew(material: Material) -> list[Block]:
    items = [
        material.phrases.inline(
            "analysis.skew_stepped" if clock.stepped else "analysis.skew",
            source=clock.source,
            offset_ms=clock.offset_ms,
            error_ms=clock.error_ms,
            pairs_count=clock.pairs_count,
        )
        for clock in material.diagnosis.clocks
        if clock.differs
    ]
    return _bullets(material, "skew_title", items)


def _retries(material: Material) -> list[Block]:
    alike: dict[Retry, list[str]] = {}  # policies that come to the same share a line
    for retry in material.diagnosis.retries:
        alike.setdefault(replace(retry, policy=""), []).append(retry.policy)
    items = [
        say_retry(
            material.phrases, replace(retry, policy=material.phrases.mark("list").join(policies)), "analysis.retry"
        )
        for retry, policies in alike.items()
    ]
    return _bullets(material, "retries_title", items)


def say_retry(phrases: Phrases, retry: Retry, key: str) -> Inline:
    """Say what a policy would have saved in these logs, in the words of a key and its variants."""
    return phrases.inline(
        key + _choose_variant(retry),
        policy=retry.policy,
        recovered_count=retry.recovered_count,
        of_count=retry.of_count,
        unknown_count=retry.unknown_count,
        low_ratio=retry.low_ratio,
        high_ratio=retry.high_ratio,
        worst_s=retry.worst_delay_s,
        if_harmless_count=retry.if_harmless_count,
    )


def _choose_variant(retry: Retry) -> str:
    if retry.harmful:
        return "_harmful"
    if not retry.of_count:
        return "_unknown"
    variant = "" if retry.recovered_count else "_none"
    return f"{variant}_part" if retry.unknown_count else variant
