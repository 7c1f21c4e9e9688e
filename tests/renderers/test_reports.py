"""The report as people read it: golden files, widths, colour, encodings, hostile text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style as RichStyle

from logdiag.analyzers.causes.ranking import decide_statuses
from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers import FORMATS, load_renderer
from logdiag.renderers.document import Document, FactList, Section, Style, Table, plain
from logdiag.renderers.extents import Extent
from logdiag.renderers.markdown import render_markdown
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.headline import build_headline, count_events
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.summary import build_summary
from logdiag.renderers.terminal import STYLES, render_text, write_text
from logdiag.results.causes import BlindSpot, CauseStatus, Check, Finding, Outcome
from logdiag.results.connections import ClientIdentity
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect, Quiet, Remark
from logdiag.results.finding_ids import DOUBTS
from logdiag.results.inputs import YEAR_ASSUMED
from logdiag.results.patterns import ClockSearch, PatternKind, TriggerRole
from logdiag.results.pushes import PushFate, PushOutcome
from logdiag.verdict import Severity, Verdict
from tests.effort import examples
from tests.folding import each
from tests.renderers.example import (
    EXAMPLES,
    GENERATED_AT,
    HOSTILE,
    build_doubtful,
    build_example,
    build_healthy,
    build_many,
    build_nothing,
    build_open,
    build_shut_out,
)
from tests.renderers.markdown_reader import build_reader
from tests.renderers.test_phrases import BLIND_SPOT_IDS, CAUSE_IDS
from tests.winston import at, record, write

FIRST_SCREEN_LINES = 24
any_text = st.text(st.characters(exclude_categories=()), max_size=60)


def text_of(diagnosis: Diagnosis, *, width: int = 80, color: bool = False, ascii_only: bool = False) -> str:
    return render_text(diagnosis, width=width, color=color, ascii_only=ascii_only, version="0.1.0")


def details_of(diagnosis: Diagnosis) -> str:
    """What `--verbose` shows, without line breaks."""
    return " ".join(render_text(diagnosis, width=200, color=False, version="0.1.0", extent=Extent.DETAILED).split())


def first_screen(diagnosis: Diagnosis, language: str = "en") -> str:
    """What stands at 80 columns before the second section: the headline and the summary, and nothing else written."""
    material = Material(diagnosis, Phrases(language, diagnosis.inputs.display_zone), "0.1.0")
    top = Document(material.title("report"), build_headline(material), (build_summary(material),))
    return write_text(top, width=80, color=False).rstrip("\n")


@cache
def with_text(text: str) -> Diagnosis:
    """Put a text into every place of the example that a log can fill."""
    example = build_example()
    drop = replace(example.disconnects[0], connection=text, reason=text, server_reason=text, socket_id=text)
    excerpts = (
        tuple(
            replace(item, message=text, text=text, service=text, kind=text) for item in example.worst_incident.excerpts
        )
        if example.worst_incident
        else ()
    )
    push = replace(example.pushes.items[0], message_ids=(text,), error=text)
    return replace(
        example,
        inputs=replace(example.inputs, paths=(text,), levels={text: 1}),
        connections=(replace(example.connections[0], id=text, reasons={text: 1}),),
        disconnects=(drop, *example.disconnects[1:]),
        triggers=(replace(example.triggers[0], template=text),),
        pushes=replace(example.pushes, items=(push,), lost_message_ids=(text,)),
        worst_incident=replace(example.worst_incident, excerpts=excerpts) if example.worst_incident else None,
    )


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_text_reads_as_approved(name: str, golden: Callable[[str, str], None]) -> None:
    """The plain report at 80 columns is the approved one."""
    golden(f"{name}.txt", text_of(EXAMPLES[name]()))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_markdown_reads_as_approved(name: str, golden: Callable[[str, str], None]) -> None:
    """The Markdown report is the approved one."""
    golden(f"{name}.md", render_markdown(EXAMPLES[name](), version="0.1.0"))


def test_wide_and_ascii_read_as_approved(golden: Callable[[str, str], None]) -> None:
    """At 200 columns, and where only ASCII can be written, the report is the approved one."""
    golden("example-200.txt", text_of(build_example(), width=200))
    golden("example-ascii.txt", text_of(build_example(), ascii_only=True))


@each("width", [40, 80, 120, 200])
@each("name", sorted(EXAMPLES))
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    """Every line fits, wide characters counted as two columns, and none ends in a blank."""
    for line in text_of(EXAMPLES[name](), width=width).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@each("name", sorted(EXAMPLES))
def test_plain_text_has_no_escape(name: str) -> None:
    """Without colour there is no control character but the line feed."""
    text = text_of(EXAMPLES[name]())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_color_changes_nothing_but_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the colour codes taken out, the coloured report is the plain one; the environment has no say."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "33")
    colored = text_of(build_example(), color=True)
    assert "\x1b[" in colored
    stripped = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", colored).split("\n"))
    assert stripped == text_of(build_example())


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast of two colours by the formula of WCAG 2."""

    def lightness(color: tuple[int, int, int]) -> float:
        parts = (part / 255 for part in color)
        linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((lightness(one), lightness(other)))
    return (high + 0.05) / (low + 0.05)


@each("style", [style for style in Style if RichStyle.parse(STYLES[style]).color])
def test_each_colour_reads_on_white_and_on_black(style: Style) -> None:
    """In xterm's shades each has a contrast of 3 or more to either ground, as bold text needs."""
    color = RichStyle.parse(STYLES[style]).color
    assert color is not None
    xterm = {"red": (205, 0, 0), "magenta": (205, 0, 205)}
    red, green, blue = xterm.get(color.name) or color.get_truecolor()
    assert min(contrast((red, green, blue), ground) for ground in ((0, 0, 0), (255, 255, 255))) >= 3
    assert contrast((205, 205, 0), (255, 255, 255)) < 3, "xterm's own yellow drowns in white"


def test_files_are_the_quietest() -> None:
    """The table of files and the places behind sentences are dim; warnings are yellow, errors red, and neither both."""
    colored = text_of(build_example(), color=True)
    names = [line for line in colored.split("WHAT WAS READ")[1].splitlines() if "socket-client.log" in line]
    assert names
    assert all("\x1b[2m" in line and "\x1b[35m" not in line for line in names)
    assert STYLES[Style.WARN] != STYLES[Style.BAD]
    assert "\x1b[1;31mINCIDENT\x1b[0m" in colored


