"""The HTML report without a browser: its structure, its policy, its escaping, its size."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import logdiag.renderers.html as html_package
from logdiag.renderers.document import Block, Bullets, Paragraph, Section, Subheading, plain
from logdiag.renderers.escape import escape_script_json
from logdiag.renderers.html import render_html
from logdiag.renderers.html.assets import SCRIPTS, load_assets, read_assets
from logdiag.renderers.html.head import sum_up
from logdiag.renderers.html.plots import build_plots
from logdiag.renderers.markdown import render_markdown
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.material import Material
from logdiag.results.connections import Session
from logdiag.results.patterns import PatternKind
from logdiag.texts.sentences import load_texts
from logdiag.verdict import Verdict
from tests.effort import examples
from tests.folding import each
from tests.renderers.example import EXAMPLES, HOSTILE, build_example, build_many, build_nothing
from tests.renderers.page import Element, Page, read_page
from tests.renderers.test_reports import any_text, with_text

FOLDER = Path(html_package.__file__).parent
HTML_TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>{{ 7 * 7 }}{% raw %}",
    "\u2028\u2029",
]
OUTLINED_TAGS = {"header", "nav", "main", "section", "h1", "h2", "h3", "table", "figure", "details", "script", "style"}
LARGEST_BYTES = 10_000_000


def page_of(name: str = "example") -> Page:
    return read_page(render_html(EXAMPLES[name](), version="0.1.0"))


def outline(element: Element) -> str:
    shown = {"id", "class", "role", "aria-label", "aria-labelledby", "type", "hidden", "open"}
    marks = "".join(f" {key}={value!r}" for key, value in element.attributes.items() if key in shown)
    text = element.text.strip() if element.tag in {"h2", "h3"} else ""
    return f"{element.tag}{marks} {text}".rstrip()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_structure_is_the_approved_one(name: str, golden: Callable[[str, str], None]) -> None:
    """Landmarks, headings, tables, figures and what unfolds stand in the approved order."""
    lines = [outline(element) for element in page_of(name).elements if element.tag in OUTLINED_TAGS]
    golden(f"{name}-html.txt", "\n".join(lines) + "\n")


@each("name", sorted(EXAMPLES))
def test_every_reference_leads_somewhere(name: str) -> None:
    """Ids are unique, and each link, label and description names one."""
    page = page_of(name)
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        for key in ("aria-labelledby", "aria-describedby", "for"):
            assert element.attributes.get(key, ids[0]) in ids
        if element.tag == "a":
            assert element.attributes["href"].removeprefix("#") in ids


@each("name", sorted(EXAMPLES))
def test_the_page_can_be_read_aloud(name: str) -> None:
    """One heading of the first level, one main part, a language, and a caption for each table."""
    page = page_of(name)
    assert len(page.find("h1")) == len(page.find("main")) == 1
    assert page.find("html")[0].attributes["lang"] == "en"
    assert len(page.find("caption")) == len(page.find("table"))
    assert all(element.attributes.get("scope") for element in page.find("th"))
    levels = [int(element.tag[1]) for element in page.elements if re.fullmatch(r"h[1-6]", element.tag)]
    assert all(lower <= upper + 1 for upper, lower in pairwise(levels))


def test_the_policy_admits_only_what_is_there() -> None:
    """Each script and style is named by its digest; nothing may be fetched, evaluated or written inline."""
    page = page_of()
    policy = page.find("meta", **{"http-equiv": "Content-Security-Policy"})[0].attributes["content"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    scripts = [element.text for element in page.find("script") if "type" not in element.attributes]
    styles = [element.text for element in page.find("style")]
    for name, texts in (("script-src", scripts), ("style-src", styles)):
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert rules[name] == " ".join(f"'sha256-{digest}'" for digest in digests)
    for element in page.elements:
        assert not [key for key in element.attributes if key.startswith("on") or key in {"style", "src", "srcset"}]
        assert element.attributes.get("href", "#").startswith(("#", "data:,"))


def test_scripts_cannot_end_early() -> None:
    """No file of ours holds what would close its element, and none uses a door from text to markup or code."""
    assets = load_assets()
    for text in (*assets.scripts, *assets.styles):
        assert not re.search(r"</(script|style)|<!--", text, re.IGNORECASE)
    for text in read_assets(name for name in SCRIPTS if name.startswith("script/")):
        assert text.startswith('"use strict";\n')
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text)


def test_the_library_is_the_one_that_is_named() -> None:
    """The note beside the library gives its version, and the page carries its licence."""
    named = re.search(r"uPlot (\d[\d.]*\d) \(MIT", (FOLDER / "vendor" / "README.md").read_text("utf-8"))
    script = (FOLDER / "vendor" / "uplot" / "uPlot.iife.min.js").read_text("utf-8")
    assert named is not None
    assert f"uPlot (v{named[1]})" in script[:200]
    assert any("The MIT License" in comment for comment in page_of().comments)


@each("text", [*HTML_TEXTS, HOSTILE])
def test_hostile_text_adds_no_element(text: str) -> None:
    """The page has the same elements and attributes, whatever a log says."""
    calm, hostile = (read_page(render_html(with_text(said), version="0.1.0")) for said in ("calm", text))
    assert [(one.tag, sorted(one.attributes)) for one in hostile.elements] == [
        (one.tag, sorted(one.attributes)) for one in calm.elements
    ]


@examples(30, [HealthCheck.too_slow])
@given(any_text | st.sampled_from(HTML_TEXTS))
def test_any_text_survives(text: str) -> None:
    """Any text gives a page that can be encoded and parsed, with our scripts in it and no others."""
    written = render_html(with_text(text), version="0.1.0")
    page = read_page(written.encode("utf-8").decode("utf-8"))
    assert len(page.find("script")) == len(SCRIPTS) + 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", written)
    assert page.plots["connections"]


@examples(30)
@given(st.recursive(any_text, lambda inner: st.lists(inner) | st.dictionaries(any_text, inner)))
def test_json_in_a_script_stays_json(value: object) -> None:
    """What stands in a script element reads as the same JSON, and holds nothing that HTML would see."""
    written = escape_script_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(written) == value
    assert not re.search(r"[<>&\u2028\u2029]", written)


def test_the_ledger_holds_every_check() -> None:
    """Each cause unfolds, each check stands under its outcome, and a place shows its line where that is known."""
    example = build_example()
    page = page_of()
    causes = [element for element in page.find("details") if "cause" in element.attributes.get("class", "").split()]
    assert [element.attributes["id"] for element in causes] == [f"cause-{cause.id}" for cause in example.causes]
    questions = page.find("span", **{"class": "question"})
    assert len(questions) == sum(len(cause.checks) for cause in example.causes)
    assert example.worst_incident is not None
    quotes = {item.evidence for item in example.worst_incident.excerpts}
    quoted = [
        place for cause in example.causes for check in cause.checks for place in check.evidence if place in quotes
    ]
    assert quoted
    assert render_html(example, version="0").count("<pre><code>") >= len(quoted)


@pytest.mark.parametrize(("pattern", "name"), [("P1", "Beat"), ("P2", "Lifetime")])
def test_the_figures_are_those_of_the_leading_cause(pattern: str, name: str) -> None:
    """Where several patterns are at work, the head of the page shows that of the best-ranked cause."""
    example = build_example()
    causes = (replace(example.causes[0], patterns=(pattern,)), *example.causes[1:])
    page = read_page(render_html(replace(example, causes=causes), version="0.1.0"))
    assert [element.text for element in page.find("dt")][:3] == ["Disconnects", name, "Confidence"]


def test_beats_of_one_period_stand_in_the_head_together() -> None:
    """Where each client has a beat of its own, the head tells of all of them, not of the one that comes first."""
    example = build_example()
    beats = [replace(example.patterns[0], id=f"P{n}", explained_count=n) for n in (3, 4)]
    page = read_page(render_html(replace(example, patterns=tuple(beats)), version="0.1.0"))
    place = next(n for n, name in enumerate(page.find("dt")) if name.text == "2 beats")
    number = page.find("b")[place]
    note = page.elements[page.elements.index(number) + 1].text
    assert (number.text, note) == ("30.006\N{NO-BREAK SPACE}s", "7 of 11 keep one of them")


def test_a_loop_shows_how_its_rounds_differ() -> None:
    """The error of a mean looks like that of a clock and says nothing of the next round: a loop shows its scatter."""
    example = build_example()
    loop = replace(example.patterns[0], kind=PatternKind.REGULAR_LOOP, period_s=55.0, period_error_s=2.0, jitter_s=10.0)
    page = read_page(render_html(replace(example, patterns=(loop,)), version="0.1.0"))
    assert [element.text.replace("\N{NO-BREAK SPACE}", " ") for element in page.find("b")][1] == "55 ± 10 s"


@pytest.mark.parametrize(
    ("certain", "probable", "shown"),
    [
        (1, 3, ("Pushes lost", "1 for certain; 3 more probably")),
        (0, 53, ("Pushes probably lost", "53 logged as sent as the socket died; none lost for certain")),
        (0, 0, ("Pushes lost", "0 of 9 attempted")),
    ],
)
def test_no_bare_nought_hides_a_loss(certain: int, probable: int, shown: tuple[str, str]) -> None:
    """Where no push is lost for certain, those probably lost stand at the head of the page."""
    example = build_example()
    pushes = replace(example.pushes, lost_certain_count=certain, lost_probable_count=probable)
    page = read_page(render_html(replace(example, pushes=pushes), version="0.1.0"))
    at = page.find("dt").index(next(name for name in page.find("dt") if name.text.startswith("Pushes")))
    number = page.find("b")[at]
    note = page.elements[page.elements.index(number) + 1]
    assert (page.find("dt")[at].text, f"{number.text} {note.text}") == shown


def test_a_number_keeps_its_unit_on_a_line() -> None:
    """The blanks that hold a number, its error and its unit together are such that no browser breaks a line there."""
    assert "30.0058\xa0±\xa00.0006\xa0s" in render_html(build_example(), version="0.1.0")


def test_a_date_stays_on_a_line() -> None:
    """A browser may break a date behind a hyphen; each date of a sentence stands in an element that it keeps whole."""
    dates = [element.text for element in page_of().find("span", **{"class": "date"})]
    assert any(re.fullmatch(r"2025-11-1\d\xa0\d\d:\d\d:\d\d\.\d{3}", date) for date in dates)


def test_the_legend_of_the_server_names_what_its_lane_shows() -> None:
    """A server that only writes on has no legend for stops and silences."""
    example = replace(build_example(), servers=("master",), silences=(), server_turns=())
    swatches = read_page(render_html(example, version="0.1.0")).find("span")
    shown = {element.attributes.get("class") for element in swatches}
    assert "swatch server" in shown
    assert not shown & {"swatch silent", "swatch stop", "swatch start"}


def test_each_id_of_a_list_is_code_of_its_own() -> None:
    """What stands between the items of a list, and how many more there are, is no code."""
    example = build_example()
    pushes = replace(example.pushes, lost_certain_count=5, lost_message_ids=("a1", "b2", "c3", "d4", "e5"))
    page = read_page(render_html(replace(example, pushes=pushes), version="0.1.0"))
    assert {"a1", "b2", "c3"} <= {element.text for element in page.find("code")}
    assert "`a1`, `b2`, `c3` and 2 more" in page.plots["copies"]["summary"]


def test_without_scripts_the_pattern_is_drawn_with_characters() -> None:
    """Where scripts are blocked, the picture of the text report stands in their place, for eyes only."""
    page = page_of()
    assert [drawn.attributes["aria-hidden"] for drawn in page.find("pre", **{"class": "drawn"})] == ["true"]
    assert [mark.text for mark in page.find("span", **{"class": "bad"})].count("×") == 2


def test_a_page_without_connections_has_no_charts() -> None:
    """Where nothing was seen there is nothing to draw."""
    page = read_page(render_html(build_nothing(), version="0.1.0"))
    assert not page.find("section", id="course")
    assert not page.find("dl", **{"class": "figures"})
    assert page.plots["drops"]["index"] == []


def test_equal_input_gives_equal_bytes() -> None:
    """Nothing in the page depends on the moment or the run."""
    assert render_html(build_example(), version="0.1.0") == render_html(build_example(), version="0.1.0")


def test_ten_thousand_disconnects_stay_small() -> None:
    """A page with 10,000 disconnects has all of them in it and stays under 10 MB."""
    many = build_many(10_001)
    written = render_html(many, version="0.1.0")
    assert len(read_page(written).plots["drops"]["index"]) == 10_000
    assert len(written.encode("utf-8")) < LARGEST_BYTES


def test_a_hundred_thousand_disconnects_stay_small() -> None:
    """Beyond 20,000 sums by connection and the name of the CSV replace the table; all are drawn, in less than 10 MB."""
    many = build_many(100_001)
    sessions = tuple(
        Session(drop.connection, drop.time - timedelta(seconds=28.6), drop.time, None, 28.6, 1.25)
        for drop in many.disconnects
    )
    written = render_html(replace(many, sessions=sessions), version="0.1.0")
    page = read_page(written)
    assert len(written.encode("utf-8")) < LARGEST_BYTES
    assert len(page.plots["drops"]["time"]) == 100_000
    assert not page.find("table", id="drops-table")
    assert "--csv DIR" in written
    assert not {"socket", "remark", "line"} & set(page.plots["drops"])


@pytest.mark.parametrize(("count", "is_listed"), [(20_000, True), (20_001, False)])
def test_as_many_are_listed_as_can_be_read(count: int, *, is_listed: bool) -> None:
    """The table stands where each disconnect is listed, the sums where not, and never both."""
    page = read_page(render_html(build_many(count + 1), version="0.1.0"))
    assert bool(page.find("table", id="drops-table")) == is_listed
    assert ("socket" in page.plots["drops"]) == is_listed


def test_times_carry_the_offsets_of_their_zone() -> None:
    """Instants are in UTC; where the clocks change within the logs, each offset is given with its start."""
    example = build_example()
    moved = tuple(
        replace(drop, time=drop.time.replace(month=month))
        for drop, month in zip(example.disconnects, (3, 7), strict=False)
    )
    inputs = replace(example.inputs, display_zone="Europe/Berlin", start=moved[0].time, end=moved[1].time)
    plots = read_page(render_html(replace(example, inputs=inputs, disconnects=moved), version="0.1.0")).plots
    assert [offset for _, offset in plots["offsets"]] == [3_600_000, 7_200_000]
    assert plots["offsets"][1][0] == plots["drops"]["time"][1] == moved[1].time.timestamp() * 1000


def test_scripts_fill_names_only() -> None:
    """What the scripts fill is plain `{name}`: formats of numbers belong to Python."""
    texts = {key: text for key, text in load_texts("en").items() if key.startswith("html.script.")}
    assert texts
    for key, text in texts.items():
        assert re.sub(r"\{\w+\}", "", text).count("{") == 0, key


def test_every_text_of_the_scripts_is_used() -> None:
    """No text of the page is a memory: each key of the scripts stands in one of them."""
    code = "".join(read_assets(name for name in SCRIPTS if name.startswith("script/")))
    keys = [key.removeprefix("html.script.") for key in load_texts("en") if key.startswith("html.script.")]
    assert [key for key in keys if f'"{key}"' not in code] == []


@each("name", sorted(EXAMPLES))
def test_only_incidents_have_a_ledger(name: str) -> None:
    """Causes are weighed where something went wrong."""
    has_ledger = bool(page_of(name).find("meter"))
    assert has_ledger == (EXAMPLES[name]().verdict is Verdict.INCIDENT)


def test_both_causes_stand_in_the_head() -> None:
    """Each of two causes has its confidence as a bar in the colour of its ticks, and its pattern once."""
    page = page_of("several")
    bars = [element.attributes["class"] for element in page.find("meter") if "class" in element.attributes]
    assert bars == ["cause-0", "cause-1"]
    names = [element.text for element in page.find("dt")]
    assert names.count("Confidence") == 2
    assert set(page.plots["drops"]["cause"]) >= {0, 1}
    assert page.plots["causes"] == [Phrases().cause_title(cause.id) for cause in EXAMPLES["several"]().asserted]
    assert "cause-0" not in {element.attributes.get("class") for element in page_of("open").find("meter")}


def test_what_is_copied_is_what_is_shown() -> None:
    """The summary for a chat holds each row of it, what a log says in backticks; each section has its Markdown."""
    page = read_page(render_html(with_text("@everyone <!channel>"), version="0.1.0"))
    copies = page.plots["copies"]
    assert copies["summary"].startswith("INCIDENT: ")
    assert "\nDo first: " in copies["summary"]
    assert "\nWhy: " in copies["summary"]
    sections = [element.attributes["id"] for element in page.find("section") if element.attributes["id"] != "course"]
    assert list(copies["sections"]) == sections
    whole = render_markdown(with_text("@everyone <!channel>"), version="0.1.0")
    assert all(text in whole for text in copies["sections"].values())
    assert "@everyone" not in re.sub(r"`[^`]*`", "", "".join(copies["sections"].values()))


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ((Paragraph(plain("Ranked:")), Bullets((plain("a timer"),))), "Ranked: a timer"),
        ((Paragraph(plain("排序：")), Bullets((plain("定时器"),))), "排序：定时器"),
        ((Paragraph(plain("What to log:")), Subheading(plain("x")), Paragraph(plain("y"))), "What to log"),
        ((Paragraph(plain("What to log:")),), "What to log"),
        ((Subheading(plain("x")), Paragraph(plain("One line."))), "One line."),
    ],
)
def test_the_first_line_of_a_folded_section_announces_nothing(blocks: tuple[Block, ...], told: str) -> None:
    """A line that ends in a colon goes on with the first of what follows it; where that is no line, it ends before."""
    assert sum_up(Section("x", "X", blocks)) == told


def test_lanes_stand_as_people_count() -> None:
    """The second worker comes before the nineteenth; every disconnect keeps its connection."""
    example = build_example()
    first = example.connections[0]
    names = ("worker19", "worker2", "a1b", first.id)
    connections = tuple(replace(first, id=name) for name in names)
    plots = build_plots(Material(replace(example, connections=connections), Phrases("en"), "0"))
    assert [name for name in plots["connections"] if name in names[:3]] == ["a1b", "worker2", "worker19"]
    told = [plots["connections"][rank] for rank in plots["drops"]["connection"]]
    assert told == [drop.connection for drop in example.disconnects]
