"""Reads what the sentences and tables of a report count, and holds it against the one thing that they count.

A sentence is known by its text: the English template says where its numbers stand, so other words need no other test.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from posixpath import commonprefix
from string import Formatter
from types import MappingProxyType
from typing import Final, NamedTuple

from logdiag.renderers.document import Document, Table, flatten
from logdiag.renderers.phrases import Phrases
from logdiag.results.causes import Outcome
from logdiag.results.diagnosis import Diagnosis
from logdiag.texts.sentences import load_texts
from tests.renderers.number_reader import Sentence, find_strange, list_names

PHRASES: Final = Phrases("en", "UTC")
FORMATS: Final = PHRASES.formats
TEXTS: Final = load_texts("en")
COUNT: Final = r"\d[\d,]*"
PERIOD: Final = r"[\d.,]+(?: ± [\d.,]+)? s"

# What is counted → how often that is by the diagnosis, and which numbers of which texts say it.
COUNTED: Final[Mapping[str, tuple[Callable[[Diagnosis], int], tuple[tuple[str, str], ...]]]] = MappingProxyType(
    {
        "disconnects": (
            lambda got: len(got.disconnects),
            (
                *(
                    (f"headline.{name}", "disconnects_count")
                    for name in ("one", "several", "open", "open_two", "none", "few", "one_events", "brief")
                ),
                ("headline.one_server-restart", "disconnects_count"),
                ("headline.one_client-restart", "disconnects_count"),
                ("headline.share", "of_count"),
                ("summary.what_drops", "disconnects_count"),
                ("summary.what_drops_clients", "disconnects_count"),
                ("summary.what_pattern", "of_count"),
                ("summary.what_lifetime", "of_count"),
                ("summary.what_idle", "of_count"),
                ("summary.what_irregular_loop", "of_count"),
                ("analysis.no_clock", "disconnects_count"),
            ),
        ),
        "disconnects without an orderly stop": (
            lambda got: sum(drop.has_end_line and not drop.is_orderly for drop in got.disconnects),
            (("finding.unexplained-disconnects.text", "count"),),
        ),
        "ends without a line": (
            lambda got: sum(not drop.has_end_line and not drop.is_orderly for drop in got.disconnects),
            (("finding.unlogged-ends.text", "count"),),
        ),
        "lost pushes": (
            lambda got: got.pushes.lost_certain_count,
            (
                ("summary.cost_lost", "lost_certain_count"),
                *((f"finding.lost-pushes.text{bare}", "count") for bare in ("", "_bare", "_bare_bare")),
            ),
        ),
        "lost messages": (
            lambda got: len(got.pushes.lost_message_ids),
            (("finding.lost-pushes.text", "ids_count"), ("finding.lost-pushes.text_bare", "ids_count")),
        ),
        "probably lost pushes": (
            lambda got: got.pushes.lost_probable_count,
            (
                ("summary.cost_probable", "lost_probable_count"),
                *((f"finding.probably-lost-pushes.text{bare}", "count") for bare in ("", "_bare")),
            ),
        ),
        **{
            f"{name} pushes": (
                lambda got, name=name: getattr(got.pushes, f"{name}_count"),  # type: ignore[misc]
                (("analysis.pushes", f"{name}_count"),),
            )
            for name in ("attempted", "ok", "failed", "suspect", "unknown")
        },
    }
)
# Texts of a named pattern, and whether they say how many of all disconnects keep it, or of those that might.
OF_PATTERNS: Final = MappingProxyType(
    {
        "pattern.one": False,
        "finding.periodic-disconnects.text": False,
        "summary.what_pattern": True,
        "summary.what_lifetime": True,
        "summary.what_idle": True,
        "summary.what_irregular_loop": True,
        "analysis.period": False,
        "analysis.lifetime": False,
    }
)

SECTIONS: Final = MappingProxyType({"finding": "symptoms"})  # where the texts of a table stand, if not in that name's


class Said(NamedTuple):
    """A count, what it counts, and the sentence in which it stands."""

    counted: str
    number: str
    sentence: Sentence


def read_said(sentences: Sequence[Sentence]) -> list[Said]:
    """Every count of the sentences whose text is known."""
    return [
        Said(counted, found[name], sentence)
        for counted, (_, places) in COUNTED.items()
        for key, name in places
        for sentence in sentences
        for found in (_compile(key).search(sentence.text),)
        if found is not None and _stands_in(sentence, key)
    ]


def find_miscounted(said: Iterable[Said], got: Diagnosis) -> list[Said]:
    """What a sentence counts otherwise than the diagnosis."""
    return [one for one in said if one.number != FORMATS.number(COUNTED[one.counted][0](got))]


def find_contradictions(said: Iterable[Said]) -> dict[str, set[str]]:
    """What two sentences of a report count differently, whatever the diagnosis says."""
    counts: dict[str, set[str]] = defaultdict(set)
    for one in said:
        counts[one.counted].add(one.number)
    return {counted: values for counted, values in counts.items() if len(values) > 1}


def find_strange_patterns(sentences: Sequence[Sentence], got: Diagnosis) -> list[str]:
    """Sentences that give a pattern a period, or a number of disconnects, that no pattern of that name has."""
    return [
        sentence.text
        for key, is_of_all in OF_PATTERNS.items()
        for sentence in sentences
        for found in (_compile(key).search(sentence.text),)
        if found is not None and _stands_in(sentence, key)
        if not any(found.groupdict().items() <= known.items() for known in _list_patterns(got, is_of_all=is_of_all))
    ]


def _list_patterns(got: Diagnosis, *, is_of_all: bool) -> Iterator[dict[str, str]]:
    for pattern in got.patterns:
        explained, of = FORMATS.number(pattern.explained_count), FORMATS.number(pattern.of_count)
        yield {
            "id": pattern.id,
            "period": FORMATS.with_error(pattern.period_s, pattern.period_error_s),
            "explained_count": explained,
            "count": explained,
            "of_count": FORMATS.number(len(got.disconnects)) if is_of_all else of,
        }


def _stands_in(sentence: Sentence, key: str) -> bool:
    return SECTIONS.get(key.partition(".")[0], key.partition(".")[0]) == sentence.section


def _compile(key: str) -> re.Pattern[str]:
    """The pattern of a text: its counts, its periods and the ids in it are groups of their names."""
    seen: set[str] = set()
    parts = []
    for literal, name, spec, _ in Formatter().parse(re.sub(r"`|\*\*", "", TEXTS[key])):
        parts.append(re.escape(literal))
        if name is not None:
            parts.append(_group(name, (spec or "").split("|"), is_new=name not in seen))
            seen.add(name)
    return re.compile(r"(?<![\w.,])" + "".join(parts))


def _group(name: str, spec: Sequence[str], *, is_new: bool) -> str:
    words = "(?:" + "|".join(map(re.escape, spec[1:])) + ")"
    if spec[0] == "word":
        return words
    form = PERIOD if name == "period" else COUNT if name.endswith("count") else r"P\d+" if name == "id" else ".*?"
    group = f"(?P<{name}>{form})" if form != ".*?" and is_new else form
    return f"{group} {words}" if spec[0] == "plural" else group


class Row(NamedTuple):
    """A row of a table, what it is about, and the cells that are known to the letter, by the heads of their columns."""

    cells: Mapping[str, str]
    about: object
    known: Mapping[str, str]


def find_strange_cells(report: Document, got: Diagnosis, language: str = "en") -> list[tuple[str, str]]:
    """(column, cell) that its row does not give: another value in a column known, or a number that is not the row's."""
    found: list[tuple[str, str]] = []
    names = list_names(got)
    for row in _read_rows(report, got, _find_phrases(language)):
        found += [(name, row.cells[name]) for name, value in row.known.items() if row.cells.get(name, value) != value]
        loose = [Sentence(name, text) for name, text in row.cells.items() if name not in row.known]
        found += [(text, number) for number, text in find_strange(loose, row.about, names=names, language=language)]
    return found