def test_ascii_is_ascii() -> None:
    """Where the encoding carries ASCII only, no other character is written, and the facts are the same."""
    text = text_of(build_example(), ascii_only=True)
    assert text.isascii()
    assert "30.0058 +/-" in text
    assert "\\u5df2\\u8fde\\u63a5" in text


def test_a_narrow_code_page_is_enough() -> None:
    """On a Chinese console Chinese stays Chinese, and what the code page lacks is escaped."""
    text = render_text(build_example(), width=80, color=False, version="0.1.0", encoding="cp936")
    assert "已连接" in text.encode("cp936").decode("cp936")


@each("name", sorted(EXAMPLES))
def test_first_screen_answers_all(name: str) -> None:
    """What, how sure, since when, cost, why, what first: within 24 lines of 80 columns."""
    screen = text_of(EXAMPLES[name]()).split("SYMPTOMS")[0].rstrip("\n")
    assert screen == first_screen(EXAMPLES[name]())
    assert len(screen.splitlines()) <= FIRST_SCREEN_LINES
    assert "Do first" in screen


@each("spot", BLIND_SPOT_IDS)
@each("confidence", [0.3, 0.8])
@each("cause", CAUSE_IDS)
def test_first_screen_fits_for_every_cause(cause: str, confidence: float, spot: str) -> None:
    """Whatever the cause and the blind spot, the first screen has at most 24 lines."""
    example = with_text("x" * 50)
    other = "server-kick" if cause != "server-kick" else "server-timer"
    causes = (
        replace(example.causes[0], id=cause, confidence=confidence),
        replace(example.causes[1], id=other, confidence=0.2),
    )
    blind = replace(example.blind_spots[0], id=spot, blocks_causes=(cause,))
    judged = replace(example, causes=decide_statuses(causes, is_telling=True), blind_spots=(blind,))
    assert len(first_screen(judged).splitlines()) <= FIRST_SCREEN_LINES


@each("second", CAUSE_IDS)
@each("first", CAUSE_IDS)
def test_first_screen_has_room_for_two_causes(first: str, second: str) -> None:
    """Two asserted causes are both explained and both repaired, within 24 lines."""
    example = with_text("x" * 50)
    both = (replace(example.causes[0], id=first), replace(example.causes[1], id=second, confidence=0.6))
    judged = replace(example, causes=decide_statuses(both, is_telling=True))
    assert len(first_screen(judged).splitlines()) <= FIRST_SCREEN_LINES


@each("language", ["en", "zh"])
@each("extent", [Extent.BRIEF, Extent.WHOLE])
@each("cause", CAUSE_IDS)
def test_an_abstaining_first_screen_has_room_for_candidate_and_trigger(
    cause: str, extent: Extent, language: str
) -> None:
    """No cause asserted, a line before nearly all disconnects, and blind spots that block others: 24 lines."""
    judged = abstain(cause)
    text = render_text(judged, width=80, color=False, version="0", language=language, extent=extent)
    screen = text.split(Phrases(language, "UTC").text("title.symptoms").upper())[0].rstrip("\n")
    assert len(screen.splitlines()) <= FIRST_SCREEN_LINES
    assert all(Phrases(language, "UTC").text(f"summary.{key}") in screen for key in ("what", "sure", "why", "first"))


def abstain(cause: str) -> Diagnosis:
    """The example, full of long names, with a candidate that is not asserted and a trigger that stands out."""
    example = with_text("x" * 50)
    candidate = replace(example.causes[0], id=cause, confidence=0.3)
    trigger = replace(example.triggers[0], template="x" * 200, preceded_count=10, of_count=10, expected_by_chance=0.1)
    blind = tuple(
        replace(example.blind_spots[0], id=spot, blocks_causes=tuple(CAUSE_IDS[:3])) for spot in BLIND_SPOT_IDS
    )
    causes = decide_statuses((candidate,), is_telling=True)
    return replace(example, causes=causes, patterns=(), triggers=(trigger,), blind_spots=blind)


def test_a_wide_enough_screen_keeps_every_row() -> None:
    """Nothing is given up where there is room, nor on a screen narrower than any terminal opens."""
    judged = abstain(CAUSE_IDS[0])
    for width in (60, 200):
        screen = render_text(judged, width=width, color=False, version="0", extent=Extent.BRIEF)
        assert "Cannot tell" in screen
        assert "Cost" in screen


def test_beats_of_one_period_are_told_of_together() -> None:
    """Fifty clients with a beat each are no case of "20 of 1,000": the first screen says how many keep one of them."""
    example = build_example()
    first = example.patterns[0]
    other = replace(first, id="P3", period_s=(first.period_s or 0.0) * 1.02)
    beats = tuple(replace(first, id=f"P{n}", explained_count=n) for n in (4, 5))
    screen = text_of(replace(example, patterns=(*beats, other)), width=200).split("SYMPTOMS")[0]
    assert "; 9 of 11 keep one of 2 beats, each of about 30.006 s (" in " ".join(screen.split())


@pytest.fixture
def fleet() -> Diagnosis:
    """Twelve clients with a beat each, of which one cause explains the disconnects of the first two alone."""
    example = build_example()
    first, finding = example.patterns[0], replace(example.findings[0], id="periodic-disconnects")
    period_s = first.period_s or 0.0
    beats = tuple(replace(first, id=f"P{n}", period_s=period_s + n * 1e-4, explained_count=1) for n in range(1, 12))
    drops = tuple(replace(drop, pattern=f"P{n}") for n, drop in enumerate(example.disconnects, 1))
    findings = tuple(replace(finding, numbers={"pattern": beat.id, "count": 1, "of_count": 1}) for beat in beats)
    few = replace(example.causes[0], confidence=0.9, explains_count=2, disconnect_indices=(0, 1))
    causes = decide_statuses((few,), is_telling=True)
    return replace(example, patterns=beats, disconnects=drops, findings=findings, causes=causes)


