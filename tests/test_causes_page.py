"""The page about causes says of each what `logdiag explain` says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from logdiag.analyzers.causes.catalogue import load_catalogue
from logdiag.cli.commands.explain import load_explainer
from logdiag.renderers.explain import render_json

PAGE: Final = Path(__file__).parents[1] / "docs" / "causes.md"
START: Final = "## Each of them\n\n"


def describe(cause: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a cause."""
    yield f"### `{cause['id']}`: {cause['title']}\n"
    yield cause["summary"] + "\n"
    yield from (f"- {sign}" for sign in cause["signs"])
    yield ""
    yield "| check | for | against |\n|---|--:|--:|"
    for check in cause["checks"]:
        marks = "".join(f", {mark}" for mark in ("needed", "hard") if check[mark])
        yield f"| `{check['id']}`: {check['ask']}{marks} | {check['supports_nats']:g} | {check['refutes_nats']:g} |"
    links = [f"[{source['name']}]({source['url']})" if source["url"] else source["name"] for source in cause["sources"]]
    if links:
        yield "\nSources: " + ", ".join(links) + "."
    yield ""


def write_entries() -> str:
    """Write the part of the page that tells of each cause, in the order in which they claim disconnects."""
    explainer = load_explainer()
    told = []
    for row in load_catalogue():
        shown = render_json(explainer, row.id, generated_at=datetime(2025, 11, 14, tzinfo=UTC), version="")
        told.append("\n".join(describe(json.loads(shown)["causes"][0])))
    return "\n".join(told)


def test_the_page_says_what_explain_says(request: pytest.FixtureRequest) -> None:
    """Signs, checks with their weights in nats, and sources; with --update-golden it is written anew."""
    head, _, entries = PAGE.read_text("utf-8").partition(START)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(head.rstrip() + "\n\n" + START + write_entries(), encoding="utf-8")
        return
    assert entries == write_entries(), "stale; look at `logdiag explain`, then run pytest --update-golden"
