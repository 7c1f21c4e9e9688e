"""What was understood by what: the wordings of these logs, and rules of the user's that never fired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from logdiag.analyzers.processes.process_runs import RUN
from logdiag.analyzers.sides.counting_lines import counts_alone, counts_connections
from logdiag.deferred import compile_later
from logdiag.events import Event, EventKind, Interpreter
from logdiag.parsers.lexicon.messages import is_foreign
from logdiag.parsers.rules import RuleSet
from logdiag.parsers.templates import mask_message
from logdiag.pipeline.inputs import ReadLogs
from logdiag.results.evidence import Evidence
from logdiag.results.inputs import Wording
from logdiag.scanning.lines import FileScan

MOST_LIKELY: Final = 5  # of what was not understood; more do not fit on the first screen
MOST_ASKED: Final = 30  # of the proposals, the likeliest first, of which others speak of no connection
_PARTS: Final = compile_later(r"-<n>(?!\w)|(?<=[a-z])\.(?=[A-Za-z])|@\w*<\w+>")
# What speaks of accounts, money and stores in plain words is not offered as words for a connection. Of words that
# nothing knows nobody can tell.
_OF_SOMETHING_ELSE: Final = compile_later(
    r"(?i)\blog(?:ged|ging)?[ _-]?in\b|\bsign(?:ed|ing)?[ _-]?in\b|passw|credential|check[ -]?out|refusal|invoice"
    r"|payment|\bpay(?:ing|pal)?\b|\bpaid\b|\borders?\b|refund|\bpool\b|\bquery\b|\bsql|migrat|e-?mail|\bcaptcha"
    r"|\banti-?forgery\b|\b[cx]srf\b|\bcookies?\b|\bencryptors?\b|\bkey (?:ring|rotation)\b|\bdeprecat"
)


def describe_wordings(events: Iterable[Event]) -> tuple[Wording, ...]:
    """Each rule that fired, and each template that the lexicon understood, with its lines; the most frequent first."""
    counts: Counter[tuple[str, EventKind, Interpreter]] = Counter()
    examples: dict[tuple[str, EventKind, Interpreter], Event] = {}
    for event in events:
        if event.rule == RUN:
            continue
        key = (event.rule or mask_message(event.message), event.kind, event.by)
        counts[key] += 1
        examples.setdefault(key, event)
    ranked = sorted(counts, key=lambda key: (-counts[key], key))
    return tuple(_describe(examples[key], counts[key]) for key in ranked)


def _describe(event: Event, count: int) -> Wording:
    return Wording(
        template=mask_message(event.message),
        kind=event.kind.value,
        side=event.kind.side,
        count=count,
        by=event.by.value,
        rule=event.rule,
        example=Evidence(event.file, event.line),
    )


def find_idle_rules(rules: RuleSet, fired: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Id and file of each rule of the user's that no line matched; of those that ignore lines nobody can tell.

    `fired` are the rules that a line matched, also where another line that tells the same took its place.
    """
    own = (rule for rule in rules.rules if rule.is_own)
    return tuple((rule.id, rule.origin) for rule in own if rule.id not in fired and rule.kind is not EventKind.IGNORED)


def find_likely(reading: ReadLogs) -> tuple[tuple[str, Evidence], ...]:
    """The likeliest of what was not understood and may be of a connection: each wording with its first line."""
    from logdiag.parsers.proposals import propose_rules  # noqa: PLC0415  few reports need it

    proposals = propose_rules(reading.found.files, reading.rules, reading.zone, MOST_ASKED, has_learned=True)
    likely = [
        seen
        for seen in proposals.unknown
        if _OF_SOMETHING_ELSE.search(seen.message) is None and not is_foreign(seen.message)
    ]
    return tuple((mask_message(seen.message), Evidence(*seen.place)) for seen in likely[:MOST_LIKELY])


def find_unread(scans: Iterable[FileScan]) -> tuple[tuple[str, int, Evidence], ...]:
    """What speaks of connections that came or went and was not understood: its template, its lines, the first of them.

    What names another subsystem, a database or a queue, is none of ours.
    """
    rows = [
        (template, one.lines_count, Evidence(scan.file.path, one.first_line))
        for scan in scans
        for template, one in scan.unread.kinds.items()
        if not (is_foreign(_open_names(template)) or is_foreign(scan.file.service) or counts_alone(template))
    ]
    return tuple(sorted(rows, key=lambda row: (-row[1], row[2].file, row[2].line)))


def _open_names(template: str) -> str:
    """The template with the words that names are made of: `HikariPool-<n>`, `org.postgresql.jdbc.PgConnection`."""
    return _PARTS.sub(" ", template)


def count_counting(scans: Iterable[FileScan]) -> int:
    """How many lines say no more than how many are connected."""
    kinds = (row for scan in scans if not is_foreign(scan.file.service) for row in scan.unread.kinds.items())
    return sum(one.lines_count for template, one in kinds if counts_connections(template))


def find_borrowed(scans: Iterable[FileScan]) -> tuple[Evidence, ...]:
    """The lines with an event that have no stamp, and so the time of the line before them."""
    return tuple(Evidence(scan.file.path, number) for scan in scans for number in scan.borrowed)