def test_alike_patterns_are_one_block_and_one_symptom(fleet: Diagnosis) -> None:
    """The period and jitter of eleven beats stand as ranges under one title; one symptom says how many keep one."""
    text = text_of(fleet, width=200)
    pattern = text.split("DISCONNECT PATTERN")[1].split("TECHNICAL")[0]
    assert pattern.count("of one period, with a phase of its own") == 1
    assert "Pattern P" not in pattern
    assert re.search(r"periods 30\.00\d+ ± .* s to 30\.00\d+ ± .* s; jitter .* to .* about the beat", pattern)
    symptoms = text.split("SYMPTOMS")[1].split("ROOT CAUSE")[0]
    assert symptoms.count("Disconnects are regular") == 1
    assert "11 of 11 disconnects keep one of 11 beats" in symptoms
    assert render_markdown(fleet, version="0").count("### Patterns P1") == 1


def test_the_headline_of_a_minority_counts_all_beats_of_one_period(fleet: Diagnosis) -> None:
    """What no cause explains keeps nine beats of one period, a disconnect each: together they are many."""
    headline = " ".join(text_of(fleet, width=200).split("━")[0].split())
    assert re.search(r"; 9 keep one of 9 beats, each of about 30\.00\d s, cause not established", headline)


def test_what_explains_a_few_never_leads() -> None:
    """A cause of a minority is named with its share, beside what the many do; what comes first is about the many."""
    example = build_example()
    few = replace(example.causes[0], id="client-close", explains_count=1, disconnect_indices=(3,))
    screen = text_of(replace(example, causes=(few, *example.causes[1:])), width=200).split("SYMPTOMS")[0]
    assert screen.startswith("INCIDENT: 1 of 11 disconnects: ")
    assert "; 9 keep a beat of 30.0058 ± 0.0006 s" in screen.splitlines()[0]
    assert "cause not established" in screen.splitlines()[0]
    assert "Remove the call" not in screen
    assert screen.count("Why          Not established; the best-ranked candidate: ") == 1


def test_a_cause_of_failed_connects_alone_has_no_share_of_the_disconnects() -> None:
    """Nobody is told that 0 of 11 disconnects are explained, very likely."""
    example = build_example()
    none = replace(example.causes[0], id="version-mismatch", explains_count=0, disconnect_indices=())
    text = text_of(replace(example, causes=(none, *example.causes[1:])), width=200)
    assert text.startswith("INCIDENT: failed connects: mismatched Socket.IO versions (likely); ")
    assert "0 of 11: " not in text
    assert "explains 0 of 11" not in text


@each(("followed_count", "is_named"), [(9, True), (3, False)])
def test_the_line_that_ends_a_block_is_named_first(followed_count: int, *, is_named: bool) -> None:
    """What a process writes as it wakes says which work stood in the way, if it hardly comes without a disconnect."""
    example = build_example()
    blocked = replace(example.causes[0], id="event-loop-blocked", triggers=("T1",), confidence=0.95)
    line = replace(example.triggers[0], template="POST <path> <n>", followed_count=followed_count)
    text = text_of(replace(example, causes=(blocked, *example.causes[1:]), triggers=(line,)), width=200)
    screen = text.split("SYMPTOMS")[0]
    assert ("Begin with what T1 ends, POST <path> <n>: " in screen) is is_named


def test_an_open_cause_is_called_open() -> None:
    """When nothing is asserted, the first line says so and names the runners-up."""
    first = text_of(build_open(), width=200).splitlines()[0]
    assert "cause not established" in first
    assert "(39 %)" in first
    assert "(15.5 %)" in first


def test_confidence_of_one_half_is_asserted() -> None:
    """The threshold itself asserts."""
    example = build_example()
    edge = decide_statuses([replace(example.causes[0], confidence=0.5)], is_telling=True)
    assert "(more likely than not)" in text_of(replace(example, causes=edge), width=200).splitlines()[0]


def test_nothing_seen_is_no_health() -> None:
    """Without a connection event the report never says healthy, and says what to try."""
    text = text_of(build_nothing())
    assert text.startswith("INCONCLUSIVE")
    assert "HEALTHY" not in text
    assert "log level" in text


@each("doubt", sorted(DOUBTS))
def test_events_of_no_known_life_are_no_health(doubt: str) -> None:
    """The headline says what stands against health, and not that nothing was recognised."""
    text = text_of(build_doubtful(doubt))
    assert text.startswith("INCONCLUSIVE")
    assert not re.search("HEALTHY|no connection event|Not one connection event", text)


def test_health_needs_no_remedy() -> None:
    """A healthy report fits one screen or little more: no remedy, no cause, no incident."""
    text = text_of(build_healthy())
    assert not re.search("REMEDIES|CANDIDATE CAUSES|ROOT CAUSE|TIMELINE", text)
    assert len(text.splitlines()) <= 60


@each(("stops", "sentence"), [(2, "Nothing. Keep the logs"), (3, "Ask who stops the process: 3 orderly")])
def test_a_process_that_is_stopped_again_and_again_is_asked_about(stops: int, sentence: str) -> None:
    """Orderly stops are no fault, but three of them are somebody's doing."""
    stopped = replace(build_example().disconnects[0], remarks=(Remark.ORDERLY,))
    assert sentence in text_of(replace(build_healthy(), disconnects=(stopped,) * stops), width=120)


def test_one_disconnect_names_no_cause() -> None:
    """With one disconnect no candidate is named: neither in the headline nor among the causes or the remedies."""
    example = build_open()
    causes = decide_statuses(example.causes, is_telling=False)
    alone = replace(example, disconnects=example.disconnects[:1], patterns=(), triggers=(), causes=causes)
    text = text_of(alone)
    assert text.startswith("INCIDENT: 1 disconnect, too few to tell a cause")
    assert "a push larger than the server accepts" not in text.split("OPEN QUESTIONS")[0]
    assert "Let the push fit" not in text


def test_a_short_disconnect_without_a_loss_fills_three_lines() -> None:
    """What happened, what it cost, what to do: the first screen says no more of an incident of severity `info`."""
    example = build_open()
    causes = decide_statuses(example.causes, is_telling=False)
    brief = replace(
        example, severity=Severity.INFO, disconnects=example.disconnects[:1], patterns=(), triggers=(), causes=causes
    )
    screen = text_of(brief, width=200).split("SYMPTOMS")[0].splitlines()
    labels = [line.partition("  ")[0] for line in screen[2:] if line[:1].strip()]
    assert labels == ["What", "Cost", "Do first"]


