"""JSON and CSV: what programs read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.renderers.csv import disconnects_csv, render_csv, render_tables, write_rows
from logdiag.renderers.json import PIECE_COUNT, render_json, write_instant, write_pieces
from logdiag.results.causes import CauseStatus
from logdiag.results.patterns import ClockSearch
from logdiag.tables import list_tables
from tests.folding import each
from tests.renderers.example import EXAMPLES, GENERATED_AT, HOSTILE, build_example

CONTRACT_KEYS = {
    "": "kind schema_version tool generated_at inputs verdict severity connections sessions patterns triggers silences "
    "clocks fleet_events disconnects pushes retries causes findings blind_spots code",
    "tool": "name version",
    "inputs": "paths files lines_count events_count skipped_count skipped start end clock_assumption",
    "inputs.files": "path connection service lines_count events_count skipped_count first last",
    "inputs.skipped": "reason count first",
    "connections": "id connects_count disconnects_count unlogged_disconnects_count connected_s outage_s "
    "availability_ratio median_session_s median_outage_s reasons",
    "sessions": "connection connected_at disconnected_at socket_id session_s outage_s",
    "patterns": "id kind connections period_s period_error_s jitter_s drift_ms_per_beat explained_count of_count "
    "missed_beats_count false_alarm_probability reset_by_reconnect resets margin_nats runner_up separating_event",
    "triggers": "id connection service template role lag_ms preceded_count of_count expected_by_chance p_value q_value "
    "occurrences_count followed_count example",
    "triggers.lag_ms": "median p10 p90",
    "silences": "connection start end silence_s whole_process evidence",
    "clocks": "source offset_ms error_ms pairs_count",
    "fleet_events": "time connections spread_ms",
    "disconnects": "index time connection socket_id reason server_reason logged interval_s session_s outage_s pattern "
    "residual_s trigger fleet_event evidence server_evidence",
    "pushes": "attempted_count ok_count failed_count suspect_count suspect_expected_count lost_certain_count "
    "lost_probable_count lost_message_ids failure_ratio_connected failure_ratio_outage risk_ratio p_value items",
    "pushes.items": "time connection message_ids outcome error disconnect_index lead_ms evidence",
    "retries": "policy recovered_count of_count worst_delay_s harmful",
    "causes": "id rank confidence explains_count of_count patterns triggers checks next_experiment fix sources",
    "causes.checks": "id outcome text numbers evidence",
    "findings": "id severity title text evidence",
    "blind_spots": "id text blocks_causes add_to_logs",
}
any_text = st.text(st.characters(exclude_categories=()))
any_cell = any_text | st.none() | st.booleans() | st.integers() | st.floats() | st.lists(any_text, max_size=3)


def load(name: str = "example") -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = render_json(EXAMPLES[name](), generated_at=GENERATED_AT, version="0.1.0")
    document: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return document


def test_json_reads_as_approved(golden: Callable[[str, str], None]) -> None:
    """The JSON of the example is the approved one."""
    golden("example.json", render_json(build_example(), generated_at=GENERATED_AT, version="0.1.0"))


def test_json_on_one_line_says_the_same() -> None:
    """Over several lines records are written at once, on one line by way of dicts."""
    for name, build in EXAMPLES.items():
        diagnosis = build()
        laid_out, flat = (
            render_json(diagnosis, generated_at=GENERATED_AT, version="0", indent=indent) for indent in (2, None)
        )
        assert laid_out == json.dumps(json.loads(flat), indent=2) + "\n", name


def test_a_long_list_of_json_comes_in_pieces_that_are_one_document() -> None:
    """More disconnects than one piece holds are written in several; together they are what is rendered at once."""
    example = build_example()
    long = replace(example, disconnects=example.disconnects[:1] * (2 * PIECE_COUNT + 1))
    pieces = list(write_pieces(long, generated_at=GENERATED_AT, version="0"))
    assert "".join(pieces) == render_json(long, generated_at=GENERATED_AT, version="0")
    assert len(json.loads("".join(pieces))["disconnects"]) == 2 * PIECE_COUNT + 1
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2


@each("path", CONTRACT_KEYS)
def test_keys_follow_the_contract(path: str) -> None:
    """Every object has the keys of docs/contracts.md, 2, in its order; further keys stand behind them."""
    node: Any = load()
    for part in filter(None, path.split(".")):
        node = node[part]
        node = node[0] if isinstance(node, list) else node
    wanted = CONTRACT_KEYS[path].split()
    assert list(node)[: len(wanted)] == wanted


@each("name", sorted(EXAMPLES))
def test_json_is_valid(name: str) -> None:
    """Every diagnosis loads, without NaN, and says what it is."""
    document = load(name)
    assert document["kind"] == "diagnosis"
    assert document["generated_at"] == "2025-11-14T09:00:00.000+00:00"


def test_ids_are_phrased() -> None:
    """Checks, findings, causes, blind spots and separating events carry sentences; unknown ids are read out."""
    document = load()
    assert document["causes"][0]["fix"].startswith("Raise maxHttpBufferSize")
    assert document["causes"][0]["checks"][0]["text"] == "a check without a text (lag 6 ms, hits 9, of 10)"
    assert document["findings"][1]["title"] == "Messages lost"
    assert "Buffer.byteLength" in document["blind_spots"][0]["add_to_logs"]
    assert document["patterns"][0]["separating_event"].startswith("a disconnect off the beat")
    assert document["patterns"][0]["separating_event_id"] == "an-off-beat-drop"
    assert document["patterns"][1]["false_alarm_probability"] is None


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2025, 11, 14, 8, 29, 52, 608_000, tzinfo=UTC), "2025-11-14T08:29:52.608+00:00"),
        (datetime(2025, 11, 14, 8, 29, 52, 608_001, tzinfo=UTC), "2025-11-14T08:29:52.608001+00:00"),
    ],
)
def test_instants_have_an_offset(instant: datetime, text: str) -> None:
    """A time is ISO 8601 with its offset, to the millisecond or finer."""
    assert write_instant(instant) == text


def test_csv_reads_as_approved(golden: Callable[[str, str], None]) -> None:
    """The tables of the example are the approved ones."""
    for name, text in render_tables(build_example()).items():
        golden(f"example-{name}.csv", text)


def test_tables_hold_their_rows() -> None:
    """Each table has a header and one line a row; the disconnects are what standard output gets."""
    example = build_example()
    written = render_tables(example)
    assert list(written) == ["disconnects", "connections", "sessions", "pushes", "triggers", "causes"]
    for name, table in list_tables(example).items():
        lines = written[name].split("\r\n")
        assert len(lines) == len(table.rows) + 2
        assert all(len(row) == len(table.header) for row in table.rows)
    assert written["disconnects"] == render_csv(example) == disconnects_csv(example)


def test_formulas_are_disarmed_unless_raw() -> None:
    """A cell that a spreadsheet would run is made harmless; numbers below zero stay numbers; raw leaves all."""
    text = render_csv(build_example())
    assert "'=1+1" in text
    assert ",-6.723," in text
    assert "'=1+1" not in render_csv(build_example(), raw=True)


@given(st.lists(st.tuples(any_cell, any_cell), max_size=5), st.booleans())
def test_any_cell_survives(rows: list[tuple[Any, Any]], raw: bool) -> None:
    """Whatever a cell holds, a reader of CSV finds as many rows and columns as were written, one line each."""
    text = write_rows(("a", "b"), rows, raw=raw)
    text.encode("utf-8")
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert len(read) == len(rows) + 1 == len(text.split("\r\n")) - 1
    assert {len(row) for row in read} == {2}
    assert raw or not [
        cell
        for row, source in zip(read[1:], rows, strict=True)
        for cell, value in zip(row, source, strict=True)
        if isinstance(value, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    ]


@given(any_text | st.just(HOSTILE))
def test_any_text_loads_from_json(text: str) -> None:
    """Any text comes back from JSON as it was, but for half characters, which come back visible."""
    example = build_example()
    drop = replace(example.disconnects[0], reason=text)
    written = render_json(replace(example, disconnects=(drop,)), generated_at=GENERATED_AT, version="0")
    reason = json.loads(written)["disconnects"][0]["reason"]
    reason.encode("utf-8")
    assert reason == text or any("\ud800" <= character <= "\udfff" for character in text)


def judge(name: str, **changed: Any) -> dict[str, Any]:
    """What the JSON of an example says under `judgement`, `changed` being fields of the diagnosis."""
    text = render_json(replace(EXAMPLES[name](), **changed), generated_at=GENERATED_AT, version="0.1.0")
    found: dict[str, Any] = json.loads(text)["judgement"]
    return found


def test_json_says_which_causes_lead() -> None:
    """Those asserted lead, else those suggested; one asserted below 0.7 is tested before it is repaired."""
    first, *others = build_example().ranked
    sure = replace(first, status=CauseStatus.ASSERTED, confidence=0.7)
    likely = replace(sure, confidence=0.69)
    open_ones = tuple(replace(cause, status=CauseStatus.OPEN) for cause in others)
    best = replace(first, status=CauseStatus.SUGGESTED, confidence=0.3)
    assert judge("example", causes=(sure, *open_ones))["leading"] == [first.id]
    assert judge("example", causes=(sure, *open_ones))["sure"]
    assert not judge("example", causes=(likely, *open_ones))["sure"]
    assert judge("example", causes=(best, *open_ones))["leading"] == [first.id]
    assert not judge("example", causes=(best, *open_ones))["sure"]


def test_json_names_the_candidates() -> None:
    """A cause that something supports and nothing rules out is in question."""
    cause = next(cause for cause in build_example().ranked if any(one.outcome == "supports" for one in cause.checks))
    bare = replace(cause, checks=tuple(one for one in cause.checks if one.outcome != "supports"))
    assert judge("example", causes=(cause,))["candidates"] == [cause.id]
    assert judge("example", causes=(replace(cause, status=CauseStatus.RULED_OUT),))["candidates"] == []
    assert judge("example", causes=(bare,))["candidates"] == []


def test_json_says_what_forbids_a_judgement() -> None:
    """Too few disconnects for a cause or a clock, a doubt about health, a push that may end its connection."""
    drop = build_example().disconnects[0]
    few = judge("example", causes=(), disconnects=(drop,), clock_search=ClockSearch(1, 8))
    assert (few["too_few"], few["too_few_for_clocks"]) == (True, True)
    assert not judge("example", clock_search=ClockSearch(8, 8))["too_few_for_clocks"]
    assert judge("doubtful")["doubt"] == "unowned-closes"
    assert judge("healthy")["doubt"] is None
    killing = replace(build_example().causes[0], id="payload-too-large", status=CauseStatus.ASSERTED)
    assert judge("example", causes=(killing,))["push_may_kill"]
    assert not judge("healthy")["push_may_kill"]
