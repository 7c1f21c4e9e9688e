"""The HTML report in a real browser: it draws, searches, unfolds, zooms, prints, and does nothing else.

The fixture `opener` fails each test whose page writes to the console, opens a dialog or asks for anything but itself.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from logdiag.renderers.html.assets import SCRIPTS
from logdiag.renderers.phrases import Phrases
from logdiag.results.connections import ServerTurn, Session, Silence
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from tests.renderers.conftest import Opener
from tests.renderers.example import EXAMPLES, HOSTILE, build_example, build_many
from tests.renderers.test_html import HTML_TEXTS
from tests.renderers.test_reports import with_text

pytestmark = pytest.mark.xdist_group("browser")  # one browser for all
CHARTS: Final = ("course", "phase", "intervals")
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 375, "height": 740}}
# Counts the pixels of a canvas that are not those of the background, by colour.
COUNT_COLORS: Final = """canvas => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const counts = {};
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue;
    const color = `${data[at]},${data[at + 1]},${data[at + 2]}`;
    counts[color] = (counts[color] ?? 0) + 1;
  }
  return counts;
}"""
# Lists the texts whose contrast to what lies behind them is below 4.5, by the formula of WCAG 2.
LIST_FAINT: Final = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = [], faint = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script")) continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    seen.push(contrast);
    if (contrast < 4.5) faint.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return [seen.length, faint];
}"""
NAME: Final = """part => part.getAttribute("aria-label") ?? part.getAttribute("aria-labelledby")
  ?? (part.labels?.[0] ?? part.caption ?? part).textContent"""
OVERFLOW: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def build_long(count: int = 120) -> Diagnosis:
    """An incident with many disconnects of one connection, and the sessions between them."""
    many = build_many(count + 1)
    sessions = tuple(
        Session("worker1", drop.time - timedelta(seconds=28.6), drop.time, None, 28.6, 1.25)
        for drop in many.disconnects
    )
    inputs = replace(many.inputs, end=many.disconnects[-1].time + timedelta(seconds=2))
    return replace(many, sessions=sessions, inputs=inputs)


def canvas(page: Page, chart: str) -> Locator:
    return page.locator(f"#{chart}-chart canvas")


def rows(page: Page) -> Locator:
    return page.locator("#drops-table tbody tr")


def shown_range(page: Page) -> str:
    return page.locator("#course-status").inner_text()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_report_opens_in_silence(name: str, opener: Opener) -> None:
    """No message on the console, no dialog, and no request but for the file itself."""
    page = opener.open(EXAMPLES[name]())
    expect(page.locator("h1")).to_be_visible()
    assert opener.requests == [opener.address]


@pytest.mark.parametrize("chart", CHARTS)
def test_charts_are_painted(chart: str, opener: Opener) -> None:
    """Each chart has a canvas on which its own colours were painted, and a label that tells its numbers."""
    page = opener.open(build_example())
    wanted = {
        "course": ("connected", "outage", "cause-0", "push"),
        "phase": ("on", "early", "off"),
        "intervals": ("bar",),
    }
    counts: dict[str, int] = canvas(page, chart).evaluate(COUNT_COLORS)
    for name in wanted[chart]:
        color = page.evaluate("name => color(name)", name)
        rgb = ",".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))
        assert counts.get(rgb, 0) > 5, f"{name} {color}"
    label = page.locator(f"#{chart}-chart").get_attribute("aria-label")
    assert label is not None
    assert any(character.isdigit() for character in label)
    assert "{" not in label


@pytest.mark.parametrize("text", [*HTML_TEXTS, HOSTILE])
def test_hostile_text_stays_text(text: str, opener: Opener) -> None:
    """What a log says is shown and never run: no dialog, no new element, and the table holds it as text."""
    page = opener.open(with_text(text))
    assert page.locator("script").count() == len(SCRIPTS) + 1
    assert page.locator("img").count() == 0
    assert page.locator("#drops-table script, .tip script").count() == 0
    shown = rows(page).first.inner_text()
    assert text in shown or "\\" in shown
    course = page.locator("#course-chart .u-over")
    course.hover()
    expect(page.locator("h1")).to_be_visible()