@each(
    ("have", "connections", "sentence"),
    [
        (7, 1, "Not enough disconnects to name a clock: have 7, need about 8."),
        (7, 2, "Not enough disconnects on any connection to name a clock: have 7 at most, need about 8."),
        (8, 1, "No clock explains the disconnects: intervals and lifetimes are compatible with chance."),
    ],
)
def test_no_clock_among_few_disconnects_is_no_statement_of_chance(have: int, connections: int, sentence: str) -> None:
    """Below the needed number the report says how many there are and how many it takes."""
    example = build_example()
    few = replace(
        example, patterns=(), connections=example.connections[:connections], clock_search=ClockSearch(have, 8)
    )
    assert sentence in text_of(few, width=120)


def test_a_likely_cause_is_tested_before_it_is_repaired() -> None:
    """Under 70 % the experiment comes before the fix; from 70 % on, the fix comes first."""
    example = build_example()
    cases = ((0.69, "Set maxHttp", "Run the experiment"), (0.7, "Raise maxHttp", "Remedy 1: Let the push fit"))
    for confidence, first, step in cases:
        causes = decide_statuses([replace(example.causes[0], confidence=confidence)], is_telling=True)
        text = text_of(replace(example, causes=causes), width=200)
        assert f"Do first     {first}" in text
        assert f" 1. Immediately: {step}" in text


def test_the_common_folder_is_named_once() -> None:
    """Places stand below the folder that all files share; without one they stand as the user gave them."""
    example = build_example()
    assert "[worker1/socket-client.log:2" in text_of(example, width=200)
    assert "below logs/." in text_of(example)
    files = (example.inputs.files[0], replace(example.inputs.files[0], path="elsewhere/x.log"))
    apart = text_of(replace(example, inputs=replace(example.inputs, files=files)), width=200)
    assert "[logs/worker1/socket-client.log:2" in apart
    assert "file:line below" not in apart


def test_a_fleet_names_its_worst() -> None:
    """Of many findings of one kind the worst three are told, and how many more there are."""
    example = build_example()
    down = [
        Finding(
            "low-availability",
            Severity.ERROR,
            {"connection": f"w{n}", "availability_ratio": 0.9 + n / 1000, "outage_s": 60.0},
            (),
        )
        for n in reversed(range(40))
    ]
    text = text_of(replace(example, findings=(*example.findings, *down)))
    assert re.findall(r"Connection often down. (\w+) was", text) == ["w0", "w1", "w2"]
    assert "error: 37 more like these; --format json has all." in text
    four = text_of(replace(example, findings=tuple(down[:4])))
    assert len(re.findall("Connection often down", four)) == 4


def test_lost_messages_beyond_the_first_are_counted() -> None:
    """A list of lost messages says how many it leaves out."""
    example = build_example()
    names = tuple(f"m{n}" for n in range(7))
    text = text_of(replace(example, pushes=replace(example.pushes, lost_message_ids=names)), width=200)
    assert "message id: m0, m1, m2 and 4 more." in text


def test_a_reason_that_nobody_states_is_none() -> None:
    """Where no end states a reason the count stands alone; beside others it is named as what it is, not as a word."""
    example = build_example()
    ends = [replace(one, reasons={"unknown": one.disconnects_count}) for one in example.connections]
    bare = replace(example, connections=tuple(ends))
    assert "(unknown" not in first_screen(bare)
    assert "none in the line of the end" in text_of(bare)
    mixed = replace(example, connections=(ends[0], example.connections[1]))
    assert "no reason" in first_screen(mixed)


def test_what_is_the_same_time_and_again_is_told_once() -> None:
    """Connections that drop together each time, and lines that differ in figures alone: one of them, and how many."""
    example = build_example()
    together = example.fleet_events[0]
    events = [replace(together, time=together.time + timedelta(minutes=n), spread_ms=n + 1.0) for n in range(4)]
    text = " ".join(text_of(replace(example, fleet_events=tuple(events))).split())
    assert "4 times, from" in text
    assert "2 connections dropped within 1 ms to 4 ms: worker1" in text
    apart = " ".join(text_of(replace(example, fleet_events=tuple(events[:3]))).split())
    assert apart.count("2 connections dropped within") == 3
    incident = example.worst_incident
    assert incident is not None
    first = replace(incident.excerpts[0], has_more=True, text="push 17 failed: at app.js:3")
    alike = [
        replace(first, text=f"push {n} failed: at app.js:3", evidence=replace(first.evidence, line=n)) for n in (7, 8)
    ]
    quoted = replace(incident, excerpts=(first, *alike, incident.excerpts[-1]))
    text = " ".join(text_of(replace(example, worst_incident=quoted)).split())
    assert "and, with other figures, 2 lines more" in text
    assert "push 8 failed" not in text


def test_an_experiment_whose_result_the_logs_hold_is_none() -> None:
    """Where a start of the server falls into each outage, nobody is sent to hold the drops against its starts."""
    example = build_example()
    for started, is_asked in ((9, True), (10, False)):
        numbers = {"started_count": started, "of_count": 10}
        check = replace(example.causes[0].checks[0], id="server-gone-seen", outcome=Outcome.SUPPORTS, numbers=numbers)
        cause = replace(example.causes[0], id="server-restart", checks=(check,), explains_count=10, numbers={})
        text = text_of(replace(example, causes=(replace(cause, confidence=0.98),)))
        assert ("Experiment on" in text, "regression test" in text) == (is_asked, is_asked)


def test_patterns_of_several_connections_name_theirs() -> None:
    """Two patterns of the same words are of two connections; one that is of all needs no name."""
    example = build_example()
    own = [replace(example.patterns[0], id=f"P{n}", connections=(name,)) for n, name in enumerate(("a", "b"), 1)]
    assert "Pattern P2, on b: a free-running timer" in text_of(replace(example, patterns=tuple(own)))
    assert "Pattern P1: a free-running timer" in text_of(replace(example, patterns=(own[0],)))


def test_open_checks_of_a_cause_stand_where_the_report_says() -> None:
    """What blind spots leave open stands under the questions; where they block other causes, with the cause itself."""
    example = build_example()
    check = replace(example.causes[0].checks[0], id="stuck-worker-killed", outcome=Outcome.UNKNOWN, numbers={})
    cause = replace(example.causes[0], checks=(check,))
    own = replace(example.blind_spots[0], blocks_causes=(cause.id,))
    other = replace(own, blocks_causes=("idle-timeout",))
    unanswered, pointer = "No line of a supervisor says", "What is missing for a proof stands under"
    for spots, is_own in (((own,), True), ((other,), False), ((), False)):
        text = " ".join(text_of(replace(example, causes=(cause,), blind_spots=spots)).split())
        assert (unanswered in text, pointer in text) == (not is_own, is_own)
    assert "None but those under" in text  # the table has an open check


