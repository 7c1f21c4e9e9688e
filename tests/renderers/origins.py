"""Says of each number of a report which field of the Diagnosis it must come from, or how it is computed."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from logdiag.renderers.sections.incident import QUOTES_SHOWN
from logdiag.results.causes import RULED_OUT_UP_TO, CauseStatus
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.patterns import BEAT_KINDS, Pattern
from logdiag.results.pushes import PushFate, PushOutcome
from tests.renderers.ledger import Fill

# Which rows the texts of a key speak of; the first that matches. A text that is not here names no number of a field.
OWNERS: Final = (
    (r"check\.|ruled_out\.", r"\.causes\.checks\.numbers"),
    (r"root\.chance", r"\.causes\.checks\.numbers"),
    (r"cause\..*\.named", r"\.causes\.checks\.numbers"),
    (r"cause\.", r"\.causes\.numbers"),
    (r"finding\.periodic-disconnects\.", r"\.findings\.numbers|\.patterns"),
    (r"finding\.nothing-recognised\.", r"\.findings\.numbers|\.inputs"),
    (r"finding\.", r"\.findings\.numbers"),
    (r"blind_spot\.|questions\.", r"\.blind_spots\.numbers"),
    (r"connect\.failure|summary\.what_told", r"\.connect_failures"),
    (r"connect\.who", r"\.findings\.numbers"),
    (
        r"(headline|summary)\.(what_)?(never-connected|never-joined|shut_out_also|refused_also|unaccepted_also|unread_ends)",
        r"\.findings\.numbers",
    ),
    (
        r"headline\.(unowned-closes|refused-credentials|unaccepted-handshakes|outside-window)|summary\.cost_never",
        r"\.findings\.numbers",
    ),
    (
        r"summary\.(cost_unnoticed|cost_lines-missing-\w+|what_shared_lifetime|why_refused_first)",
        r"\.findings\.numbers",
    ),
    (
        r"headline\.(inconclusive)|summary\.(sure_healthy|what_nothing)|footer\.(files|copies|left_alone|outside)",
        r"\.inputs",
    ),
    (r"footer\.skipped", r"\.inputs\.skipped"),
    (r"footer\.wording$", r"\.inputs\.wordings"),
    (r"headline\.quiet|summary\.since_quiet", r"\.quiet"),
    (r"headline\.rest_(beat|lifetime)", r"\.patterns"),
    (r"headline\.(share|open)|causes\.item|root\.(asserted|ranked)|summary\.sure_(cause|runner_up)", r"\.causes"),
    (r"summary\.(sure_chance|what_(pattern|lifetime|idle|loop|irregular_loop|burst))", r"\.patterns"),
    (r"pattern\.(one|on_average)", r"\.patterns"),
    (r"analysis\.(pattern|period|lifetime|idle|jitter|drift|explained|false_alarm|competition)", r"\.patterns"),
    (r"analysis\.reset_item", r"\.patterns\.resets"),
    (r"summary\.since_due", r"\.(next_drop|patterns)"),
    (r"summary\.cost_down", r"\.connections"),
    (r"summary\.cost_(lost|probable|untold)", r"\.pushes"),
    (r"analysis\.clients", r"\.worst_clients"),
    (r"analysis\.one_connection", r"\.connections"),
    (r"analysis\.reason_(count|none)", r"\.connections\.reasons"),
    (r"analysis\.lag", r"\.triggers\.lag_ms"),
    (r"analysis\.trigger|summary\.first_after_block", r"\.triggers"),
    (r"analysis\.fleet", r"\.fleet_events"),
    (r"analysis\.skew", r"\.clocks"),
    (r"analysis\.silence", r"\.silences"),
    (r"analysis\.retry|replay\.in_diagnosis", r"\.retries"),
    (r"analysis\.push_(told_\w+|early|late|after|before)", r"\.pushes\.items"),
    (r"analysis\.reading_", r"\.pushes\.items|\.pushes\.items\.readings"),
    (r"analysis\.(pushes|suspects|ratios|risk|lost_probable)", r"\.pushes"),
    (r"pattern\.too_few|summary\.what_too_few", r"\.clock_search"),
    (r"pattern\.seconds|remark\.|picture\.", r"\.disconnects"),
    (r"timeline\.open", r"\.worst_incident"),
    (r"timers\.about", r"\.code_places"),
    (r"timers\.", r"\.timers|\.timers\.lag_ms"),
)

# Names under which a text is given a field of another name.
NAMES: Final = MappingProxyType(
    {
        "abs": {"residual_s"},
        "chance": {"chance_ratio"},
        "confidence_ratio": {"confidence"},
        "expected": {"expected_by_chance"},
        "lag_ms": {"median"},
        "high_ms": {"p90"},
        "lead": {"lead_ms", "push_lead_ms"},
        "least_ms": {"spread_ms"},
        "longest_s": {"session_s", "interval_s"},
        "low_ms": {"p10"},
        "median_ms": {"median"},
        "most_ms": {"spread_ms"},
        "odds": {"margin_nats"},
        "offset": {"residual_s", "session_s", "interval_s"},
        "p10_ms": {"p10"},
        "p90_ms": {"p90"},
        "period": {"period_s", "period_error_s"},
        "second_ratio": {"confidence"},
        "shortest_s": {"session_s", "interval_s"},
        "widest_s": {"residual_s"},
        "worst_s": {"worst_delay_s"},
    }
)
# Texts whose numbers are of several rows.
OF_SEVERAL_ROWS: Final = re.compile(
    r"summary\.since_due_|headline\.open_two|picture\.say_|cause\..*\.named|finding\.|analysis\.(reading_|fleet_alike)"
)
# What names the row of which a text speaks: the text gives it as the row does.
ROW_NAMES: Final = ("id", "connection", "source", "template", "service", "time", "policy", "pattern")


class Untraced(NamedTuple):
    """A number of a text that comes from nowhere, or from a place that is not its own."""

    key: str
    name: str
    number: object
    why: str


def find_untraced(fills: Iterable[Fill], got: Diagnosis) -> list[Untraced]:
    """The numbers of the fills that no field of theirs gives, and no sum of the rows."""
    checks = (_check_numbers, _check_row, _check_digits, _check_lists, _check_signs)
    return [one for fill in fills for check in checks for one in check(fill, got)]


def _check_digits(fill: Fill, _: Diagnosis) -> Iterator[Untraced]:
    """A whole number stands in its text digit by digit, whatever the language."""
    for name in fill.written:
        value = fill.values.get(name)
        is_count = isinstance(value, int) and not isinstance(value, bool) and name.endswith("count")
        if is_count and not re.search(rf"(?<![\d,.]){value:,}(?![\d,.]\d)", fill.text):
            yield Untraced(fill.key, name, value, f"not said: {fill.text}")


def _check_lists(fill: Fill, got: Diagnosis) -> Iterator[Untraced]:
    """Lists of names with their counts hold the counts of the rows."""
    for key, name, count in LISTED:
        said = fill.values.get(name)
        if fill.key == key and isinstance(said, tuple):
            words = "".join(getattr(part, "text", str(part)) for part in said)
            counts = [f"{one:,}" for one in count(got)]
            found = re.findall(r" ([\d,]*\d)(?=, |、|$)", words)
            if not found or found != counts[: len(found)]:
                yield Untraced(key, name, words, f"not {counts}")


def _check_signs(fill: Fill, _: Diagnosis) -> Iterator[Untraced]:
    """A distance from the beat is that of the disconnect whose remark it is."""
    signed, residual_s = fill.values.get("signed"), fill.values.get("residual_s")
    if "signed" in fill.names and isinstance(signed, str) and isinstance(residual_s, float):
        number = float(re.sub(r"[^\d.+-]", "", signed.split(" ")[0]))
        in_ms = abs(residual_s) < 0.9995
        if in_ms and abs(number - residual_s * 1e3) > 0.6:
            yield Untraced(fill.key, "signed", signed, f"not {residual_s}")


def _check_numbers(fill: Fill, got: Diagnosis) -> Iterator[Untraced]:
    for name, number in fill.list_numbers():
        path = getattr(number, "path", None)
        computed = _find_computation(fill.key, name, is_marked=path is not None)
        if computed is not None:
            allowed = computed(got, fill)
            if not any(math.isclose(number, value, rel_tol=1e-6, abs_tol=1e-9) for value in allowed):
                yield Untraced(fill.key, name, number, f"computed: {sorted(set(allowed))}")
        elif path is None:
            yield Untraced(fill.key, name, number, "no field")
        elif why := _judge_path(fill.key, name, path):
            yield Untraced(fill.key, name, number, why)


@cache
def _find_owner(key: str) -> str | None:
    return next((rows for pattern, rows in OWNERS if re.match(pattern, key)), None)


def _judge_path(key: str, name: str, path: str) -> str | None:
    plain = re.sub(r"\[\d+\]", "", path)
    owner = _find_owner(key)
    if owner is None or not re.match(rf"(?:{owner})\.", plain):
        return f"{plain} is none of {owner}"
    if plain.startswith(".connections.reasons."):
        return None
    leaf = plain.rpartition(".")[2]
    return None if leaf == name or leaf in NAMES.get(name, ()) else f"{plain} is not {name}"


def _check_row(fill: Fill, got: Diagnosis) -> Iterator[Untraced]:
    """All numbers of a text are of one row, and it is the row that the text names."""
    marked = [(name, number.path) for name, number in fill.list_numbers() if hasattr(number, "path")]
    rows = {_find_row(path) for name, path in marked if not _find_computation(fill.key, name, is_marked=True)}
    if len(rows) > 1 and not OF_SEVERAL_ROWS.match(fill.key):
        yield Untraced(fill.key, "", None, f"of several rows: {sorted(rows)}")
    for row in rows:
        about = _follow(got, row)
        for name in ROW_NAMES:
            said, known = fill.values.get(name), _get(about, name)
            names = re.split(", |、", said) if isinstance(said, str) else []  # alike policies are told together
            if (
                names
                and isinstance(known, str)
                and known not in names
                and not known.startswith(names[0].removesuffix("…"))
            ):
                yield Untraced(fill.key, name, said, f"{row} is {known}")
    match = re.match(r"(check|finding|cause)\.([^.]+)\.", fill.key)
    if match and match[1] != "cause":
        named = {_get(_follow(got, row.removesuffix(".numbers")), "id") for row in rows if row.endswith(".numbers")}
        if named - {match[2]}:
            yield Untraced(fill.key, "", None, f"numbers of {named}")


def _find_row(path: str) -> str:
    row = path.rpartition(".")[0]
    if ".reasons." in path:
        row = path[: path.index(".reasons.")]
    return re.sub(r"\.(lag_ms|readings\[\d+\])$", "", row)


def _follow(got: Any, row: str) -> Any:
    for name, place in re.findall(r"\.(\w+)|\[(\d+)\]", row):
        got = got[int(place)] if place else _get(got, name)
    return got


def _get(about: Any, name: str) -> Any:
    if isinstance(about, Mapping):
        return about.get(name)
    return getattr(about, name, None) if is_dataclass(about) else None


# After how many rows lists are cut.
CAPS: Final = (1, 2, 3, 4, 5, 6, 8, 12, 15, 25, 40)
# Lists of names with their counts, and the counts in their order.
LISTED: Final[tuple[tuple[str, str, Callable[[Diagnosis], list[int]]], ...]] = (
    ("footer.levels", "levels", lambda got: list(got.inputs.levels.values())),
    ("footer.forms", "forms", lambda got: [form.lines_count for form in got.inputs.forms]),
    ("footer.more_forms", "forms", lambda got: [form.lines_count for form in got.inputs.forms]),
)
Computation = Callable[[Diagnosis, Fill], Iterable[float]]


@cache  # the same texts come again and again, and there are hundreds of expressions
def _find_computation(key: str, name: str, *, is_marked: bool) -> Computation | None:
    rows = COMPUTED if is_marked else (*COMPUTED, *COMPUTED_AT_TIMES)
    return next((compute for pattern, compute in rows if re.fullmatch(pattern, f"{key} {name}")), None)


def _pattern_of(got: Diagnosis, fill: Fill) -> list[Pattern]:
    """The pattern that a text names by its id, else all."""
    return [pattern for pattern in got.patterns if fill.values.get("id", pattern.id) == pattern.id]


def _count_minded(got: Diagnosis, _: Fill) -> list[float]:
    return [len(got.minded)]


def _count_moments(got: Diagnosis, _: Fill) -> list[float]:
    """At how many moments the disconnects of each asserted cause came; what begins within 1 s is one."""
    found: list[float] = []
    for cause in got.asserted:
        drops = [drop for drop in got.disconnects if drop.index in cause.disconnect_indices]
        fleets = {one.fleet_event: one.time.timestamp() for one in reversed(drops) if one.fleet_event is not None}
        begins = list(fleets.values())
        for time_s in sorted(drop.time.timestamp() for drop in drops if drop.fleet_event is None):
            begins += [] if any(0 <= time_s - begin_s <= 1.0 for begin_s in begins) else [time_s]
        found.append(len(begins))
    return found


def _count_left(got: Diagnosis, _: Fill) -> list[float]:
    """What is not shown: so many of a list that is cut, whichever it is."""
    lists: list[Any] = [got.connections, got.pushes.items, got.disconnects, got.sessions, got.causes, got.silences]
    lists += [got.fleet_events, got.triggers, got.timers, got.inputs.files, got.inputs.wordings, got.connect_failures]
    lists += [got.pushes.lost_message_ids, got.clocks, got.inputs.unread, got.inputs.forms, got.asserted]
    lists += [[one for one in got.inputs.wordings if one.by != "rule"]]
    lists += [
        [one for one in got.triggers if one.role == "consequence"],
        {one for drop in got.disconnects for one in (drop.reason,)},
    ]
    lists += [Counter(event.connections for event in got.fleet_events), *(one.connections for one in got.patterns)]
    lists += [event.connections for event in got.fleet_events] + [push.message_ids for push in got.pushes.items]
    lists += [one.connections for one in got.connect_failures] + [range(int(count)) for count in _count_drawn(got, _)]
    told = [(one.answer, one.why, one.service, one.template, one.period_s) for one in got.timers]
    lists += [range(count) for count in Counter(name[:2] for name in set(told)).values()]
    suspects = [push for push in got.pushes.items if push.outcome == PushOutcome.SUSPECT]
    lists += [
        {
            *got.pushes.lost_message_ids,
            *(name for push in suspects if push.fate != PushFate.RESENT for name in push.message_ids),
        }
    ]
    return sorted({len(rows) - cap for rows in lists for cap in CAPS if len(rows) > cap})


def _count_unquoted(got: Diagnosis, _: Fill) -> list[float]:
    excerpts = got.worst_incident.excerpts if got.worst_incident else ()
    return [len(excerpts) - QUOTES_SHOWN, sum(one.has_more for one in excerpts) - QUOTES_SHOWN]


def _count_alike(got: Diagnosis, _: Fill) -> list[float]:
    """How many lines of a file say the same as one that is quoted, but for figures."""
    excerpts = got.worst_incident.excerpts if got.worst_incident else ()
    told = Counter((one.evidence.file, re.sub(r"\d+", "", one.text)) for one in excerpts)
    return [count - 1 for count in told.values()]


def _sum_lost(got: Diagnosis, _: Fill) -> list[float]:
    return [got.pushes.lost_certain_count + got.pushes.lost_probable_count]


def _count_wordings(by: str) -> Computation:
    return lambda got, _: [sum(wording.by == by for wording in got.inputs.wordings)]


def _members(got: Diagnosis, pattern: Pattern | None) -> list[Any]:
    if pattern is None:
        return list(got.disconnects)
    return [
        drop
        for drop in got.minded
        if drop.pattern == pattern.id or (drop.pattern is None and drop.connection in pattern.connections)
    ]


def _count_drawn(got: Diagnosis, _: Fill) -> list[float]:
    """How many of the disconnects of a pattern, or of all, have what is drawn of them."""
    found: set[float] = set()
    for pattern in (*got.patterns, None):
        drops = _members(got, pattern)
        for name in ("residual_s", "session_s", "interval_s"):
            drawn = [drop for drop in drops if getattr(drop, name) is not None]
            on = [drop for drop in drawn if pattern is None or drop.pattern == pattern.id]
            pulled = sum(any(remark in {"early", "late"} for remark in drop.remarks) for drop in on)
            found |= {len(drawn), len(on), len(on) - pulled, len(drawn) - len(on) + pulled, len(drops) - len(drawn)}
            found.add(len([drop for drop in drawn if drop.residual_s is not None]))
    return sorted(found)


def _idle_spans(got: Diagnosis, _: Fill) -> list[float]:
    return [
        (pattern.period_s or 0.0) + drop.residual_s
        for pattern in got.patterns
        for drop in got.disconnects
        if drop.residual_s is not None
    ]


def _every_other(got: Diagnosis, fill: Fill) -> list[float]:
    found: list[float] = []
    for pattern in _pattern_of(got, fill):
        beats = [drop.time for drop in got.disconnects if drop.pattern == pattern.id]
        odd = sum(round((time - beats[0]).total_seconds() / (pattern.period_s or 1.0)) % 2 for time in beats)
        found.append(max(odd, len(beats) - odd))
    return found


def _count_members(got: Diagnosis, fill: Fill) -> list[float]:
    return [sum(drop.pattern == pattern.id for drop in got.disconnects) for pattern in _pattern_of(got, fill)]


def _sum_reasons(got: Diagnosis, _: Fill) -> list[float]:
    """How many ends state each reason in the words of each side."""
    sums: Counter[tuple[str, str]] = Counter()
    for one in got.connections:
        sums.update({(one.side, reason): int(count) for reason, count in one.reasons.items()})
    return list(sums.values())


# (key and name) → the numbers of which it must be one, counted from the rows; the first that matches.
COMPUTED: Final[tuple[tuple[str, Computation], ...]] = (
    (r"headline\.healthy_with_stops disconnects_count", lambda got, _: [len(got.disconnects)]),
    (r"(headline\.\S+|root\.few|analysis\.no_clock) disconnects_count", _count_minded),
    (r"summary\.what_drops(_clients)? disconnects_count", _count_minded),
    (r"summary\.what_together of_count", _count_minded),
    (r"summary\.what_together count", lambda got, _: [sum(one.fleet_event is not None for one in got.minded)]),
    (
        r"summary\.what_together moments_count",
        lambda got, _: [len({one.fleet_event for one in got.minded if one.fleet_event is not None})],
    ),
    (r"summary\.what_\w+ of_count", _count_minded),
    (r"(headline|cause)\.\S+ events_count", _count_moments),
    (
        r"headline\.rest_\w+ count",
        lambda got, _: [len(got.unexplained), *Counter(one.pattern for one in got.unexplained).values()],
    ),
    (r"(headline|root)\.several causes_count", lambda got, _: [len(got.asserted)]),
    (
        r"(headline|summary)\.\S+ connections_count",
        lambda got, _: [len(got.connections), len({drop.connection for drop in got.minded})],
    ),
    (
        r"summary\.what_drops_clients connects_count",
        lambda got, _: [
            sum(one.connects_count for one in got.connections if one.id in {drop.connection for drop in got.minded})
        ],
    ),
    (
        r"summary\.what_healthy(_clients)? connects_count",
        lambda got, _: [
            sum(one.connected_at is not None for one in got.sessions),
            sum(one.connects_count for one in got.connections),
        ],
    ),
    (
        r"summary\.what_unlogged\w* unlogged_count",
        lambda got, _: [sum(not drop.has_end_line for drop in got.disconnects)],
    ),
    (r"summary\.what_departed departed_count", lambda got, _: [sum(drop.is_departure for drop in got.disconnects)]),
    (r"summary\.cost_down\w* outage_s", lambda got, _: [sum(one.outage_s for one in got.connections)]),
    (r"summary\.cost_ids\w* ids_count", lambda got, _: [len(got.pushes.lost_message_ids)]),
    (r"\S+ files_count", lambda got, _: [len(got.inputs.files)]),
    (r"(actions|order)\.recover\w* lost_count", _sum_lost),
    (
        r"(actions|order)\.recover_rest unnamed_count",
        lambda got, _: [
            sum(not push.message_ids and push.fate is not None and "lost" in push.fate for push in got.pushes.items)
        ],
    ),
    (
        r"analysis\.consequences consequences_count",
        lambda got, _: [sum(one.role == "consequence" for one in got.triggers)],
    ),
    (
        r"analysis\.fleet connections_count",
        lambda got, fill: [len(one.connections) for one in got.fleet_events if one.time == fill.values["time"]],
    ),
    (
        r"analysis\.resent_elsewhere elsewhere_count",
        lambda got, _: [sum(push.resent_by is not None for push in got.pushes.items)],
    ),
    (r"analysis\.resent resent_count", lambda got, _: [sum(push.fate == "resent" for push in got.pushes.items)]),
    (
        r"causes\.left_out left_count",
        lambda got, _: [sum(one.status is not CauseStatus.RULED_OUT and not one.is_candidate for one in got.causes)],
    ),
    (r"causes\.ruled_out limit", lambda _got, _fill: [RULED_OUT_UP_TO]),
    (r"code\.tied first_count", lambda got, _: [sum(one.rank == 1 for one in got.code.timers) if got.code else 0]),
    (r"footer\.empty_files empty_count", lambda got, _: [sum(not file.lines_count for file in got.inputs.files)]),
    (r"footer\.levels decoded_count", lambda got, _: [sum(got.inputs.levels.values())]),
    *((rf"footer\.wordings\w* {by}_count", _count_wordings(by)) for by in ("rule", "lexicon", "lifecycle", "code")),
    (r"(order\.fix|remedies\.\w+) number", lambda got, _: range(1, len(got.causes) + 10)),
    (r"(pattern\.remarked number|timeline\.intro\w* index)", lambda got, _: range(1, len(got.disconnects) + 1)),
    (r"timeline\.intro\w* of_count", lambda got, _: [len(got.disconnects)]),
    (r"picture\.(off off_count|unplaced unplaced_count|say_\S+ (count|of_count))", _count_drawn),
    (r"picture\.say_idle \w+_s", _idle_spans),
    (
        r"timers\.every_other double_s",
        lambda got, fill: [2 * (one.period_s or 0.0) for one in _pattern_of(got, fill) if one.kind in BEAT_KINDS],
    ),
    (r"timers\.every_other most_count", _every_other),
    (r"timers\.every_other of_count", _count_members),
    (r"pattern\.left_out\w* left_count", lambda got, _: range(1, len(got.disconnects))),
    (r"evidence\.left_out left_count", _count_unquoted),
    (r"evidence\.alike alike_count", _count_alike),
    (
        r"analysis\.fleet_alike connections_count",
        lambda got, _: [len(event.connections) for event in got.fleet_events],
    ),
    (
        r"analysis\.fleet_alike moments_count",
        lambda got, _: list(Counter(event.connections for event in got.fleet_events).values()),
    ),
    (
        r"symptoms\.more left_count",
        lambda got, _: [count - 3 for count in Counter((one.id, one.severity) for one in got.findings).values()],
    ),
    (r"\S+ left_count", _count_left),
)
# The same for numbers that no field gives where a kind of pattern has none.
COMPUTED_AT_TIMES: Final[tuple[tuple[str, Computation], ...]] = (
    (r"analysis\.reason_(count|none) count", _sum_reasons),
    (r"picture\.off_item offset", _idle_spans),
    (r"picture\.say_beat widest_s", lambda _got, _fill: [0.0]),
)
