"""`logdiag explain`: every id has an entry, and none of it needs pandas."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from logdiag.analyzers.causes.catalogue import find_source_url, load_catalogue
from logdiag.cli.commands.explain import load_explainer, render
from logdiag.cli.language import Language
from logdiag.renderers.explain import render_json
from tests.cli.conftest import Run

EXPLAINER = load_explainer()
IDS = [name for ids in EXPLAINER.ids.values() for name in ids]


def test_ids_name_one_thing() -> None:
    """No id is both a cause and a check, or a word."""
    assert len(IDS) == len(set(IDS))


@pytest.mark.parametrize("identifier", IDS)
def test_every_entry_can_be_read(identifier: str, run: Run) -> None:
    """Each id gives an entry that fits 80 columns and leaves no placeholder open."""
    finished = run("explain", identifier)
    assert finished.code == 0
    assert finished.text.startswith(f"{identifier} (")
    assert all(cell_len(line) <= 80 for line in finished.text.splitlines())
    assert "{" not in finished.text
    assert len(finished.text.splitlines()) > 5


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


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("payload-to-large", "payload-too-large"),
        ("Server_Timer", "server-timer"),
        ("push moves beat", "push-moves-beat"),
        ("heartbeat", "heartbeat-timeout"),
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
