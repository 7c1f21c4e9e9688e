"""Every number of a report comes from its own field of the Diagnosis, and every field from the rows that it counts.

The reports are followed, not parsed (`ledger`): where a number comes from is known in English and Chinese alike. What
the sentences look like in the end is read back in `test_consistency`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers import report as report_module
from logdiag.renderers.document import Block, Bullets, Document, FactList, Inline, Paragraph, Subheading, flatten
from logdiag.renderers.phrases import LANGUAGES
from logdiag.renderers.report import build_report
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Remark
from logdiag.texts.sentences import load_texts
from tests.effort import examples
from tests.folders import LAB, LAB_NAMES, ROOT, SAMPLE_NAMES, SAMPLES, diagnose_once
from tests.renderers.count_reader import find_strange_cells
from tests.renderers.example import EXAMPLES
from tests.renderers.ledger import Fill, Ledger, Said, Written, mark
from tests.renderers.number_reader import NUMBER, STAMP
from tests.renderers.origins import Untraced, find_untraced
from tests.renderers.recounts import find_miscounts
from tests.test_properties import make_logs, write_logs

SHARED: Final = ROOT.parent / "shared"
SHORT: Final = examples(4, HealthCheck, long_count=120)
GROUNDS: Final = ("foreign/c*", "foreign/misleading/*", "system/*", "field/reports/*")
FOLDERS: Final = [
    *(SAMPLES / name for name in SAMPLE_NAMES),
    *(LAB / name for name in LAB_NAMES),
    *(path for ground in GROUNDS for path in sorted(SHARED.glob(ground)) if path.is_dir()),
]
# Whole numbers that stand side by side, and the words by which a reader tells them apart: in English, in Chinese.
TOLD_APART: Final = (
    ("analysis.pushes", "ok_count", "ok", "成功"),
    ("analysis.pushes", "failed_count", "failed", "失败"),
    ("analysis.pushes", "suspect_count", "suspect", "可疑"),
    ("analysis.pushes", "unknown_count", "without an outcome", "不明"),
    ("analysis.pushes_no_suspects", "ok_count", "ok", "成功"),
    ("analysis.pushes_no_suspects", "failed_count", "failed", "失败"),
    ("analysis.pushes_no_suspects", "unknown_count", "without an outcome", "不明"),
    ("analysis.one_connection", "connects_count", "connect", "连接"),
    ("analysis.one_connection", "disconnects_count", "disconnect", "断开"),
    ("footer.files", "events_count", "understood", "识别|理解"),
    ("footer.files", "unclassified_count", "without meaning", "无关"),
    ("footer.files", "skipped_count", "skipped", "跳过"),
    ("footer.copies", "duplicates_count", "copies", "副本"),
    ("footer.wordings", "rule_count", "rule", "规则"),
    ("footer.wordings", "lexicon_count", "lexicon", "词"),
    ("footer.wordings", "lifecycle_count", "learned", "学|得出"),
    ("check.ping-reason.supports", "client_count", "client", "客户端"),
    ("check.ping-reason.supports", "server_count", "server", "服务端"),
    ("check.server-gone-seen.supports", "started_count", "start", "启动"),
    ("check.server-gone-seen.supports", "stopped_count", "stop", "停止|停机|退出"),
)


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Follower:
    """Follows the numbers of reports."""
    ledgers: list[Ledger] = []

    def open_ledger(language: str, zone: str, *, has_dates: bool, voices: Sequence[str]) -> Ledger:
        ledgers.append(Ledger(language, zone, has_dates=has_dates, voices=voices))
        return ledgers[-1]

    monkeypatch.setattr(report_module, "Phrases", open_ledger)
    return Follower(ledgers)


class Follower:
    """Writes reports and says what they were filled with."""

    def __init__(self, ledgers: list[Ledger]) -> None:
        self._ledgers = ledgers

    def write(self, marked: Diagnosis, language: str, *, is_compact: bool = False) -> tuple[Document, list[Fill]]:
        self._ledgers.clear()
        report = build_report(marked, version="0.1.0", language=language, is_compact=is_compact)
        return report, [fill for ledger in self._ledgers for fill in ledger.fills]

    def judge(self, marked: Diagnosis, language: str, *, is_compact: bool = False) -> list[object]:
        """All that is wrong with the numbers of the report on a diagnosis whose numbers know their fields."""
        report, fills = self.write(marked, language, is_compact=is_compact)
        return [*find_untraced(fills, marked), *_list_unfilled(report), *_find_other_headlines(report, fills)]


def _list_unfilled(report: Document) -> list[str]:
    """Numbers that stand in the prose of a report and that no template was filled with."""
    return [
        span.text
        for section in report.sections
        for block in section.blocks
        for text in _list_prose(block)
        for span in text
        if not isinstance(span.text, Said | Written) and NUMBER.search(STAMP.sub(" ", span.text))
    ]


def _list_prose(block: Block) -> Iterator[Inline]:
    if isinstance(block, FactList):
        yield from (text for _, text in block.rows)
    elif isinstance(block, Paragraph | Subheading):
        yield block.text
    elif isinstance(block, Bullets):
        yield from block.items


def _find_other_headlines(report: Document, fills: list[Fill]) -> list[str]:
    """The headline as the checklist repeats it, where it is another."""
    repeated = [fill.values["headline"] for fill in fills if fill.key == "actions.diagnosed"]
    return [str(text) for text in repeated if text != flatten(report.headline)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_number_is_that_of_its_field_and_every_field_that_of_its_rows(folder: Path, follow: Follower) -> None:
    """In both languages, whole and for a screen; and sessions, disconnects and pushes bear the fields out."""
    got = diagnose_once(folder).diagnosis
    assert find_miscounts(got) == []
    marked = mark(got)
    for language in LANGUAGES:
        for is_compact in (False, True):
            assert follow.judge(marked, language, is_compact=is_compact) == []
        if SAMPLES in folder.parents:  # the cells of the large tables are read back in English by `test_consistency`
            report = build_report(got, version="0.1.0", language=language)
            assert find_strange_cells(report, got, language) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_number_of_a_built_diagnosis_is_that_of_its_field(name: str, follow: Follower) -> None:
    """The hand-built diagnoses hold what logs seldom have; their fields need not follow from their few rows."""
    for language in LANGUAGES:
        assert follow.judge(mark(EXAMPLES[name]()), language) == []


@SHORT
@given(seed=st.integers(0, 10**6), period_s=st.sampled_from([None, 7.0, 30.0]), drops_count=st.integers(0, 20))
def test_the_fields_of_any_logs_are_those_of_their_rows(
    tmp_path_factory: pytest.TempPathFactory, seed: int, period_s: float | None, drops_count: int
) -> None:
    """However many disconnects there are, on a beat or by chance."""
    folder = write_logs(tmp_path_factory.mktemp("logs"), make_logs(seed, period_s=period_s, drops_count=drops_count))
    got = diagnose(Request((str(folder),))).diagnosis
    assert find_miscounts(got) == []
    with pytest.MonkeyPatch.context() as patch:
        ledger = Ledger("zh", "UTC")
        patch.setattr(report_module, "Phrases", lambda *_, **__: ledger)
        marked = mark(got)
        build_report(marked, version="0.1.0", language="zh")
        assert find_untraced(ledger.fills, marked) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_counts_that_stand_side_by_side_have_their_own_words(language: str) -> None:
    """Nobody reads failed pushes as successful ones, whatever the language."""
    assert list(_find_swapped(load_texts(language), language)) == []


def test_counts_that_change_places_in_chinese_alone_are_found() -> None:
    """The same names stand in the template, and every number is one of the diagnosis."""
    texts = dict(load_texts("zh"))
    template = texts["analysis.pushes"]
    texts["analysis.pushes"] = re.sub(
        r"\{(ok|failed)(_count)", lambda found: f"{{{'failed' if found[1] == 'ok' else 'ok'}{found[2]}", template
    )
    assert sorted(name for _, name in _find_swapped(texts, "zh")) == ["failed_count", "ok_count"]


def _find_swapped(texts: Mapping[str, str], language: str) -> Iterator[tuple[str, str]]:
    """(key, name) of each count whose clause has none of its words."""
    for key, name, *words in TOLD_APART:
        template = re.sub(r"\{(\w+):(?:plural|word)\|[^{}|]*\|([^{}]*)\}", r"{\1} \2", texts[key])
        template = re.sub(r"\{(\w+)[^{}]*\}", r"{\1}", template)
        clauses = [clause for clause in re.split(r"[,;:：；，、。(（]", template) if f"{{{name}" in clause]
        if not any(re.search(words[language == "zh"], clause.replace(f"{{{name}}}", "")) for clause in clauses):
            yield key, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("module", "name", "other", "key"),
    [
        ("pushes", "ok_count", "failed_count", "analysis.pushes"),
        ("pushes", "lost_certain_count", "attempted_count", "summary.cost_lost"),
        ("connections", "connects_count", "disconnects_count", "analysis.one_connection"),
        ("retries", "recovered_count", "if_harmless_count", "analysis.retry"),
        ("inputs", "events_count", "lines_count", "footer.files"),
    ],
)
def test_a_field_in_the_place_of_another_is_found(
    follow: Follower, module: str, name: str, other: str, key: str, language: str
) -> None:
    """The renderer takes one field for another: the number is one of the diagnosis, and of the same row."""
    marked = mark(diagnose_once(SAMPLES / "random-drops").diagnosis)
    _, fills = follow.write(marked, language, is_compact=True)
    fill = next(one for one in fills if one.key.startswith(key) and name in one.names)
    row = next(
        value.path.rpartition(".")[0] for _, value in fill.list_numbers() if module in getattr(value, "path", "")
    )
    wrong = _take(marked, f"{row}.{other}")
    altered = replace(fill, values={**fill.values, name: wrong}, text=fill.text)
    found = find_untraced([altered], marked)
    assert [one.name for one in found if "is not" in one.why] == [name]


def _take(marked: Diagnosis, path: str) -> Any:
    value: Any = marked
    for name, place in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        value = value[int(place)] if place else getattr(value, name)
    return value


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_row_of_another_is_found(follow: Follower, language: str) -> None:
    """A sentence about one pattern is given the count of the next."""
    got = EXAMPLES["several"]()
    other = replace(got.patterns[0], id="P9", explained_count=7)
    marked = mark(replace(got, patterns=(*got.patterns, other)))
    _, fills = follow.write(marked, language)
    fill = next(one for one in fills if one.key == "pattern.one_of")
    count = marked.patterns[-1].explained_count
    altered = replace(fill, values={**fill.values, "explained_count": count})
    assert any("several rows" in one.why for one in find_untraced([altered], marked))
    alone = replace(
        fill,
        values={
            **fill.values,
            **{
                name: getattr(marked.patterns[-1], name)
                for name in fill.values
                if hasattr(other, name) and name.endswith("count")
            },
            "period": None,
        },
    )
    assert any(one.name == "id" for one in find_untraced([alone], marked))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_count_that_the_renderer_makes_up_is_found(follow: Follower, language: str) -> None:
    """The first screen counts all ends, while people who left are none of its disconnects."""
    got = EXAMPLES["example"]()
    left = replace(got.disconnects[0], remarks=(Remark.DEPARTURE,))
    marked = mark(replace(got, disconnects=(left, *got.disconnects[1:])))
    _, fills = follow.write(marked, language)
    assert not [one for one in find_untraced(fills, marked) if one.key.startswith(("headline.", "summary."))]
    said = next(fill for fill in fills if fill.key.startswith("summary.") and "disconnects_count" in fill.names)
    altered = replace(said, values={**said.values, "disconnects_count": len(marked.disconnects)})
    assert {one.name for one in find_untraced([altered], marked)} == {"disconnects_count"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cell_that_is_off_by_one_is_found(language: str) -> None:
    """One connection has a disconnect more in its table than in the diagnosis."""
    got = diagnose_once(SAMPLES / "random-drops").diagnosis
    first = got.connections[0]
    more = replace(first, disconnects_count=first.disconnects_count + 1)
    report = build_report(replace(got, connections=(more, *got.connections[1:])), version="0.1.0", language=language)
    assert find_strange_cells(report, got, language)


def test_a_field_that_its_rows_contradict_is_found() -> None:
    """Each of these is one off, or of another row."""
    got = diagnose_once(SAMPLES / "2025-11-14-reference").diagnosis
    drop, pushes, connection, pattern = got.disconnects[3], got.pushes, got.connections[0], got.patterns[0]
    others = [one for one in got.findings if one.id == "unexplained-disconnects"]
    altered = {
        "connections": replace(got, connections=(replace(connection, outage_s=connection.outage_s + 1.0),)),
        "patterns": replace(got, patterns=(replace(pattern, explained_count=pattern.explained_count - 1),)),
        "pushes": replace(got, pushes=replace(pushes, lost_certain_count=pushes.lost_certain_count + 1)),
        "disconnects": replace(got, disconnects=(replace(got.disconnects[0], outage_s=9.0), *got.disconnects[1:])),
        "causes": replace(got, causes=tuple(replace(one, of_count=one.of_count + 1) for one in got.causes)),
        "findings": replace(got, findings=tuple(replace(one, numbers={"count": 77}) for one in others)),
        "inputs": replace(got, inputs=replace(got.inputs, events_count=got.inputs.events_count + 1)),
    }  # fmt: skip
    assert find_miscounts(got) == []
    for part, wrong in altered.items():
        assert {one.path.partition("[")[0].partition(".")[0] for one in find_miscounts(wrong)} >= {part}
    early = replace(drop, time=drop.time - timedelta(seconds=1))
    wrong = replace(got, disconnects=(*got.disconnects[:3], early, *got.disconnects[4:]))
    assert any(one.path == "disconnects[3].interval_s" for one in find_miscounts(wrong))


def test_a_number_that_is_not_written_is_found() -> None:
    """A template that loses a digit, or that says another number, is found by what it wrote."""
    marked = mark(EXAMPLES["example"]())
    count = marked.pushes.lost_certain_count
    fill = Fill(
        "summary.cost_lost", {"lost_certain_count": count}, ("lost_certain_count",), ("lost_certain_count",), "7 lost"
    )
    assert [one.why for one in find_untraced([fill], marked)] == ["not said: 7 lost"]
    assert isinstance(find_untraced([fill], marked)[0], Untraced)