def test_what_is_sent_again_by_hand_waits_where_a_push_kills_its_connection() -> None:
    """A message that another push delivered is not asked for; pushes without a message are counted beside."""
    example = build_example()
    push = replace(example.pushes.items[0], outcome=PushOutcome.SUSPECT, readings=(), resent_by=None)
    items = (
        replace(push, message_ids=("m1",), fate=PushFate.LOST),
        replace(push, message_ids=("m2",), fate=PushFate.RESENT),
        replace(push, message_ids=(), fate=PushFate.PROBABLY_LOST),
    )
    pushes = replace(example.pushes, lost_certain_count=2, lost_message_ids=("m1",), items=items)
    text = " ".join(text_of(replace(example, pushes=pushes)).split())
    assert "once no push kills its connection any more send again what is missing: m1. The logs name no" in text
    assert "no messages of 1 more lost push: find what it carried." in text


def test_a_retry_says_of_how_many_pushes_nobody_can_tell() -> None:
    """The counts of policies differ by the pushes whose end a replay cannot tell: these are named."""
    example = build_example()
    retry = replace(example.retries[0], harmful=False, recovered_count=3, of_count=7, unknown_count=2)
    text = " ".join(text_of(replace(example, retries=(retry,))).split())
    assert "3 of 7" in text
    assert "of 2 more nobody can tell" in text


def test_who_never_came_back_has_no_downtime() -> None:
    """A connection of which nobody knows how long it was there was not down for 0 s."""
    example = build_example()
    ends = [replace(example.connections[0], id=name, availability_ratio=None, outage_s=0.0) for name in ("a", "b")]
    (row,) = re.findall(r"^b +\d.*", text_of(replace(example, connections=tuple(ends))), re.MULTILINE)
    assert " 0 s" not in row


def test_lost_pushes_that_name_no_message_are_not_hidden() -> None:
    """Where fewer messages are named than pushes were lost, the first screen says that these are the named ones."""
    example = build_example()
    lost = replace(example.pushes, lost_certain_count=8, lost_message_ids=("m1",))
    assert "8 pushes lost for certain (one message is named: m1)" in text_of(replace(example, pushes=lost), width=200)
    both = replace(lost, lost_message_ids=("m1", "m2"))
    assert "8 pushes lost for certain (messages named: m1, m2)" in text_of(replace(example, pushes=both), width=200)
    all_named = replace(both, lost_certain_count=2)
    text = text_of(replace(example, pushes=all_named), width=200)
    assert "2 pushes lost for certain (messages m1, m2)" in text


def test_failed_pushes_that_went_out_again_are_told() -> None:
    """A push whose messages arrived later is no loss; an error that all have and a failure at once are said once."""
    example = build_example()
    failed = replace(example.pushes.items[0], fate=PushFate.RESENT, start_inferred=False)
    at_once = replace(failed, failed_at=failed.time, after_drop_ms=12.5)
    text = text_of(replace(example, pushes=replace(example.pushes, items=(at_once, at_once))), width=200)
    assert "2 of the pushes that went wrong were not lost: another push delivered the same messages" in text
    assert "failed, resent later" in text
    assert "Error of every failed push: Socket is not connected." in text
    assert "; Socket is not connected" not in text
    assert "12.5 ms after the drop" not in text


def test_a_push_that_another_process_sent_names_it() -> None:
    """A resend is nobody's merit but the sender's."""
    example = build_example()
    sent = replace(example.pushes.items[0], fate=PushFate.RESENT, resent_by="worker2")
    text = text_of(replace(example, pushes=replace(example.pushes, items=(sent,))), width=200)
    assert "1 of these was sent by another process than the one whose push went wrong" in text
    assert "failed, sent by worker2" in text


def test_no_failure_has_no_odds() -> None:
    """Where no push failed, in outages or out of them, no odds of a difference are given."""
    example = build_example()
    pushes = replace(example.pushes, failure_ratio_connected=0.0, failure_ratio_outage=0.0, p_value=1.0)
    text = text_of(replace(example, pushes=pushes), width=200)
    assert "no push failed, neither while connected nor during outages" in text
    assert "odds that the difference" not in text


def test_a_doubtful_trigger_gives_no_even_odds() -> None:
    """A line that a common beat explains as well says so, instead of odds that contradict its counts."""
    example = build_example()
    trigger = replace(example.triggers[0], role=TriggerRole.UNDECIDED, q_value=1.0)
    text = " ".join(text_of(replace(example, triggers=(trigger,))).split())
    assert "by chance, but a beat that both keep, or an equal time stamp, explains that as well" in text
    assert "corrected for all messages tried" not in text


def test_a_loop_shows_its_scatter() -> None:
    """The distance of a loop is a mean: its scatter stands beside the error of the mean."""
    example = build_example()
    loop = replace(
        example.patterns[0], kind=PatternKind.REGULAR_LOOP, period_s=37.0, period_error_s=2.0, jitter_s=3.683
    )
    text = text_of(replace(example, patterns=(loop,)), width=200)
    assert "at about the same distance: 37 ± 2 s on average, scatter 3.683 s" in text


def test_confidences_are_not_shares_of_a_whole() -> None:
    """Where several candidates are ranked, the report says that their confidences need not add up."""
    example = build_example()
    second = replace(example.causes[0], id="server-timer", rank=2, confidence=0.4)
    text = " ".join(text_of(replace(example, causes=(example.causes[0], second))).split())
    assert "need not add up to 100 %" in text
    assert "need not add up to 100 %" not in text_of(replace(example, causes=example.causes[:1]))


def test_bad_luck_is_held_against_chance() -> None:
    """Where a push moved the beat, the report answers the reading that it was coincidence, and says what it lacks."""
    example = build_example()
    numbers = {"count": 1, "of_count": 2, "lead_ms": 6.0, "early_s": -0.2, "chance_probability": 2e-4, "p_value": 4e-4}
    moved = Check("push-moves-beat", Outcome.SUPPORTS, {**numbers, "drop_time": "2025-11-14T08:29:52.608+00:00"}, ())
    unseen = Check("close-code", Outcome.UNKNOWN, {"count": 0, "of_count": 9}, ())
    cause = replace(example.causes[0], checks=(moved, unseen))
    text = " ".join(text_of(replace(example, causes=(cause,))).split())
    assert "Bad luck? Hardly: a drop that had nothing to do with the push would fall this close" in text
    assert "in 1 in 2,500 cases. But that is one push and one drop" in text
    unproven = "What these logs cannot prove or leave open: - No drop carries a close code"
    assert 'What is missing for a proof stands under "Open questions"' in text
    assert unproven not in text
    assert unproven in details_of(replace(example, causes=(cause,)))