ATTEMPTS: Final = {
    "markup": "() => { document.body.innerHTML = '<b>x</b>' }",
    "script": "() => { document.body.append(Object.assign(document.createElement('script'), {text: 'ran = 1'})) }",
    "handler": "() => { document.body.setAttribute('onclick', 'ran = 1'); document.body.click() }",
    "style": "() => { document.body.setAttribute('style', 'color: red') }",
    "fetch": "() => fetch('http://127.0.0.1:9/x')",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_policy_holds(attempt: str, opener: Opener) -> None:
    """Even code that got in could not write markup, add a script, a handler or a style, or ask for anything."""
    page = opener.open(build_example())
    before = page.locator("body *").count()
    with contextlib.suppress(Error):
        page.evaluate(ATTEMPTS[attempt])
    assert page.evaluate("typeof ran") == "undefined"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 38)"
    assert before <= page.locator("body *").count() <= before + 1
    assert opener.messages, "a refusal is on the console"
    opener.messages.clear()


def test_the_search_finds(opener: Opener) -> None:
    """All words must match, in any field; the count is told, and an empty search shows all again."""
    page = opener.open(build_example())
    search = page.get_by_label("Search the disconnects")
    search.fill("worker1 16:29")
    assert rows(page).count() == 2
    expect(page.locator("#drops-pager [role=status]")).to_contain_text("Found: 2 of 11")
    search.fill("43vrxawwGJ52m2v_AABt")
    expect(rows(page)).to_contain_text(["201 ms early; push 6 ms before"])
    search.fill("no such thing")
    assert rows(page).count() == 0
    expect(page.locator("#drops-pager [role=status]")).to_have_text("No disconnect matches.")
    search.fill("")
    assert rows(page).count() == 11


def test_the_table_turns_pages_and_sorts(opener: Opener) -> None:
    """Fifty rows a page; a column of numbers sorts up, down, and back to the order of time."""
    page = opener.open(build_long())
    assert rows(page).count() == 50
    pager = page.locator("#drops-pager")
    expect(pager.get_by_role("button", name="Previous")).to_be_disabled()
    pager.get_by_role("button", name="Next").click()
    pager.get_by_role("button", name="Next").click()
    expect(pager.locator("[role=status]")).to_have_text("Disconnects 101 to 120 of 120")
    assert rows(page).count() == 20
    head = page.locator("#drops-table th").first
    for order, first in (("ascending", "1"), ("descending", "120"), (None, "1")):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == order
        expect(rows(page).first.locator("td").first).to_have_text(first)


def test_causes_unfold_to_their_lines(opener: Opener) -> None:
    """A key press unfolds a cause, another the lines of a check."""
    page = opener.open(build_example())
    cause = page.locator("#cause-server-timer")
    assert cause.get_attribute("open") is None
    cause.locator("> summary").press("Enter")
    assert cause.get_attribute("open") is not None
    lines = cause.locator("details.places").first
    expect(lines.locator("li").first).not_to_be_visible()
    lines.locator("summary").press("Enter")
    expect(lines.locator("li").first).to_be_visible()
    expect(lines.locator("li code").first).to_contain_text(".log:")


@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_page_fits_its_width(name: str, width: int, opener: Opener) -> None:
    """On a phone and on a desk nothing makes the page scroll sideways, even with all unfolded."""
    page = opener.open(EXAMPLES[name](), viewport={"width": width, "height": 800})
    assert page.evaluate(OVERFLOW) == 0
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert page.evaluate(OVERFLOW) == 0


def test_long_words_fit_a_phone(opener: Opener) -> None:
    """Names without a space where a line could break do not widen the page."""
    page = opener.open(with_text("x" * 300), **PHONE)
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(scheme: Any, opener: Opener) -> None:
    """In light and dark each text has a contrast of 4.5 or more to what lies behind it."""
    page = opener.open(build_example(), color_scheme=scheme)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    count, faint = page.evaluate(LIST_FAINT)
    assert count > 200
    assert faint == []


