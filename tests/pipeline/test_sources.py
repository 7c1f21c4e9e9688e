"""A diagnosis beside the source of the application."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from logdiag.pipeline.sources import hear, read_sources
from logdiag.pipeline.stages import Request, diagnose
from logdiag.renderers.json import render_json
from logdiag.renderers.schema import read_schema
from logdiag.renderers.terminal import render_text
from logdiag.results.code import Code, CodeTimer, CodeTimerKind, PeriodRelation, WeaknessKind
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.evidence import Evidence
from logdiag.results.timers import Timer, TimerAnswer, TimerKind
from tests.folders import SAMPLES

LOGS, TREE = SAMPLES / "2025-11-14-reference", SAMPLES / "2025-11-14-source"
EXPECTED = tomllib.loads((SAMPLES / "expected.toml").read_text("utf-8"))[TREE.name]


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    return diagnose(Request((str(LOGS),), source_paths=(str(TREE),))).diagnosis


def code_of(diagnosis: Diagnosis) -> Code:
    assert diagnosis.code is not None
    return diagnosis.code


def place(file: str, line: int) -> str:
    return f"{Path(file).relative_to(TREE).as_posix()}:{line}"


def test_the_snapshot_timer_is_the_first_suspect(found: Diagnosis) -> None:
    """It alone of the timers of 30 s reaches the socket; the 60 s report, which reaches it too, is a multiple."""
    suspects = code_of(found).suspects
    assert place(suspects[0].file, suspects[0].line) == EXPECTED["first_suspect"]
    assert [timer.relation for timer in suspects] == [PeriodRelation.SAME] * 4 + [PeriodRelation.MULTIPLE]
    assert [timer.reaches_socket for timer in suspects] == [True, False, False, False, True]


def test_settings_stand_at_their_lines(found: Diagnosis) -> None:
    """Both sides, set ones and defaults."""
    rows = {row.name: row for row in code_of(found).settings}
    assert {name: place(rows[name].file, rows[name].line) for name in EXPECTED["settings"]} == EXPECTED["settings"]
    assert (rows["maxHttpBufferSize"].value, rows["maxHttpBufferSize"].default) == (1e6, True)
    assert (rows["pingTimeout"].value, rows["pingTimeout"].default) == (60000.0, False)


def test_lines_are_traced_to_their_calls(found: Diagnosis) -> None:
    """Each wording of this incident has its logger call, and its handler."""
    rows = {row.template: row for row in code_of(found).log_sources}
    row = rows["Disconnected from master: transport close"]
    assert (Path(row.file).name, row.line, row.handler) == ("socket-client.js", 30, "disconnect")
    assert set(rows) == {wording.template for wording in found.inputs.wordings}


def test_json_keeps_its_schema(found: Diagnosis) -> None:
    """What stands in `code` is what the schema says."""
    document = json.loads(render_json(found, generated_at=datetime(2026, 1, 1, tzinfo=UTC), version="0"))
    jsonschema.validate(document, json.loads(read_schema("diagnosis")))
    assert document["code"]["timers"][0]["rank"] == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_names_file_and_line(found: Diagnosis, language: str) -> None:
    """The first suspect stands in the technical analysis of both languages, wherever its path had to be broken."""
    text = render_text(found, width=500, color=False, encoding="utf-8", version="0", language=language)
    assert EXPECTED["first_suspect"] in "".join(line.strip() for line in text.splitlines())


def test_settings_of_the_code_are_those_of_the_checks() -> None:
    """The code's pingTimeout enters where the user states none; what the user states wins."""
    sources = read_sources((str(TREE),))
    assert sources is not None
    assert Request(()).stated.complete(sources.stated).ping_timeout_s == 60.0
    assert Request((), server_ping_timeout_ms=7000).stated.complete(sources.stated).ping_timeout_s == 7.0


def test_without_source_there_is_no_code() -> None:
    """`code` is null where no tree is named."""
    assert diagnose(Request((str(LOGS),))).diagnosis.code is None