def test_consequences_are_named_in_one_line() -> None:
    """Messages that only follow disconnects are named together, without their figures."""
    example = build_example()
    after = tuple(
        replace(example.triggers[0], id=f"T{n}", role=TriggerRole.CONSEQUENCE, template=f"line {n}") for n in range(9)
    )
    text = " ".join(text_of(replace(example, triggers=after)).split())
    assert "causes of none (9): T0 line 0, T1 line 1, T2 line 2, T3 line 3, T4 line 4 and 4 more" in text


def test_what_is_ruled_out_is_argued() -> None:
    """A cause that is out stands with what rules it out, in a clause or whole, not in the table of those left."""
    example = build_example()
    young = Check(
        "sessions-reach-limit", Outcome.REFUTES, {"count": 1, "of_count": 9, "limit_s": 30.0, "shortest_s": 5.4}, ()
    )
    dead = replace(
        example.causes[2], id="version-mismatch", confidence=0.02, checks=(young,), status=CauseStatus.RULED_OUT
    )
    judged = replace(example, causes=(*example.causes[:2], dead))
    text = " ".join(text_of(judged).split())
    assert "mismatched Socket.IO versions: one session lasted 5.4 s; it takes 30 s." in text
    assert "mismatched Socket.IO versions: 1 of 9 sessions ended on a beat long before 30 s" in details_of(judged)


def test_incident_without_any_material() -> None:
    """An incident of which almost nothing is known is still a report."""
    bare = replace(build_nothing(), verdict=Verdict.INCIDENT)
    assert text_of(bare).startswith("INCIDENT: 0 disconnects; cause not established")


def test_many_disconnects_are_shortened() -> None:
    """A long table shows its ends and says how much it leaves out."""
    text = text_of(build_many(10_000), width=200)
    assert "9,975 disconnects on the beat not shown" in text
    assert len(text.splitlines()) < 500


def test_retry_is_warned_of() -> None:
    """Where a push may kill the connection, the warning stands before the retry."""
    text = text_of(build_example())
    assert text.index("Before any retry") < text.index("Send again after a failure")


@each("name", sorted(EXAMPLES))
def test_markdown_has_no_live_markup(name: str) -> None:
    """A Markdown reader finds no HTML, link or image, and no heading that we did not write."""
    tokens = build_reader().parse(render_markdown(EXAMPLES[name](), version="0.1.0"))
    types = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or []}
    assert not types & {"html_block", "html_inline", "link_open", "image", "blockquote_open", "hr"}
    assert sum(token.type == "heading_open" and token.tag == "h1" for token in tokens) == 1
    expected = 14 if EXAMPLES[name]().verdict is Verdict.INCIDENT else 5
    assert sum(token.type == "heading_open" and token.tag == "h2" for token in tokens) == expected


def test_every_format_is_registered() -> None:
    """Each name in FORMATS leads to a function."""
    assert all(callable(load_renderer(name)) for name in FORMATS)


@examples(12, [HealthCheck.too_slow])
@given(any_text | st.just(HOSTILE))
def test_any_text_survives_every_report(text: str) -> None:
    """Whatever a log says, text stays in its width without controls, and Markdown without HTML."""
    diagnosis = with_text(text)
    shown = text_of(diagnosis)
    assert "\x1b" not in shown
    assert all(cell_len(line) <= 80 for line in shown.splitlines())
    assert text_of(diagnosis, ascii_only=True).isascii()
    tokens = build_reader().parse(render_markdown(diagnosis, version="0.1.0"))
    types = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or []}
    assert not types & {"html_block", "html_inline", "link_open", "image"}
    assert load_renderer("json")(diagnosis, generated_at=GENERATED_AT, version="0").isascii()


def test_the_table_of_candidates_shows_what_something_supports() -> None:
    """A cause that nothing supports and nothing rules out is counted, not listed; JSON keeps it."""
    example = build_example()
    (supported, unknown) = example.causes[0], replace(example.causes[1], checks=example.causes[0].checks[2:])
    text = text_of(replace(example, causes=(supported, unknown)), width=200)
    table = text[text.index("CANDIDATE CAUSES") : text.index("OPEN QUESTIONS")]
    assert "a push larger than the server accepts" in table.splitlines()[3]
    assert "Not shown: 1 cause with nothing for or against (--format json)." in table
    none = text_of(replace(example, causes=(unknown,)), width=200)
    assert "Nothing in these logs supports any cause of the catalogue." in none


def test_colors_can_be_read_on_light_and_on_dark() -> None:
    """The terminal's own red and magenta, one green and one yellow are used, no background, and no bold magenta."""
    colored = "".join(text_of(EXAMPLES[name](), color=True) for name in sorted(EXAMPLES))
    codes = set(re.findall(r"\x1b\[([0-9;]*)m", colored))
    assert codes <= {"0", "1", "2", "1;4", "31", "1;31", "35", "1;38;5;28", "1;38;5;136"}


def test_clients_that_never_got_in_stand_beside_a_cause() -> None:
    """Where others dropped: what it means and what to do first, on the first screen, as a cause and as a first step."""
    example, shut_out = build_example(), build_shut_out()
    failures = shut_out.connect_failures[:1]
    findings = (*shut_out.findings[:1], *example.findings)
    text = text_of(replace(example, findings=findings, connect_failures=failures), width=100)
    screen, rest = text.split("SYMPTOMS")
    assert "Also      worker1 never got through. " in screen
    assert len(screen.splitlines()) <= FIRST_SCREEN_LINES
    assert "No connection came about" not in rest
    assert "ROOT CAUSE\nworker1 never got through. " in rest
    assert "REMEDIES\nFor worker1, which never got through: Start the server" in rest
    assert "ORDER OF FIXES\n 1. Immediately: For worker1, which never got through: Start the server" in rest
    assert "LOG EVIDENCE\nOf each kind of failed connect the first line as it stands in the file.\n  worker1/" in rest


