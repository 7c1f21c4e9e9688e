"""`logdiag snippet`: what the flight recorders write is understood, leaves no blind spot, and decides the cause.

`tests/recorded` holds what they wrote in a run of `client.mjs` and `server.mjs` there with Socket.IO 4.8.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from logdiag.analyzers.causes.blind_spots import find_blind_spots
from logdiag.parsers.rule_files import load_rules
from logdiag.renderers.snippet import LANGUAGES, SIDES, read_snippet
from tests.cli.conftest import Run
from tests.folders import ROOT
from tests.folding import each
from tests.renderers.test_schema import list_faults, list_misplaced, load_schema

RECORDED: Final = ROOT / "tests" / "recorded"
CLOSES: Final = tomllib.loads((ROOT / "logdiag" / "snippets" / "closes.toml").read_text("utf-8"))["closes"]
SOCKET_IO: Final = ("socket.io@4.8", "socket.io-client@4.8")
TYPESCRIPT: Final = ("typescript@5", "@types/node@20")
HEADS: Final = {
    "client": 'import { io } from "socket.io-client";\n',
    "server": (
        'import { spawn } from "node:child_process";\nimport { openSync } from "node:fs";\n'
        'import { createServer } from "node:http";\nimport { Server } from "socket.io";\n'
    ),
}
# What the lines hold that close a blind spot: without them it is there.
LINES: Final = {
    "payload-size": ("client", r"(client sending .*), \d+ bytes"),
    "close-code": ("client", r',"code":1009'),
    "server-reason-missing": ("server", r", reason: transport error"),
    "push-lines-missing": ("client", r".*client (?:sending event|received ack).*"),
    "no-traffic-lines": ("*", r".*(?:sending|received) (?:event|ack|attachment).*"),
    "process-starts-missing": ("client", r".*client started.*"),
    "receipts-missing": ("server", r".*server received event.*"),
    "settings-unknown": ("*", r".*setting (?:pingInterval|maxHttpBufferSize|maxPayload).*"),
}


def diagnose(run: Run, *paths: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("diagnose", *map(str, paths), "--format", "json").text)
    return document


def install(folder: Path, *packages: str) -> Path:
    """A folder with packages of npm; the test is skipped where they cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node is not here: the recorders cannot run")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *packages]
    try:
        finished = subprocess.run(command, capture_output=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{' '.join(packages)} cannot be installed here")
    if finished.returncode:
        pytest.skip(f"{' '.join(packages)} cannot be installed here")
    return folder


def record_run(folder: Path) -> None:
    """Let client and server with their recorders write client/app.log and server/app.log."""
    for side in SIDES:
        (folder / side).mkdir()
        app = (RECORDED / f"{side}.mjs").read_text("utf-8")
        (folder / f"{side}.mjs").write_text(HEADS[side] + read_snippet(side, "js").code + app, "utf-8")
    with (folder / "server" / "app.log").open("wb") as log:
        node = shutil.which("node") or ""
        subprocess.run([node, "server.mjs"], cwd=folder, stdout=log, check=True, timeout=60)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = install(tmp_path_factory.mktemp("recorded"), *SOCKET_IO)
    record_run(folder)
    return folder


def hold_to_certainty(document: dict[str, Any]) -> None:
    """The size and 1009 assert payload-too-large for all twelve drops, and nothing is left open."""
    cause = document["causes"][0]
    assert (cause["id"], cause["explains_count"], cause["of_count"]) == ("payload-too-large", 12, 12)
    assert cause["confidence"] >= 0.98
    supported = {check["id"] for check in cause["checks"] if check["outcome"] == "supports"}
    assert {"push-size", "close-code"} <= supported
    assert document["blind_spots"] == []


def test_real_socket_io_is_diagnosed_to_certainty(recorded: Path, run: Run) -> None:
    """Twelve messages over the limit of a real server, and no rules."""
    document = diagnose(run, recorded / "client", recorded / "server")
    hold_to_certainty(document)
    assert (document["pushes"]["attempted_count"], document["inputs"]["unclassified_count"]) == (64, 0)


def test_the_client_alone_is_enough(recorded: Path, run: Run) -> None:
    """The server's log is missed, and the cause asserted."""
    document = diagnose(run, recorded / "client")
    assert (document["causes"][0]["id"], document["causes"][0]["status"]) == ("payload-too-large", "asserted")
    assert document["blind_spots"][0]["id"] == "server-side-missing"


def test_a_kept_recording_is_diagnosed_to_certainty(run: Run) -> None:
    """The same from logs that were written before, where there is no node."""
    hold_to_certainty(diagnose(run, RECORDED / "client", RECORDED / "server"))


def test_what_a_recorded_run_saw_acknowledged_is_no_loss(run: Run) -> None:
    """The server answered all but the twelve messages that were too large, and an answer is traffic."""
    document = diagnose(run, RECORDED / "client")
    pushes = document["pushes"]
    assert [pushes[f"{name}_count"] for name in ("ok", "suspect", "lost_probable", "unknown")] == [52, 0, 0, 12]
    assert [spot["id"] for spot in document["blind_spots"]] == ["server-side-missing"]


def test_every_blind_spot_is_closed_by_a_line() -> None:
    """The table knows the blind spots that a report may name, and no others."""
    source = Path(find_blind_spots.__code__.co_filename).read_text("utf-8")
    known = re.findall(r'^        \("([a-z-]+)", [(T_]', source, re.MULTILINE)
    assert len(known) == 11
    assert sorted(row["blind_spot"] for row in CLOSES) == sorted(known)
    assert LINES.keys() | {"server-side-missing", "server-lines-unknown", "server-lines-untied"} == set(known)


@each("language", LANGUAGES)
@each("row", CLOSES, ids=lambda row: str(row["blind_spot"]))
def test_the_line_stands_in_every_language(row: dict[str, str], language: str) -> None:
    """What closes a blind spot is one line of the recorder."""
    snippet = read_snippet(row["side"], language)
    (line,) = [closed.line for closed in snippet.closes if closed.blind_spot == row["blind_spot"]]
    assert row["line"] in snippet.code.splitlines()[line - 1]


@pytest.mark.parametrize("name", sorted(LINES))
def test_without_its_lines_a_blind_spot_is_there(name: str, tmp_path: Path, run: Run) -> None:
    """What a recorder writes for a blind spot is what closes it."""
    changed, pattern = LINES[name]
    for side in SIDES:
        (tmp_path / side).mkdir()
        text = (RECORDED / side / "app.log").read_text("utf-8")
        kept = re.sub(pattern, lambda found: found[1] if found.re.groups else "", text)
        (tmp_path / side / "app.log").write_text(kept if changed in {side, "*"} else text, "utf-8")
    spots = diagnose(run, tmp_path / "client", tmp_path / "server")["blind_spots"]
    assert name in [spot["id"] for spot in spots]


def test_a_recorder_writes_nothing_that_no_rule_knows() -> None:
    """Each text that a recorder logs is an example's, by its first words."""
    examples = [text for rule in load_rules().rules for text in rule.examples]
    for side in SIDES:
        for text in re.findall(r'log\(["`]([^"`$]+)', read_snippet(side, "js").code):
            assert any(example.startswith(text) for example in examples), text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("side", SIDES)
def test_json_obeys_its_schema(side: str, language: str, run: Run) -> None:
    """Keys are those of the schema, in its order, and the code is that of the text."""
    document = json.loads(run("snippet", side, "--lang", language, "--format", "json").text)
    schema = load_schema("snippet")
    assert list_faults("snippet", document) == []
    assert list(list_misplaced(schema, schema, document)) == []
    assert document["code"] == run("snippet", side, "--lang", language).text


@pytest.mark.parametrize("side", SIDES)
def test_a_recorder_fits_its_page(side: str) -> None:
    """No line is longer than 120 columns, and there are thirty of them."""
    for language in LANGUAGES:
        lines = read_snippet(side, language).code.splitlines()
        assert max(map(len, lines)) <= 120
        assert len(lines) <= 30


def test_typescript_is_strict(tmp_path: Path) -> None:
    """The compiler has nothing against the recorders."""
    folder = install(tmp_path, *SOCKET_IO, *TYPESCRIPT)
    for side in SIDES:
        (folder / f"{side}.ts").write_text(read_snippet(side, "ts").code, "utf-8")
    command = [shutil.which("node") or "", "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--skipLibCheck"]
    words = ["--target", "es2022", "--module", "nodenext", "client.ts", "server.ts"]
    finished = subprocess.run([*command, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert finished.stdout == ""
    assert finished.returncode == 0


def test_pandas_is_not_needed() -> None:
    """The code is printed at once."""
    code = (
        "import sys\nfrom logdiag.cli import exits\nfrom logdiag.cli.app import app\n"
        "code = exits.run(app, ['snippet', 'client'])\n"
        "sys.exit(9 if {'pandas', 'numpy'} & set(sys.modules) else code)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=dict(os.environ))
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("side", SIDES)
def test_comments_speak_the_language_of_the_reader(side: str, language: str) -> None:
    """In Chinese every comment is, and nothing else of the code changes."""
    english, chinese = (read_snippet(side, language, spoken=spoken).code for spoken in ("en", "zh"))
    comments = re.compile(r"// (.+)$", re.MULTILINE)
    assert all(re.search("[\u4e00-\u9fff]", comment) for comment in comments.findall(chinese))
    assert comments.sub("", english) == comments.sub("", chinese)


def test_a_chinese_locale_gets_chinese_comments(run: Run) -> None:
    """The locale decides, as for reports; --lang is the language of the code here."""
    assert "飞行记录器" in run("snippet", "client", environ={"LC_ALL": "zh_CN.UTF-8"}).text
