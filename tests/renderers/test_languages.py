"""Every language says everything, by one convention."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from string import Formatter

import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len

from logdiag.analyzers.causes.ranking import decide_statuses
from logdiag.cli.commands.explain import load_explainer
from logdiag.cli.language import Language
from logdiag.renderers.document import (
    Bullets,
    CodeLines,
    Document,
    FactList,
    Inline,
    Paragraph,
    Subheading,
    Table,
    flatten,
    plain,
)
from logdiag.renderers.explain import build_entry, build_index
from logdiag.renderers.markdown import render_markdown
from logdiag.renderers.phrases import LANGUAGES, Phrases
from logdiag.renderers.report import build_report
from logdiag.renderers.sections.material import Material
from logdiag.renderers.terminal import render_text
from logdiag.texts.sentences import load_texts
from tests.folding import each
from tests.renderers.example import EXAMPLES, HOSTILE, build_example
from tests.renderers.test_phrases import CAUSE_IDS
from tests.renderers.test_reports import FIRST_SCREEN_LINES, first_screen, with_text

ENGLISH = load_texts("en")
OTHERS = [language for language in LANGUAGES if language != "en"]
# A placeholder for a word alone (was, were) says nothing that another language must say.
WORDLESS = {"word"}
CHINESE = r"[\u4e00-\u9fff]"
MISSPACED = re.compile(
    rf"{CHINESE}[A-Za-z0-9☐]|[A-Za-z0-9☐]{CHINESE}|{CHINESE} {CHINESE}|[，。；：、（）“”] | [，。；：、）”]"
)
UNPHRASED = "tomorrow"  # an id that no text knows yet
HALF_WIDTH = re.compile(rf"{CHINESE}[,;:!?()]|[,;!?()]{CHINESE}|: ?{CHINESE}|{CHINESE}\.")


def names_of(key: str, template: str) -> tuple[set[str], set[str]]:
    """The values that a template shows, and those it only bends a word by; a line of code is no template."""
    shown: set[str] = set()
    bending: set[str] = set()
    for _, name, spec, _ in () if key.endswith("add_to_logs") else Formatter().parse(template):
        if name is not None:
            (bending if (spec or "").split("|")[0] in WORDLESS else shown).add(name)
    return shown, bending


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_text(language: str) -> None:
    """The keys are those of English, no more and no fewer."""
    assert set(load_texts(language)) ^ set(ENGLISH) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_leaves_no_value_out(language: str) -> None:
    """Each text shows the values that the English one shows, and knows no other."""
    texts = load_texts(language)
    wrong = []
    for key, template in ENGLISH.items():
        shown, bending = names_of(key, template)
        found, _ = names_of(key, texts[key])
        if not shown <= found <= shown | bending:
            wrong.append(f"{key}: {sorted(found ^ shown)}")
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_code_is_the_same_in_every_language(language: str) -> None:
    """A line of code differs in its remark at most; identifiers, reasons and options stay as they are."""
    texts = load_texts(language)
    for key, template in ENGLISH.items():
        if key.endswith("add_to_logs") and not key.startswith("plain."):  # those are words
            assert texts[key].partition("  // ")[0] == template.partition("  // ")[0], key
        elif re.match(r"(check|cause|blind_spot)\.", key):
            fixed = re.sub(r"`\{\w+\}`", "", template)  # a value in quotes is no code of the text's
            quoted = {code for code in re.findall(r"`([^`{}]+)`", fixed) if code.isascii()}
            assert {code for code in quoted if code.split("=")[0].split(":")[0] not in texts[key]} == set(), key


def test_numbers_are_chinese() -> None:
    """Durations, shares and odds have Chinese units by one convention."""
    formats = Phrases("zh").formats
    assert [formats.duration(value) for value in (0.195, 30.006, 87.0, 7500.0, 90000.0)] == [
        "195 毫秒", "30.006 秒", "1 分 27 秒", "2 小时 5 分", "1 天 1 小时",
    ]  # fmt: skip
    assert formats.duration(300.0) == "5 分钟"
    assert formats.share(0.944) == "94.4%"
    assert [formats.odds(value) for value in (4e-4, 2.5e-5, 7.7e-11, 0.0, 0.4)] == [
        "2,500 分之一", "4 万分之一", "130 亿分之一", "不到万亿分之一", "40%",
    ]  # fmt: skip
    assert formats.with_error(30.0058, 0.0006) == "30.0058 ± 0.0006 秒"


def lines_of(document: Document) -> Iterator[str]:
    """Every line of our own words, what comes from a log replaced by one sign."""

    def show(line: Inline) -> str:
        return "".join("☐" if span.is_code else span.text for span in line)

    yield show(document.headline)
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            match block:
                case Subheading() | Paragraph():
                    yield show(block.text)
                case Bullets():
                    yield from map(show, block.items)
                case FactList():
                    yield from (text for label, value in block.rows for text in (label, show(value)))
                case Table():
                    yield from block.header
                    yield from (show(cell) for row in block.rows for cell in row)
                case CodeLines():
                    yield show(block.caption)


def build_documents() -> Iterator[Document]:
    for name in sorted(EXAMPLES):
        yield build_report(EXAMPLES[name](), version="0.1.0", language="zh")
    explainer = load_explainer(Language.ZH)
    yield build_index(explainer)
    for ids in explainer.ids.values():
        yield from (build_entry(explainer, identifier) for identifier in ids)


def test_chinese_keeps_its_convention() -> None:
    """A blank stands between Chinese and letters or digits, none beside full-width signs, and no half-width ones."""
    lines = [line for document in build_documents() for line in lines_of(document) if HOSTILE[-5:] not in line]
    assert [line for line in lines if MISSPACED.search(line)] == []
    assert [line for line in lines if HALF_WIDTH.search(line)] == []


def test_chinese_reports_speak_chinese() -> None:
    """No sentence is left in English: lines without a Chinese character hold names and numbers only."""
    lines = {line for document in build_documents() for line in lines_of(document)}
    english = [line for line in lines if re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", line.split("☐")[0])]
    known = [line for line in english if "://" not in line and UNPHRASED not in line]
    assert [line for line in known if not re.search(CHINESE, line)] == []


@pytest.mark.parametrize("name", ["example", "healthy", "nothing"])
def test_chinese_reads_as_approved(name: str, golden: Callable[[str, str], None]) -> None:
    """The Chinese report at 80 columns is the approved one."""
    golden(f"{name}.zh.txt", render_text(EXAMPLES[name](), width=80, color=False, version="0.1.0", language="zh"))


@each("width", [40, 80, 120, 200])
@each("name", sorted(EXAMPLES))
def test_no_chinese_line_is_wider_than_asked(name: str, width: int) -> None:
    """Every line fits, wide characters counted as two columns, and none ends in a blank."""
    text = render_text(EXAMPLES[name](), width=width, color=False, version="0.1.0", language="zh")
    for line in text.splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@each("confidence", [0.3, 0.6, 0.8])
@each("cause", CAUSE_IDS)
def test_chinese_first_screen_fits_for_every_cause(cause: str, confidence: float) -> None:
    """In Chinese, too, the first screen has at most 24 lines."""
    example = with_text("x" * 50)
    other = "server-kick" if cause != "server-kick" else "server-timer"
    causes = (
        replace(example.causes[0], id=cause, confidence=confidence),
        replace(example.causes[1], id=other, confidence=0.2),
    )
    screen = first_screen(replace(example, causes=decide_statuses(causes, is_telling=True)), "zh")
    assert len(screen.splitlines()) <= FIRST_SCREEN_LINES
    assert "先做" in screen


def test_a_chinese_code_page_keeps_its_letters() -> None:
    """On a console of GBK our own signs become ASCII, since their width is uncertain there, and Chinese stays."""
    text = render_text(build_example(), width=80, color=False, version="0.1.0", language="zh", encoding="gbk")
    assert "根本原因" in text.encode("gbk").decode("gbk")
    assert not re.search("[━─│●×±→]", text)
    assert all(cell_len(line) <= 80 for line in text.splitlines())


def test_markdown_speaks_chinese() -> None:
    """The sections of the Chinese Markdown report stand in the order of the incident document."""
    titles = re.findall(r"^## (.+)$", render_markdown(build_example(), version="0.1.0", language="zh"), re.MULTILINE)
    assert titles[1:] == [
        "问题现象", "根本原因", "时间线分析（最严重的一次）", "日志证据", "断开模式", "技术分析", "候选原因",
        "待确认问题", "解决方案", "建议修复顺序", "下一步行动", "读取范围", "用 logdiag 继续",
    ]  # fmt: skip


@each("name", sorted(EXAMPLES))
def test_chinese_markdown_is_well_formed(name: str) -> None:
    """Every mark of weight is one to a Markdown reader, though no blanks stand around Chinese words."""
    report = render_markdown(EXAMPLES[name](), version="0.1.0", language="zh")
    tokens = MarkdownIt("commonmark").enable("table").parse(report)
    texts = [child.content for token in tokens for child in token.children or [] if child.type == "text"]
    assert [text for text in texts if "**" in text] == []


def test_no_blank_stands_behind_a_unit() -> None:
    """What ends with its unit, a duration or a size, runs on into the Chinese words behind it."""
    ends = re.compile(r"\{\w*(?:_s|_ms)(?::(?:duration|ms)(?:\|abs)?)?\} [\u4e00-\u9fff]|_bytes\} [\u4e00-\u9fff]")
    assert [key for key, text in load_texts("zh").items() if ends.search(text)] == []


def test_no_blank_stands_within_chinese() -> None:
    """A number that is put in Chinese words ("less than one in a trillion") follows Chinese without a blank."""
    phrases = Phrases("zh")
    said = [flatten(phrases.inline("code.answer.suspect", chance=chance)) for chance in (1e-3, 1e-15)]
    assert said[0].endswith("概率为 1,000 分之一")
    assert said[1].endswith("概率为不到万亿分之一")


@pytest.mark.parametrize(("text", "parted"), [("断开。", "断开。["), ("断开", "断开 ["), ("ERROR x)", "ERROR x) [")])
def test_a_place_stands_apart(text: str, parted: str) -> None:
    """A blank parts a place from the words before it, unless these end in a full-width sign."""
    example = build_example()
    material = Material(example, Phrases("zh"), "0")
    evidence = tuple(place for place in (example.disconnects[0].evidence,) if place is not None)
    assert flatten(material.with_places(plain(text), evidence)).startswith(parted)


def test_chinese_has_one_word_for_a_thing() -> None:
    """The words that CONTRIBUTING names are used everywhere; others for the same thing only where they mean another."""
    shunned = re.compile(r"理由|置信度|(?<!域名)服务器|(?<!尚在)途中|套接字")
    chinese = load_texts("zh")
    assert {key: text for key, text in chinese.items() if shunned.search(text)} == {}
    assert shunned.search("服务器的说法")
    assert not shunned.search("域名服务器；尚在途中的内容")
    assert chinese["cause.proxy-reload.title"] == "前置代理重载"
    assert chinese["role.undecided"] == "尚待区分"


@pytest.mark.parametrize(("language", "policies"), [("en", "none, later"), ("zh", "none、later")])
def test_lists_are_joined_by_the_mark_of_the_language(language: str, policies: str) -> None:
    """Policies that come to the same, places and names stand between the marks of the language that is read."""
    example = build_example()
    retry = example.retries[0]
    retries = (replace(retry, policy="none"), replace(retry, policy="later"))
    text = render_markdown(replace(example, retries=retries), version="0.1.0", language=language)
    assert f"`{policies}`" in text
    phrases = Phrases(language)
    assert (
        phrases.text("verify.obstacle.other-services", names="a, b", count=2).count(phrases.mark("list").join("ab"))
        == 1
    )
