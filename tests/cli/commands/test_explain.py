"""`logdiag explain`: every id has an entry, and none of it needs pandas."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from logdiag.analyzers.causes.catalogue import find_source_url, load_catalogue
from logdiag.cli.commands.explain import load_explainer, render
from logdiag.cli.language import Language
from logdiag.parsers.lexicon.fields import CLIENT_REASONS, EITHER_REASONS, SERVER_REASONS
from logdiag.renderers.explain import render_json
from logdiag.renderers.json import render_json as render_diagnosis
from tests.cli.conftest import Run
from tests.folders import LAB, LAB_NAMES, SAMPLE_NAMES, SAMPLES, diagnose_once
from tests.folding import each
from tests.renderers.test_schema import list_faults, list_misplaced, load_schema

EXPLAINER = load_explainer()
IDS = [name for ids in EXPLAINER.ids.values() for name in ids]
REASONS = (*CLIENT_REASONS, *SERVER_REASONS, *EITHER_REASONS)
FOLDERS = [*(SAMPLES / name for name in SAMPLE_NAMES), *(LAB / name for name in LAB_NAMES)]


def test_ids_name_one_thing() -> None:
    """No id is both a cause and a check, or a word; a blind spot may have that of the check that it hinders."""
    assert {name for name, count in Counter(IDS).items() if count > 1} <= {
        name for name in EXPLAINER.ids["blind_spot"] if name in EXPLAINER.ids["check"]
    }


def list_words(diagnosis: Any) -> Iterator[tuple[str, str]]:
    """The words of a report that a reader may ask for, each with the kind of what it must lead to."""
    yield "term", diagnosis["verdict"]
    for cause in diagnosis["causes"]:
        yield "cause", cause["id"]
        yield "cause", cause["title"]
        yield from (("check", check["id"]) for check in cause["checks"])
    for key, kind in (("findings", "finding"), ("blind_spots", "blind_spot")):
        yield from ((kind, item["id"]) for item in diagnosis[key])
    for drop in diagnosis["disconnects"]:
        yield from (("term", reason) for key in ("reason", "server_reason") if (reason := drop[key]) in REASONS)
    yield from (("term", pattern["kind"]) for pattern in diagnosis["patterns"])
    yield from (("term", trigger["role"]) for trigger in diagnosis["triggers"])
    yield from (("term", push["outcome"]) for push in diagnosis["pushes"]["items"])
    yield from (("term", kind) for kind in list_event_kinds(diagnosis["worst_incident"]))


def list_event_kinds(incident: Any) -> Iterator[str]:
    """The kinds of the events of the worst incident's timeline."""
    for excerpt in incident["excerpts"] if incident else ():
        if excerpt["kind"]:
            yield excerpt["kind"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_word_of_a_report_is_known(folder: Path) -> None:
    """Its causes, checks, findings, blind spots, reasons, patterns, roles, outcomes and kinds of events."""
    diagnosis = json.loads(
        render_diagnosis(diagnose_once(folder).diagnosis, generated_at=datetime.now(UTC), version="0")
    )
    words = set(list_words(diagnosis))
    assert len(words) > 20
    unknown = {(kind, word) for kind, word in words if EXPLAINER.find(word) not in EXPLAINER.ids[kind]}
    assert unknown == set()


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_socketio_is_explained(reason: str) -> None:
    """As it is written in a log, and as an id; who says it and what follows is part of the text."""
    name = reason.replace(" ", "-")
    assert EXPLAINER.find(reason) == EXPLAINER.find(name) == EXPLAINER.find(reason.upper()) == name
    assert EXPLAINER.group("term", name) == "The reasons that Socket.IO gives"


@pytest.mark.parametrize(
    ("asked", "entry"),
    [
        ("INCIDENT", "verdict"),
        ("more likely than not", "confidence"),
        ("PUSH FAILED", "kinds"),
        ("push-failed", "kinds"),
        ("a free-running timer", "timer"),
        ("Messages lost", "lost-pushes"),
        ("off the beat", "beat"),
        ("Off-Beat", "beat"),
        ("orderly stop", "orderly-stop"),
        ("within a burst", "burst"),
        ("1006", "close-codes"),
        ("transport", None),
        ("10060", None),
        ("the", None),
        ("", None),
    ],
)
def test_a_word_of_the_report_leads_to_its_entry(asked: str, entry: str | None) -> None:
    """Titles and words as the report writes them; a part of one is no word."""
    assert EXPLAINER.find(asked) == entry


@each("identifier", IDS)
def test_every_entry_can_be_read(identifier: str) -> None:
    """Each id gives an entry that fits 80 columns and leaves no placeholder open."""
    assert EXPLAINER.find(identifier) == identifier
    text = render(EXPLAINER, identifier)
    assert text.startswith(f"{identifier} (")
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    assert "{" not in text.partition("THE LINE OF CODE")[0]
    assert len(text.splitlines()) > 4


@pytest.mark.parametrize("kind", EXPLAINER.ids)
def test_the_command_prints_the_entry(kind: str, run: Run) -> None:
    """For an id of each kind, the first and the last."""
    for identifier in (EXPLAINER.ids[kind][0], EXPLAINER.ids[kind][-1]):
        finished = run("explain", identifier)
        assert (finished.code, finished.text.rstrip("\n")) == (0, render(EXPLAINER, identifier).rstrip("\n"))


def test_json_holds_the_whole_catalogue(run: Run) -> None:
    """Without an id, JSON has every cause with its checks and sources, every check and every word."""
    document = json.loads(run("explain", "--format", "json").text)
    assert document["id"] is None
    assert [cause["id"] for cause in document["causes"]] == [cause.id for cause in load_catalogue()]
    assert {check["id"] for cause in document["causes"] for check in cause["checks"]} == {
        check["id"] for check in document["checks"]
    }
    assert all(cause["signs"] and cause["fix"] and cause["sources"] for cause in document["causes"])
    assert all(check["causes"] for check in document["checks"])


def test_json_of_one_id_holds_that_one(run: Run) -> None:
    """With an id, JSON has that entry and no other."""
    document = json.loads(run("explain", "suspect", "--format", "json").text)
    assert [len(document[key]) for key in ("causes", "checks", "terms")] == [0, 0, 1]
    assert document["id"] == document["terms"][0]["id"] == "suspect"


@pytest.mark.parametrize("spoken", ["en", "zh"])
@pytest.mark.parametrize(
    "identifier", [None, "payload-too-large", "push-moves-beat", "lost-pushes", "push-size", "suspect"]
)
def test_json_obeys_its_schema(identifier: str | None, spoken: str, run: Run) -> None:
    """The whole catalogue and an entry of each kind are valid in both languages, keys in the schema's order."""
    told = run("explain", *([] if identifier is None else [identifier]), "--format", "json", "--lang", spoken)
    document = json.loads(told.text)
    schema = load_schema("explain")
    assert list_faults("explain", document) == []
    assert list(list_misplaced(schema, schema, document)) == []


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("payload-to-large", "payload-too-large"),
        ("Server_Timer", "server-timer"),
        ("push moves beat", "push-moves-beat"),
        ("heartbeat timeouts", "heartbeat-timeout"),
        ("suspects", "suspect"),
    ],
)
def test_a_near_miss_is_understood(wrong: str, meant: str) -> None:
    """A misspelt, shortened or differently written id leads to the one that was meant."""
    assert EXPLAINER.suggest(wrong)[0] == meant