def test_dark_mode_is_followed(opener: Opener) -> None:
    """Page and charts change with the system's colours while the page is open."""
    background = "getComputedStyle(document.body).backgroundColor"
    page = opener.open(build_example(), color_scheme="light")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) == "rgb(20, 23, 28)"
    page.evaluate("() => new Promise(requestAnimationFrame)")
    counts: dict[str, int] = canvas(page, "phase").evaluate(COUNT_COLORS)
    assert "99,179,234" in counts
    assert "0,114,178" not in counts


def test_it_prints(opener: Opener, tmp_path: Path) -> None:
    """Printing unfolds what is not ruled out, and the page is afterwards as it was."""
    page = opener.open(build_example(), color_scheme="dark")
    page.evaluate(
        "addEventListener('beforeprint', () => { window.unfolded = document.querySelectorAll('main details[open]'); })"
    )
    before = page.locator("main details[open]").count()
    width = canvas(page, "course").evaluate("canvas => canvas.width")
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert page.evaluate("window.unfolded.length") > before
    assert page.locator("main details[open]").count() == before
    assert canvas(page, "course").evaluate("canvas => canvas.width") == width


def test_keys_are_enough(opener: Opener) -> None:
    """The first Tab leads to a link past the contents; a focused chart zooms and moves by keys; focus is seen."""
    page = opener.open(build_example(), is_unfolded=False)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the report")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "report"
    chart = page.locator("#course-chart")
    chart.focus()
    whole = shown_range(page)
    page.keyboard.press("+")
    expect(page.locator("#course-status")).not_to_have_text(whole)
    nearer = shown_range(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#course-status")).not_to_have_text(nearer)
    assert chart.evaluate("chart => getComputedStyle(chart).outlineStyle") == "solid"
    page.keyboard.press("Home")
    expect(page.locator("#course-status")).to_have_text(whole)


def test_every_control_has_a_name(opener: Opener) -> None:
    """Buttons, fields, charts and tables have a name that a screen reader can say."""
    page = opener.open(build_example())
    for role in ("button", "searchbox", "combobox", "img", "table", "navigation", "region", "group"):
        found = page.get_by_role(role).all()
        assert found, role
        for control in found:
            named = control.evaluate(NAME)
            assert named.strip(), control


def test_the_mouse_zooms_and_points(opener: Opener) -> None:
    """Dragging zooms, a double click shows the whole, and what lies under the pointer is told."""
    page = opener.open(build_long())
    over = page.locator("#course-chart .u-over")
    over.scroll_into_view_if_needed()
    whole = shown_range(page)
    box = over.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 200, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, middle, steps=4)
    page.mouse.up()
    expect(page.locator("#course-status")).not_to_have_text(whole)
    left, lane = page.evaluate("""() => {
        const row = DATA.drops.time.findIndex((time) => time > charts[1].plot.scales.x.min);
        const [above, count] = [DATA.server ? 1 : 0, DATA.connections.length];
        const lane = (above + DATA.drops.connection[row] + 0.5) / (above + count);
        return [charts[1].plot.valToPos(DATA.drops.time[row], "x"), lane];
    }""")
    page.mouse.move(box["x"] + left, box["y"] + lane * box["height"])
    expect(page.locator("#course-chart .tip")).to_contain_text("transport close")
    over.dblclick()
    expect(page.locator("#course-status")).to_have_text(whole)