def test_the_label_of_a_fact_alone_is_bold() -> None:
    """What stands beside it and below it is not."""
    facts = FactList((("Why", plain("word " * 30)),))
    document = Document("t", plain("head"), (Section("summary", "Summary", (facts,)),))
    first, second, *_ = write_text(document, width=80, color=True).split("\n")[2:]
    assert first.startswith("\x1b[1mWhy\x1b[0m  word")
    assert second.startswith("     word")


def test_a_cell_without_room_stands_below_the_others() -> None:
    """Where the last column would be squeezed, each row takes a line for the others and starts the last one below."""
    rows = tuple((plain(f"16:29:52.60{n}"), plain(f"{n} ms"), plain("x" * 23), plain("word " * 9)) for n in range(2))
    table = Table(("Time", "To drop", "Service", "What"), rows, numeric=frozenset({1}), fixed=frozenset({0, 1}))
    document = Document("t", plain("head"), (Section("summary", "Summary", (table,)),))
    narrow = write_text(document, width=80, color=False).split("\n")
    assert narrow[2:8] == [
        "Time          To drop  Service",
        "              What",
        "─" * 80,
        "16:29:52.600     0 ms  " + "x" * 23,
        "              " + ("word " * 9).rstrip(),
        "16:29:52.601     1 ms  " + "x" * 23,
    ]
    wide = write_text(document, width=120, color=False).split("\n")
    assert "16:29:52.600  0 ms  " + "x" * 23 + "  " + ("word " * 9).rstrip() in wide


def test_faults_that_stopped_are_said_to_have_stopped() -> None:
    """Headline, span and first step say so where chance does not explain it; where it may, the span alone does."""
    example = build_example()
    over = Quiet(example.disconnects[-1].time, 420.0, 10, 30.0, 0.004, 140.0)
    short = replace(over, quiet_s=65.0, no_drop_probability=0.3, least_interval_s=21.7)
    texts = {said: text_of(replace(example, quiet=said), width=400) for said in (None, over, short)}
    heads = {said: text.splitlines()[0] for said, text in texts.items()}
    assert "7 min" in heads[over]
    assert heads[short] == heads[None]
    first = build_example().disconnects[-1].time.strftime(":%M:%S")
    rows = {
        said: next(line for line in text.splitlines() if line.startswith("Do first")) for said, text in texts.items()
    }
    assert first in rows[over]
    assert rows[short] == rows[None]
    assert re.search(r"30\s*%\s+by\s+chance", texts[short])
    assert "7 min" in render_markdown(replace(example, quiet=over), version="0.1.0")


def test_orderly_stops_after_the_last_fault_are_no_quiet_since_the_last_disconnect() -> None:
    """The span names the last disconnect of all; what follows tells of the time behind the last fault."""
    example = build_example()
    faults, stop = example.disconnects[:-1], replace(example.disconnects[-1], remarks=(Remark.ORDERLY,))
    quiet = Quiet(faults[-1].time, 65.0, 10, 30.0, 0.3, 21.7)
    text = " ".join(text_of(replace(example, disconnects=(*faults, stop), quiet=quiet), width=400).split())
    moment = faults[-1].time.strftime(":%M:%S")
    assert re.search(rf"after \S+ \d\d{moment}\S* only orderly stops, and no other disconnect in the 1 min 5 s", text)
    assert "since, too short" not in text


def test_users_of_a_server_are_no_connections() -> None:
    """A server whose lines name users counts them as clients, and their connections apart."""
    example = build_example()
    connections = tuple(
        replace(one, side="server", identity=ClientIdentity("userId", one.id)) for one in example.connections
    )
    told = " ".join(text_of(replace(example, connections=connections), width=200).split())
    assert re.search(r"11 disconnects of 2 clients with \d+ connections", told)
    assert "11 disconnects on 2 connections" in " ".join(text_of(example, width=200).split())


def test_a_year_that_nothing_tells_is_said_to_be_assumed() -> None:
    """Stamps without a year get that of the file's last change: the span says so beside the zone."""
    example = build_example()
    files = tuple(replace(file, guesses=(YEAR_ASSUMED,)) for file in example.inputs.files)
    told = " ".join(text_of(replace(example, inputs=replace(example.inputs, files=files)), width=200).split())
    assert "(last), year assumed, Asia/Shanghai" in told
    assert "year assumed" not in text_of(example, width=200)


def test_a_server_names_its_worst_clients() -> None:
    """They stand in a table with their counts; where none stands out, a line says of how many that holds."""
    example = build_example()
    assert re.search(r"user-4711\s+331\s+33.5 %\s+30.905 s\s+ping timeout", text_of(example, width=400))
    assert example.worst_clients is not None
    even = replace(example, worst_clients=replace(example.worst_clients, outstanding_count=0, clients=()))
    lines = [line for line in text_of(even, width=400).splitlines() if "5,000" in line]
    assert len(lines) == 1
    assert re.search(r"\b4 of 5,000 have more than 1 disconnect\b", lines[0])
    assert "user-4711" not in text_of(even, width=400)
    assert "5,000" not in text_of(replace(example, worst_clients=None), width=400)


def leave(diagnosis: Diagnosis, count: int) -> Diagnosis:
    """The same, where the last `count` disconnects are people who left, as a server's log tells."""
    stay, left = diagnosis.disconnects[:-count], diagnosis.disconnects[-count:]
    departed = tuple(replace(drop, remarks=(Remark.DEPARTURE,)) for drop in left)
    connections = tuple(replace(item, side="server") for item in diagnosis.connections)
    return replace(diagnosis, disconnects=(*stay, *departed), connections=connections)


def test_who_left_needs_no_cause() -> None:
    """Departures are counted apart, and no cause has to explain them."""
    example = build_example()
    told = leave(example, 3)
    assert len(told.minded) == len(example.disconnects) - 3
    assert {drop.index for drop in told.unexplained} <= {drop.index for drop in told.minded}
    screen = " ".join(first_screen(told).split())
    assert f"{len(told.minded)} disconnects" in screen
    assert (
        "besides, 3 sessions counted as no fault: the client said that it leaves, or was not back within a minute"
        in screen
    )