def list_unread_tables(report: Document, language: str = "en") -> list[tuple[str, ...]]:
    """The heads of the tables that no reader knows."""
    phrases = _find_phrases(language)
    return [table.header for _, table in _list_tables(report) if _find_reader(table, phrases) is None]


@cache
def _find_phrases(language: str) -> Phrases:
    return Phrases(language, "UTC")


def _list_tables(report: Document) -> Iterator[tuple[str, Table]]:
    for section in report.sections:
        yield from ((section.id, block) for block in section.blocks if isinstance(block, Table))


def _read_rows(report: Document, got: Diagnosis, phrases: Phrases) -> Iterator[Row]:
    for _, table in _list_tables(report):
        reader = _find_reader(table, phrases)
        if reader is None:
            continue
        about = reader(got, phrases)
        for rank, row in enumerate(table.rows):
            cells = dict(zip(table.header, (flatten(text) for text in row), strict=True))
            yield from about(rank, cells)


Reader = Callable[[Diagnosis, Phrases], Callable[[int, Mapping[str, str]], Iterator[Row]]]


def _find_reader(table: Table, phrases: Phrases) -> Reader | None:
    header = set(table.header)
    return next((reader for keys, reader in READERS.items() if {phrases.texts[key] for key in keys} <= header), None)