def test_servers_have_a_lane_above_the_connections(opener: Opener) -> None:
    """It shows when they were silent, stopped and started; without a server's log there is none."""
    example = build_example()
    start, end = example.inputs.start, example.inputs.end
    assert start is not None
    assert end is not None
    at = [start + (end - start) * share for share in (0.25, 0.35, 0.5, 0.75)]
    silence = Silence("master", at[0], at[1], (at[1] - at[0]).total_seconds(), whole_process=True, evidence=())
    turns = (
        ServerTurn("master", at[2], "stop", Evidence("master.log", 5)),
        ServerTurn("master", at[3], "start", Evidence("master.log", 6)),
    )
    page = opener.open(replace(example, silences=(silence,), servers=("master",), server_turns=turns))
    over = page.locator("#course-chart .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    for instant, said in ((at[0], "master wrote nothing for"), (at[2], "that it stops"), (at[3], "master started")):
        x = page.evaluate(f"charts[1].plot.valToPos({instant.timestamp() * 1000}, 'x')")
        page.mouse.move(box["x"] + x, box["y"] + 30)
        expect(page.locator("#course-chart .tip")).to_contain_text(said)
    colors = canvas(page, "course").evaluate(COUNT_COLORS)
    drawn = [page.evaluate(f"color('{name}')") for name in ("server", "silent", "stop", "start")]
    assert all(colors.get(",".join(str(int(hexed[n : n + 2], 16)) for n in (1, 3, 5))) for hexed in drawn)
    assert page.locator("#course .legend").count() == 2
    page = opener.open(example)
    assert page.locator("#course .legend").count() == 1
    assert page.evaluate("DATA.server") is None


def test_many_connections_turn_pages(opener: Opener) -> None:
    """The course shows 24 connections a page; a disconnect of another page turns to it."""
    example = build_example()
    names = [f"worker{number}" for number in range(60)]
    connections = tuple(replace(example.connections[0], id=name) for name in names)
    sessions = tuple(replace(session, connection=name) for name in names for session in example.sessions[:2])
    drop = replace(example.disconnects[1], connection="worker59")
    page = opener.open(replace(example, connections=connections, sessions=sessions, disconnects=(drop,)))
    status = page.locator("#lanes-pager [role=status]")
    expect(status).to_have_text("Connections 1 to 24 of 60")
    rows(page).first.get_by_role("link").click()
    expect(status).to_have_text("Connections 49 to 60 of 60")
    expect(page.locator("#course-status")).to_contain_text("disconnects: 1")


def test_fingers_zoom_and_move(opener: Opener) -> None:
    """Two fingers that part zoom the chart, one that goes left moves it later."""
    page = opener.open(build_long(), has_touch=True, **PHONE)
    over = page.locator("#course-chart .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *places: float) -> None:
        points = [{"x": box["x"] + place, "y": box["y"] + 20, "id": rank} for rank, place in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def read_range() -> tuple[float, float]:
        low, high = page.evaluate("[charts[1].plot.scales.x.min, charts[1].plot.scales.x.max]")
        return low, high

    whole = read_range()
    touch("touchStart", 100, 140)
    touch("touchMove", 60, 180)
    touch("touchEnd")
    zoomed = read_range()
    assert zoomed[1] - zoomed[0] < (whole[1] - whole[0]) / 2
    touch("touchStart", 200)
    touch("touchMove", 150)
    touch("touchEnd")
    assert read_range()[0] > zoomed[0]


def test_a_time_leads_to_its_place(opener: Opener) -> None:
    """A click on the time of a disconnect shows its surroundings in the course of the connections."""
    page = opener.open(build_long())
    page.locator("#drops-table").get_by_role("link", name="16:26:52").first.click()
    expect(page.locator("#course-chart")).to_be_focused()
    expect(page.locator("#course-chart")).to_be_in_viewport()
    first, last = page.evaluate("[charts[1].plot.scales.x.min, charts[1].plot.scales.x.max]")
    assert last - first < 60_000


def test_intervals_far_apart_get_bins_of_equal_ratio(opener: Opener) -> None:
    """Where the longest interval is far above the median, bins widen; all intervals are in the table of numbers."""
    many = build_many(101)
    drops = tuple(
        replace(drop, interval_s=50_000.0 if rank == 0 else 1.2 * 1.05**rank)
        for rank, drop in enumerate(many.disconnects)
    )
    page = opener.open(replace(many, disconnects=drops))
    page.locator("#intervals summary").click()
    cells = page.locator("#intervals-table tbody tr")
    counts = [int(row.locator("td").last.inner_text()) for row in cells.all()]
    assert sum(counts) == 100
    expect(cells.first.locator("td").first).to_have_text("1.212 s")
    expect(cells.last.locator("td").first).to_have_text("12 h 53 min")


def test_a_phone_shows_what_happened(opener: Opener) -> None:
    """On a phone the timeline of the worst incident needs no scrolling to the side: the text stands below its time."""
    page = opener.open(build_example(), **PHONE)
    cells = page.locator("#timeline tbody tr").first.locator("td")
    time, text = cells.first.bounding_box(), cells.last.bounding_box()
    assert time is not None
    assert text is not None
    assert text["y"] > time["y"] + time["height"] - 1
    assert text["x"] + text["width"] <= 375


def test_scale_and_pattern_can_be_chosen(opener: Opener) -> None:
    """At first 5 ms and 5 s are both told from the beat; then half a period, or the drops on it, fill the plot."""
    page = opener.open(build_example())
    state = "{ pattern: DATA.patterns[0], phases: listPhases(DATA.patterns[0]) }"
    near, far = page.evaluate(f"[0.005, 5].map(makeScale({state}, 'logarithmic').place)")
    assert 0.02 < near < 0.2
    assert 0.7 < far < 1
    assert page.evaluate("charts[2].plot.scales.y.max") == pytest.approx(1.05)
    page.get_by_label("Scale").select_option("whole")
    page.wait_for_function("charts[2].plot.scales.y.max > 2")
    assert page.evaluate("charts[2].plot.scales.y.max") == pytest.approx(30.0058 / 2)
    page.get_by_label("Scale").select_option("near")
    page.wait_for_function("charts[2].plot.scales.y.max < 1")


def test_numbers_read_as_in_the_other_formats(opener: Opener) -> None:
    """The scripts write spans, seconds and times as Python does."""
    example = build_example()
    page = opener.open(example)
    formats = Phrases("en", example.inputs.display_zone).formats
    spans = [sign * value for value in (0.0, 0.0004, 0.0031, 0.0096, 0.0999, 0.9996, 1.218, 9.9999, 30.0, 59.9996, 60.0,
             241.4, 3599.7, 3600.0, 7500.0, 90000.0, 5_000_000.0) for sign in (1, -1)]  # fmt: skip
    assert page.evaluate("spans => spans.map(writeDuration)", spans) == [formats.duration(span) for span in spans]
    assert page.evaluate("spans => spans.map(writeSeconds)", spans) == [formats.seconds(span) for span in spans]
    instants = [drop.time for drop in example.disconnects]
    stamps = page.evaluate("times => times.map(writeStamp)", [instant.timestamp() * 1000 for instant in instants])
    assert stamps == [formats.stamp(instant) for instant in instants]


def test_without_scripts_the_report_still_stands(opener: Opener) -> None:
    """Where scripts are forbidden, the table of the other formats stands in for charts and search."""
    page = opener.open(build_example(), java_script_enabled=False)
    expect(page.get_by_text("need JavaScript")).to_be_visible()
    expect(page.locator(".unscripted table")).to_be_visible()
    expect(page.locator("#course")).not_to_be_visible()
    expect(page.locator("#drops-table")).not_to_be_visible()


def test_ten_thousand_disconnects_open(opener: Opener) -> None:
    """All are found, one page of them is built, and the search goes through all."""
    page = opener.open(build_long(10_000))
    assert rows(page).count() == 50
    page.get_by_label("Search the disconnects").fill("transport close")
    expect(page.locator("#drops-pager [role=status]")).to_have_text("Disconnects 1 to 50 of 10,000")


def test_sections_fold_to_their_first_line(opener: Opener) -> None:
    """At first summary and course are open; a folded section shows its first line, a link or one button all of it."""
    page = opener.open(build_example(), is_unfolded=False)
    opened = page.locator(".fold[open]")
    assert opened.count() == 2
    expect(page.locator("#symptoms .gist")).to_be_visible()
    page.get_by_role("link", name="Symptoms", exact=True).click()
    expect(page.locator("#symptoms .fold")).to_have_attribute("open", "")
    expect(page.locator("#symptoms .gist")).not_to_be_visible()
    expect(page.locator("nav [aria-current]")).to_have_text("Symptoms")
    page.get_by_role("button", name="Expand all").click()
    assert opened.count() == page.locator(".fold").count()
    page.get_by_role("button", name="Fold all").click()
    assert opened.count() == 0


@pytest.mark.parametrize("number", [1, 7])
def test_a_link_leads_to_a_disconnect(number: int, opener: Opener) -> None:
    """The address of a disconnect shows it beside the report and in the course; the next one changes the address."""
    page = opener.open(build_example(), is_unfolded=False)
    expect(page.locator("#detail-title")).to_be_visible()
    page.goto(f"{opener.address}#drop-{number}")
    expect(page.locator("#detail-title")).to_have_text(f"Disconnect {number} of 11")
    expect(page.locator("#course-chart")).to_be_focused()
    page.get_by_role("button", name="Next disconnect").click()
    assert page.url.endswith(f"#drop-{number + 1}")
    expect(page.locator("#detail-title")).to_have_text(f"Disconnect {number + 1} of 11")
    page.goto(f"{opener.address}#drop-12")
    expect(page.locator("#detail-title")).to_have_text(f"Disconnect {number + 1} of 11")


def test_a_phone_shows_a_disconnect_on_demand(opener: Opener) -> None:
    """Where there is no third column the panel waits until one is chosen, and can be closed."""
    page = opener.open(build_example(), **PHONE)
    expect(page.locator("#detail")).not_to_be_visible()
    rows(page).first.get_by_role("link").click()
    expect(page.locator("#detail")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#detail")).not_to_be_visible()


def test_copies_reach_the_clipboard(opener: Opener) -> None:
    """The summary, a section as Markdown, and the link to a disconnect can be copied."""
    page = opener.open(build_example(), permissions=["clipboard-read", "clipboard-write"])
    for button, start in (
        ("Copy summary", "INCIDENT: 9 of 11 disconnects"),
        ("Copy as Markdown: Symptoms", "## Symptoms\n\n"),
        ("Copy the link to this disconnect", opener.address),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.locator("#copied")).to_have_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()").startswith(start)
        page.evaluate("document.getElementById('copied').textContent = ''")


def test_short_outages_show_at_any_zoom(opener: Opener) -> None:
    """An outage far shorter than a pixel is seen, a pixel shows its share as height, and no outage shows none."""
    page = opener.open(build_long(10_000))
    up, down = page.evaluate("""() => {
      const spans = [{ start: 0, end: 93, outageEnd: 100 }, { start: 100, end: 250, outageEnd: 300 }];
      const { up, down } = countShares(spans, 0, 100, 4);
      return [[...up], [...down]];
    }""")
    assert up == pytest.approx([0.93, 1, 0.5, 0])
    assert down == pytest.approx([0.07, 0, 0.5, 0])
    counts: dict[str, int] = canvas(page, "overview").evaluate(COUNT_COLORS)
    outage, connected = (
        counts.get(",".join(str(int(value[at : at + 2], 16)) for at in (1, 3, 5)), 0)
        for value in (page.evaluate("color('outage')"), page.evaluate("color('connected')"))
    )
    assert outage / (outage + connected) == pytest.approx(1.25 / 30.0058, rel=0.6)


def test_lengths_are_split_by_pattern(opener: Opener) -> None:
    """Each bar is split by the pattern of its disconnects, all of them are counted, and a limit has its line."""
    page = opener.open(build_example())
    groups = page.evaluate("""() => {
      const values = DATA.drops.interval_s;
      const rows = values.map((_, row) => row).filter(row => values[row] !== null);
      const { edges } = countLengths(rows.map(row => values[row]));
      const groups = splitByPattern(rows, values, edges);
      return groups.map(({ name, sum, counts }) => [name, sum, counts.reduce((one, other) => one + other)]);
    }""")
    assert len(groups) > 1
    assert all(total == counted for _, total, counted in groups)
    known = [drop for drop in build_example().disconnects if drop.interval_s is not None]
    assert sum(total for _, total, _ in groups) == len(known)
