"""What every section draws on: the diagnosis, the language, and the few look-ups they share."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from posixpath import commonprefix
from typing import Final
from unicodedata import category

from logdiag.renderers.document import Inline, Span, code, flatten, plain
from logdiag.renderers.phrases import Phrases, Value, is_wide
from logdiag.results.causes import BlindSpot, Cause, Finding
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import Pattern, PatternKind

LEADING_COUNT: Final = 2
CLIENT: Final = "client"
PLACES_SHOWN: Final = 3
WORTH_A_TEST: Final = 1 / 3  # a choice: what is twice as likely false as true sends nobody anywhere
NAME_LENGTH: Final = 36  # of a name from a log within a sentence: a UUID stands whole


@dataclass(frozen=True, slots=True)
class Material:
    """A diagnosis and the language to tell it in."""

    diagnosis: Diagnosis
    phrases: Phrases
    version: str
    is_compact: bool = False  # for a screen: nothing stands twice, lines of code are left to `logdiag snippet`

    @property
    def ranked(self) -> tuple[Cause, ...]:
        """All judged causes, best first."""
        return self.diagnosis.ranked

    @property
    def asserted(self) -> tuple[Cause, ...]:
        """The causes that the evidence makes more likely than not."""
        return self.diagnosis.asserted

    @property
    def suggested(self) -> tuple[Cause, ...]:
        """The best of those that are neither asserted nor ruled out; none where too little happened to tell."""
        return self.diagnosis.suggested

    @property
    def leading(self) -> tuple[Cause, ...]:
        """The causes to act upon: the asserted ones that lead, else the best candidates."""
        return self.diagnosis.leading

    @property
    def is_sure(self) -> bool:
        """Tell whether the asserted causes are likely enough to repair before any further test."""
        return self.diagnosis.is_sure

    @property
    def first_experiment(self) -> Cause | None:
        """The cause whose experiment comes first of all.

        None where there is something to repair at once, and where the best candidate is too unlikely to be sent after.
        """
        is_to_repair = self.asserted and not self.diagnosis.is_minority_explained
        if not self.leading or self.is_all_shut_out or (is_to_repair and (self.is_sure or len(self.asserted) > 1)):
            return None
        best = self.leading[0]
        return best if self.asserted or best.confidence >= WORTH_A_TEST else None

    @property
    def is_too_few(self) -> bool:
        """Tell whether there are disconnects, but too few to prefer one cause to another."""
        return self.diagnosis.is_too_few

    @property
    def shut_out(self) -> tuple[Finding, ...]:
        """The findings of clients that never got through."""
        return self.diagnosis.shut_out

    @property
    def doubt(self) -> Finding | None:
        """The finding that forbids to speak of health although connection events were seen; None if there is none."""
        return self.diagnosis.doubt

    @property
    def first_of_nothing(self) -> Inline:
        """What to do first where nothing can be said."""
        return self.say_of_nothing("first")

    def say_of_nothing(self, row: str) -> Inline:
        """A row of the summary where nothing can be said: for this very doubt, for any, or for none.

        Where lines in unknown words look as if they told of connections, their words are what is missing.
        """
        if self.doubt is not None:
            own = f"summary.{row}_{self.doubt.id}"
            if not self.phrases.has(own):
                sides = {connection.side for connection in self.diagnosis.connections}
                client = f"summary.{row}_doubt_client"
                is_own = sides == {CLIENT} and self.phrases.has(client)
                return self.phrases.inline(client if is_own else f"summary.{row}_doubt")
            paths = shlex.join(self.diagnosis.inputs.paths)
            return self.phrases.inline(own, **{**self.doubt.numbers, "paths": paths})
        found = {finding.id: finding for finding in self.diagnosis.findings}
        likely = found.get("likely-wordings") if "nothing-recognised" in found else None
        if likely is None or not self.phrases.has(f"summary.{row}_likely"):
            return self.phrases.inline(f"summary.{row}_nothing")
        paths = shlex.join(self.diagnosis.inputs.paths)
        return self.phrases.inline(f"summary.{row}_likely", count=likely.numbers["count"], paths=paths)

    @property
    def is_all_shut_out(self) -> bool:
        """Tell whether no client ever got through: no cause of a disconnect explains that."""
        return self.diagnosis.is_all_shut_out

    @property
    def shut_out_kinds(self) -> tuple[str, ...]:
        """What kept clients from connecting, as ids of the texts."""
        return self.diagnosis.shut_out_kinds[:LEADING_COUNT]

    def who(self, finding: Finding) -> Inline:
        """Name the clients of a finding: one by its name, several by their count and the first names."""
        names = clip(str(finding.numbers.get("connection")), NAME_LENGTH)
        key = self.phrases.choose("connect.who", {"count": finding.numbers.get("connections_count")})
        return self.phrases.inline(key, connection=names, connections_count=finding.numbers.get("connections_count"))

    def shut_out_who(self) -> Inline:
        """Name the clients that never got through."""
        return join(map(self.who, self.shut_out), self.phrases.mark("clause"))

    def shut_out_meaning(self, limit: int = LEADING_COUNT) -> Inline:
        """Say what it means that clients never got through."""
        return join(map(self.phrases.inline, self._name_texts("meaning", limit)), self._gap)

    def shut_out_first(self, limit: int = LEADING_COUNT) -> Inline:
        """Say what to do first so that clients get through."""
        return join(map(self.phrases.inline, self._name_texts("first", limit)), self._gap)

    def _name_texts(self, row: str, limit: int) -> list[str]:
        """The keys of what is said of each kind: without Socket.IO's URLs where none of its words stands."""
        keys = [f"connect.{kind}.{row}" for kind in self.shut_out_kinds[:limit]]
        if self.diagnosis.is_of_socket_io:
            return keys
        return [f"{key}_plain" if f"{key}_plain" in self.phrases.texts else key for key in keys]

    @property
    def _gap(self) -> str:
        return self.phrases.mark("sentence")

    @property
    def ruled_out(self) -> tuple[Cause, ...]:
        """The causes that a check refutes so far that they need no further thought."""
        return self.diagnosis.ruled_out

    @property
    def candidates(self) -> tuple[Cause, ...]:
        """The causes that a check supports and nothing rules out, best first."""
        return self.diagnosis.candidates

    @property
    def folder(self) -> str:
        """Return the folder that all files have in common, with its last separator; empty if there is none."""
        paths = [file.path for file in self.diagnosis.inputs.files]
        prefix = commonprefix(paths)
        return prefix[: max(prefix.rfind("/"), prefix.rfind("\\")) + 1]

    @property
    def has_many_connections(self) -> bool:
        """Tell whether a connection must be named to know which is meant."""
        return len(self.diagnosis.connections) > 1

    def shorten(self, path: str) -> str:
        """Return a path without the common folder."""
        return path.removeprefix(self.folder)

    def place(self, evidence: Evidence) -> str:
        """Write a place in a log as `file:line`, the file below the common folder."""
        return f"{self.shorten(evidence.file)}:{evidence.line}"

    def places(self, evidence: Iterable[Evidence]) -> str:
        """Write the first few places; the file is named once for lines that follow each other in it."""
        items = list(evidence)
        shown: list[str] = []
        for before, item in zip([None, *items], items[:PLACES_SHOWN], strict=False):
            is_same_file = before is not None and before.file == item.file
            shown.append(f":{item.line}" if is_same_file else self.place(item))
        more = ["…"] if len(items) > PLACES_SHOWN else []
        return self.phrases.mark("list").join([*shown, *more])

    def with_places(self, text: Inline, evidence: tuple[Evidence, ...]) -> Inline:
        """Put the places behind a sentence."""
        if not evidence:
            return text
        end = flatten(text)[-1:]
        is_parted = is_wide(end) and category(end).startswith("P")  # a full-width sign brings its own distance
        places = self.phrases.inline("punctuation.places", places=self.places(evidence))
        return (*text, *(() if is_parted else plain(" ")), *places)

    def blocked(self, spot: BlindSpot, *, by_number: bool = False) -> Inline:
        """Name the causes that a blind spot leaves open, if there are any; by their number where a table has them."""
        named = self._number(spot.blocks_causes) if by_number and not self.is_too_few else ()
        causes = join(
            named or map(plain, map(self.phrases.cause_title, spot.blocks_causes)), self.phrases.mark("clause")
        )
        return self.phrases.inline("questions.blocks", causes=causes) if causes else ()

    def _number(self, causes: Iterable[str]) -> tuple[Inline, ...]:
        """The numbers of causes in the table, then those that it lacks by name; nothing if it has none."""
        places = {cause.id: number for number, cause in enumerate(self.candidates, 1)}
        numbers = sorted(places[cause] for cause in causes if cause in places)
        others = tuple(plain(self.phrases.cause_title(cause)) for cause in causes if cause not in places)
        return (*(plain(f"#{number}") for number in numbers), *others) if numbers else ()

    def title(self, section: str) -> str:
        """Return the heading of a section."""
        return self.phrases.text(f"title.{section}")

    def mean_period(self, pattern: Pattern) -> str:
        """Write the period of a pattern with its error."""
        return self.phrases.formats.with_error(pattern.period_s, pattern.period_error_s)

    def period(self, pattern: Pattern) -> str:
        """Write the period with its error; of a loop also the scatter, which is wider than the error of the mean."""
        period = self.mean_period(pattern)
        if pattern.kind != PatternKind.REGULAR_LOOP or pattern.jitter_s is None:
            return period
        return self.phrases.text("pattern.on_average", period=period, jitter_s=pattern.jitter_s)

    def sum_up_pattern(self, pattern: Pattern) -> Inline:
        """One line: its clock, its period, and how many disconnects keep it."""
        names = self.name_owners(pattern)
        return self.phrases.inline(
            "pattern.one_of" if names else "pattern.one",
            id=pattern.id,
            connections=names,
            kind=self.kind(pattern),
            period=self.period(pattern),
            explained_count=pattern.explained_count,
            of_count=pattern.of_count,
        )

    def name_owners(self, pattern: Pattern) -> tuple[str, ...]:
        """Name the connections of a pattern where other patterns are of others; nothing where one is of all."""
        owners = {one.connections for one in self.diagnosis.patterns}
        is_own = self.has_many_connections and len(owners) > 1
        return tuple(clip(name, NAME_LENGTH) for name in pattern.connections) if is_own else ()

    def kind(self, pattern: Pattern) -> str:
        """Name the clock of a pattern."""
        kind = "irregular-loop" if pattern.is_irregular else pattern.kind
        if kind in {PatternKind.REGULAR_LOOP, PatternKind.TIMER} and not self._is_age_known(pattern):
            kind = "timer-or-age"
        elif pattern.may_be_age:
            kind = "timer-beside-age"
        if pattern.silent is not None:
            kind = f"{kind}-{pattern.silent}"
        return self.phrases.identified("pattern_kind", kind)

    def _is_age_known(self, pattern: Pattern) -> bool:
        """Whether a connect line tells the age of any connection that keeps the pattern."""
        members = [drop for drop in self.diagnosis.disconnects if drop.pattern == pattern.id]
        return not members or any(drop.session_s is not None for drop in members)

    def context(self, finding: Finding) -> dict[str, Value]:
        """Return what a finding's text may use beside the finding's own numbers."""
        inputs, pushes = self.diagnosis.inputs, self.diagnosis.pushes
        values: dict[str, Value] = {
            "files_count": len(inputs.files),
            "lines_count": inputs.lines_count,
            "skipped_count": inputs.skipped_count,
            "zone": inputs.display_zone,
            "lost_message_ids": tuple(clip(name, NAME_LENGTH) for name in pushes.lost_message_ids) or None,
        }
        if "connections_count" in finding.numbers:
            values["who"] = self.who(finding)
        named = finding.numbers.get("pattern")
        for pattern in self.diagnosis.patterns:
            if pattern.id == named:
                values["period"] = self.period(pattern)
                values["clock"] = self.kind(pattern)
        return values

    def finding(self, finding: Finding, part: str) -> str:
        """Say a finding's `title` or `text` without styles."""
        return flatten(self.phrases.finding(finding, part, self.context(finding)))


def show_time(material: Material, time: datetime) -> str:
    """Write a time of day, with the date when the logs span more than one."""
    formats, inputs = material.phrases.formats, material.diagnosis.inputs
    if inputs.start and inputs.end and formats.local(inputs.start).date() == formats.local(inputs.end).date():
        return formats.clock(time)
    return f"{formats.local(time):%m-%d} {formats.clock(time)}"


def join(parts: Iterable[Inline], separator: str) -> Inline:
    """Join lines of spans."""
    joined: list[Span] = []
    for part in parts:
        if joined:
            joined.append(Span(separator))
        joined.extend(part)
    return tuple(joined)


def clip(text: str, length: int) -> str:
    """Shorten text for a place where it is named, not quoted."""
    return text if len(text) <= length else text[: length - 1] + "…"


def cell(text: str, *, from_log: bool = False) -> Inline:
    """Make a table cell."""
    return code(text) if from_log else plain(text)