def _read_causes(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    causes = {phrases.cause_title(cause.id): cause for cause in got.causes}

    def read(rank: int, cells: Mapping[str, str]) -> Iterator[Row]:
        cause = causes[cells[phrases.texts["causes.cause"]]]
        outcomes = [check.outcome for check in cause.checks]
        known = {
            "rank": str(rank + 1),
            "confidence": phrases.formats.share(cause.confidence),
            "explains": f"{cause.explains_count}/{cause.of_count}",
            "for": str(outcomes.count(Outcome.SUPPORTS)),
            "against": str(outcomes.count(Outcome.REFUTES)),
            "unknown": str(outcomes.count(Outcome.UNKNOWN)),
        }
        yield Row(cells, cause, {phrases.texts[f"causes.{name}"]: text for name, text in known.items()})

    return read


def _read_connections(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    connections = {connection.id: connection for connection in got.connections}

    def read(_: int, cells: Mapping[str, str]) -> Iterator[Row]:
        item = connections[cells[phrases.texts["analysis.connection"]]]
        known = {
            "connects": phrases.formats.number(item.connects_count),
            "disconnects": phrases.formats.number(item.disconnects_count),
            "unlogged": phrases.formats.number(item.unlogged_disconnects_count),
            "availability": phrases.formats.share(item.availability_ratio),
            "outage": phrases.formats.duration(None if item.is_outage_unknown else item.outage_s),
            "median_session": phrases.formats.duration(item.median_session_s),
            "median_outage": phrases.formats.duration(item.median_outage_s),
        }
        yield Row(cells, item, {phrases.texts[f"analysis.{name}"]: text for name, text in known.items()})

    return read


def _read_disconnects(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    drops = {str(drop.number): drop for drop in got.disconnects}

    def read(_: int, cells: Mapping[str, str]) -> Iterator[Row]:
        number = cells[phrases.texts["pattern.index"]]
        if not number:  # how many are left out
            return
        drop = drops[number]
        interval = "" if drop.interval_s is None else phrases.text("pattern.seconds", interval_s=drop.interval_s)
        known = {phrases.texts["pattern.index"]: number, phrases.texts["pattern.interval"]: interval}
        yield Row({**cells, phrases.texts["pattern.time"]: ""}, (drop, _list_of(got, drop.pattern)), known)

    return read


def _list_of(got: Diagnosis, pattern: str | None) -> list[object]:
    return [one for one in got.patterns if one.id == pattern]


def _read_pairs(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    def read(rank: int, cells: Mapping[str, str]) -> Iterator[Row]:
        pair = got.reason_pairs[rank]
        yield Row(cells, pair, {phrases.texts["analysis.pair_count"]: phrases.formats.number(pair.count)})

    return read


def _read_files(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    files = [file for file in got.inputs.files if file.lines_count]

    def read(rank: int, cells: Mapping[str, str]) -> Iterator[Row]:
        file = files[rank]
        yield Row(cells, file, {phrases.texts["footer.lines"]: phrases.formats.number(file.lines_count)})

    return read


def _read_folders(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    """A row counts the files of a folder, and adds up their lines."""
    prefix = commonprefix([file.path for file in got.inputs.files]).rpartition("/")[0] + "/"

    def read(_: int, cells: Mapping[str, str]) -> Iterator[Row]:
        name = cells[phrases.texts["footer.folder_name"]]
        folder = prefix.rstrip("/") if name == "." else prefix + name
        files = [file for file in got.inputs.files if file.lines_count and file.path.rpartition("/")[0] == folder]
        known = {
            "files_in": len(files),
            "lines": sum(file.lines_count for file in files),
            "events": sum(file.events_count for file in files),
            "skips": sum(file.skipped_count for file in files),
        }
        counts = {phrases.texts[f"footer.{key}"]: phrases.formats.number(count) for key, count in known.items()}
        yield Row({key: text for key, text in cells.items() if text != name}, files, counts)

    return read


def _read_pushes(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    def read(rank: int, cells: Mapping[str, str]) -> Iterator[Row]:
        push = got.pushes.items[rank]
        lead = ""
        if push.lead_ms is not None:
            key = "analysis.push_early" if push.lead_ms >= 0 else "analysis.push_late"
            lead = phrases.text(key, lead=phrases.formats.milliseconds(abs(push.lead_ms)))
        yield Row(cells, push, {phrases.texts["analysis.push_lead"]: lead})

    return read


def _read_clients(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    def read(rank: int, cells: Mapping[str, str]) -> Iterator[Row]:
        assert got.worst_clients is not None
        client = got.worst_clients.clients[rank]
        known = {
            "disconnects": phrases.formats.number(client.disconnects_count),
            "share": phrases.formats.share(client.disconnects_ratio),
            "median_session": phrases.formats.duration(client.median_session_s),
        }
        yield Row(cells, client, {phrases.texts[f"analysis.{name}"]: text for name, text in known.items()})

    return read


def _read_excerpts(got: Diagnosis, phrases: Phrases) -> Callable[[int, Mapping[str, str]], Iterator[Row]]:
    """The lines of the worst incident are quoted: only the times to the disconnect are the report's own."""

    def read(rank: int, cells: Mapping[str, str]) -> Iterator[Row]:
        assert got.worst_incident is not None
        drop = got.disconnects[got.worst_incident.disconnect_index]
        offset = phrases.texts["timeline.offset"]
        to_drop_s = (got.worst_incident.excerpts[rank].time - drop.time).total_seconds()
        written = f"{'+' if to_drop_s > 0 else ''}{phrases.formats.duration(to_drop_s)}" if to_drop_s else "0"
        yield Row({offset: cells[offset]}, to_drop_s, {offset: written})

    return read


READERS: Final[Mapping[tuple[str, ...], Reader]] = MappingProxyType(
    {
        ("causes.confidence", "causes.explains"): _read_causes,
        ("analysis.client", "analysis.share"): _read_clients,
        ("analysis.connection", "analysis.availability"): _read_connections,
        ("pattern.index", "pattern.remark"): _read_disconnects,
        ("analysis.pair_client", "analysis.pair_count"): _read_pairs,
        ("footer.folder_name", "footer.files_in"): _read_folders,
        ("footer.lines", "footer.skips"): _read_files,
        ("analysis.push_lead", "analysis.push_what"): _read_pushes,
        ("timeline.offset", "timeline.what"): _read_excerpts,
    }
)