def test_bursts_are_told_without_a_period_or_odds() -> None:
    """They have none: how many come soon behind another one is all that there is to say."""
    example = build_example()
    burst = replace(
        example.patterns[0], kind=PatternKind.BURST, period_s=None, jitter_s=None, false_alarm_probability=None
    )
    text = text_of(replace(example, patterns=(burst,)), width=400)
    assert "come within 10 s of another one of the same connection" in text
    assert not re.search(r"period unknown|such a pattern: unknown|reconnecting resets it|\(●\) lie", text)


def test_users_are_counted_as_clients_beside_sockets_without_a_name() -> None:
    """A user comes back, a socket of which nothing is named does not: both are clients."""
    example = build_example()
    first = replace(example.connections[0], side="server", identity=ClientIdentity("userId", "u1"), connects_count=9)
    lone = replace(first, id="q7Xb2LmNPzRk9TtVAAAB", identity=None, connects_count=1)
    assert replace(example, connections=(first, lone)).are_clients
    assert not replace(example, connections=(first, replace(lone, connects_count=2))).are_clients


def test_a_servers_reasons_are_not_called_the_clients() -> None:
    """Whose words the reasons are stands before them."""
    example = build_example()
    assert "Reasons given by the client" in text_of(example)
    text = text_of(leave(example, 1))
    assert "Reasons that the server gives" in text
    assert "Reasons given by the client" not in text


def test_a_missing_line_is_missing_in_the_log_of_who_tells() -> None:
    """Where the server alone tells of a connection, its log lacks the line."""
    example = build_example()
    assert "no line in the client's log" in " ".join(text_of(example).split())
    served = tuple(replace(item, side="server") for item in example.connections)
    drops = tuple(replace(drop, connection=served[0].id) for drop in example.disconnects)
    text = " ".join(text_of(replace(example, connections=served, disconnects=drops)).split())
    assert "no line in the server's log" in text
    assert "no line in the client's log" not in text


def test_reasons_of_sockets_with_one_end_each_are_summed_up() -> None:
    """Thirty sockets that ended once each have one line of reasons, and two that ended often one each."""
    many = build_many(100)
    one = replace(many.connections[0], disconnects_count=1, reasons={"transport close": 1})
    fleet = tuple(replace(one, id=f"socket{number:02}") for number in range(30))
    text = text_of(replace(many, connections=fleet))
    assert text.count("Reasons given by the client") == 1
    assert "Reasons given by the client: transport close 30×." in text
    often = tuple(replace(item, disconnects_count=5) for item in fleet[:2])
    assert text_of(replace(many, connections=often)).count("Reasons given by the client, socket") == 2


def test_of_many_connections_the_worst_are_shown() -> None:
    """The table has room for 25: those with the most faults come first, whatever their names."""
    many = build_many(100)
    fleet = tuple(replace(many.connections[0], id=f"worker{number:02}") for number in range(30))
    drops = tuple(replace(drop, connection="worker29") for drop in many.disconnects)
    text = text_of(replace(many, connections=fleet, disconnects=drops))
    table = text[text.index("\nConnections\n") :].splitlines()
    assert next(line for line in table if line.startswith("worker")).split()[0] == "worker29"


def test_what_went_a_little_earlier_and_came_back_with_the_others_is_of_their_moment() -> None:
    """Disconnects count as one event if they ended together, or if their outage holds the moment of those that did."""
    example = build_example()
    first, *rest = example.disconnects[:4]
    earlier = replace(first, fleet_event=None, outage_s=4.0)
    together = [replace(drop, time=first.time + timedelta(seconds=3), fleet_event=1) for drop in rest]
    cause = replace(example.causes[0], disconnect_indices=(0, 1, 2, 3))

    def count(*drops: Disconnect) -> int:
        diagnosis = replace(example, disconnects=drops, causes=(cause,))
        return count_events(Material(diagnosis, Phrases(), "1.0"), cause)

    assert count(earlier, *together) == 1
    assert count(replace(earlier, outage_s=2.0), *together) == 2
    assert count(replace(earlier, outage_s=None), *together) == 2


def test_the_blind_spot_on_the_screen_bears_on_the_leading_cause() -> None:
    """A limit that may count from the connect or from the last traffic lacks the lines of traffic, not sizes."""
    example = build_example()
    limit = replace(example.causes[0], id="limit-on-the-way")
    spots = (
        BlindSpot("payload-size", ("payload-too-large",), {"count": 9}),
        BlindSpot("no-traffic-lines", ("idle-timeout", "limit-on-the-way"), {"count": 9}),
    )
    text = text_of(replace(example, causes=(limit, *example.causes[1:]), blind_spots=spots), width=120)
    assert "Cannot tell  What went over each connection" in text


@pytest.mark.parametrize(("cause", "is_named"), [("heartbeat-timeout", True), ("auth-rejected", False)])
def test_the_line_before_all_disconnects_stands_beside_a_cause_that_leaves_their_origin_open(
    cause: str, is_named: bool
) -> None:
    """That heartbeats got lost does not say why; that an identity was rejected does."""
    example = build_example()
    line = replace(example.triggers[0], role=TriggerRole.TRIGGER, preceded_count=11, of_count=11, q_value=1e-9)
    asserted = (replace(example.causes[0], id=cause), *example.causes[1:])
    told = replace(example, causes=asserted, triggers=(line,), patterns=())
    assert (f"after the line {line.template}" in text_of(told, width=160)) is is_named


def test_the_first_screen_counts_connections_that_dropped() -> None:
    """A row without a disconnect is a connection of the table, but none of those that the disconnects are on."""
    example = build_example()
    idle = [replace(example.connections[0], id=name, disconnects_count=0) for name in ("idle-1", "idle-2")]
    counted = replace(example, connections=(*example.connections, *idle))
    names = {drop.connection for drop in example.minded}
    assert set(counted.minded_connections) == set(example.minded_connections) == names
    assert f"on {len(names) + 2} connections" not in text_of(counted)


def test_the_advice_where_nothing_is_known_fits_the_side_that_wrote(tmp_path: Path) -> None:
    """Nobody is asked for the clients' logs where these are what he gave, nor told of a server's lines."""
    lines = [record(at(60 * number), "WebSocket connected to wss://stream.example.com") for number in range(3)]
    write(tmp_path / "bot.log", lines)
    screen = " ".join(first_screen(diagnose(Request((str(tmp_path),))).diagnosis).split())
    assert "Let the client log each connect and each disconnect" in screen
    assert "Server lines" not in screen
