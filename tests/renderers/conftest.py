"""Headless Chromium for the tests of the HTML report: one browser a run, one page a test, and what each page did."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from logdiag.renderers.html import render_html
from logdiag.results.diagnosis import Diagnosis

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE_MS: Final = 20_000  # for a machine under load; what comes at once is not waited for
ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; without one, what needs it is skipped."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the PATH")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield launched
        launched.close()


@dataclass
class Opener:
    """Opens reports, and notes all that their pages say on the console and ask for."""

    browser: Browser
    folder: Path
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    address: str = ""

    def open(self, diagnosis: Diagnosis, *, is_unfolded: bool = True, **options: Any) -> Page:
        """Open the report of a diagnosis, with all its sections; `options` are those of a browser context."""
        path = self.folder / "report.html"
        path.write_text(render_html(diagnosis, version="0.1.0"), encoding="utf-8", newline="\n")
        self.address = path.as_uri()
        context = self.browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        page = context.new_page()
        page.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.messages.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.messages.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(self.address)
        if is_unfolded and options.get("java_script_enabled", True):
            page.locator("#unfold").click()
        return page


@pytest.fixture
def opener(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens reports for one test; whatever the test does, no page may complain or ask for anything."""
    made = Opener(browser, tmp_path)
    yield made
    for context in browser.contexts:
        context.close()
    assert made.messages == []
    assert set(made.requests) <= {made.address}