def test_every_source_can_be_reached() -> None:
    """Each source of the catalogue has an address; an unheard-of one has none."""
    names = {source for cause in load_catalogue() for source in cause.sources}
    assert [name for name in sorted(names) if find_source_url(name) is None] == []
    assert find_source_url("socket.io discussion #4362") == "https://github.com/socketio/socket.io/discussions/4362"
    assert find_source_url("unheard-of #1") is None


def test_pandas_is_not_needed() -> None:
    """Explaining loads neither pandas nor numpy, so that it answers at once."""
    code = (
        "import sys\nfrom logdiag.cli import exits\nfrom logdiag.cli.app import app\n"
        "code = exits.run(app, ['explain', 'suspect'])\n"
        "sys.exit(9 if {'pandas', 'numpy'} & set(sys.modules) else code)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("spoken", list(Language))
def test_no_entry_leaves_a_value_unknown(spoken: Language) -> None:
    """Without an incident there are no numbers: no text of any entry, printed or as JSON, names one that it lacks."""
    explainer = load_explainer(spoken)
    formats = explainer.phrases.formats
    explainer.phrases.formats = replace(formats, words={**formats.words, "unknown": "<missing>"})
    told = [render_json(explainer, None, generated_at=datetime.now(UTC), version="0.1.0")]
    told += [render(explainer, name) for name in (None, *IDS)]
    assert "<missing>" in explainer.phrases.text("cause.payload-too-large.fix_bare")  # one that did would be seen
    assert [text for text in told if "<missing>" in text] == []