def test_weak_places_and_the_pushes_that_they_lost(found: Diagnosis) -> None:
    """The throw of the bridge lost the one push of this incident, and the pusher's catch only logged it."""
    rows = {(row.kind, place(row.file, row.line)): row for row in code_of(found).weaknesses}
    throw = rows[WeaknessKind.THROWS_WHEN_DOWN, EXPECTED["throws_at"]]
    assert (throw.end_line, throw.explains_count, throw.side) == (291, 1, "client")
    pusher = "packages/worker/src/platforms/douyin/data-pusher.js"
    explained = {key: row.explains_count for key, row in rows.items() if row is not throw}
    assert explained == {
        (WeaknessKind.UNACKNOWLEDGED, f"{Path(throw.file).relative_to(TREE).as_posix()}:293"): 0,
        (WeaknessKind.UNACKNOWLEDGED, f"{pusher}:17"): 0,
        (WeaknessKind.ONLY_LOGGED, f"{pusher}:22"): 1,
    }


def test_the_code_says_what_its_wordings_mean(tmp_path: Path) -> None:
    """Words are disconnects where the handler of `disconnect` writes them, and the report says who said so."""
    app, logs = tmp_path / "app", tmp_path / "logs"
    app.mkdir()
    logs.mkdir()
    (app / "till.js").write_text(
        "const { io } = require('socket.io-client');\nconst link = io('http://hub');\n"
        "link.on('connect', () => logger.info('lights on'));\n"
        "link.on('disconnect', (why) => { logger.warn(`lights out (${why})`); logger.info('bells off'); });\n",
        "utf-8",
    )
    lines = [
        f"2025-11-14 10:{minute:02}:{second} {text}"
        for minute in range(10)
        for second, text in (("00.000", "[info] lights on"), ("40.000", "[warn] lights out (transport close)"),
                             ("40.001", "[info] bells off"))
    ]  # fmt: skip
    (logs / "till.log").write_text("\n".join(lines) + "\n", "utf-8")
    alone = diagnose(Request((str(logs),))).diagnosis
    found = diagnose(Request((str(logs),), source_paths=(str(app),))).diagnosis
    assert "code" not in {wording.by for wording in alone.inputs.wordings}
    assert {(wording.kind, wording.by, wording.count) for wording in found.inputs.wordings} == {
        ("connected", "code", 10), ("disconnected", "code", 10),
    }  # fmt: skip
    assert [drop.reason for drop in found.disconnects] == ["transport close"] * 10
    text = render_text(found, width=500, color=False, encoding="utf-8", version="0", language="en")
    assert "By the handler in the code that writes them: 2 wordings" in text


def judged(template: str, period_s: float, answer: TimerAnswer) -> Timer:
    place, nothing = Evidence("a.log", 1), (None,) * 3
    return Timer(
        TimerKind.ANNOUNCED, "a", template, None, period_s, "predicted", None, answer, "same-phase", "P1", None,
        9, 0, 9, *nothing, None, place,
    )  # fmt: skip


def test_a_timer_is_heard_by_its_announcement_and_interval() -> None:
    """Of several processes the surest answer counts; a text that two timers of one interval write is neither's."""
    timers = [
        CodeTimer(seconds, CodeTimerKind.INTERVAL, name, "", None, True, None, None, "a.js", 1)
        for name, seconds in (("own", 30.0), ("shared", 30.0), ("shared too", 30.0), ("other interval", 10.0))
    ]
    written = [frozenset({"mine"}), frozenset({"ours"}), frozenset({"ours"}), frozenset({"mine"})]
    answers = [
        judged("mine", 30.0, TimerAnswer.CLEARED), judged("mine", 30.0, TimerAnswer.SUSPECT),
        judged("ours", 30.0, TimerAnswer.CLEARED),
    ]  # fmt: skip
    assert [timer.answer for timer in hear(timers, written, answers)] == ["suspect", None, None, None]
