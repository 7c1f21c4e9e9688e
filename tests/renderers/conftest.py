"""Headless Chromium for the tests of the HTML report: one browser a run, one page a test, and what each page did."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

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


class Shared:
    """The page that all tests take turns with that ask for nothing but a size: a new one costs half a second.

    Each report that it opens is a document of its own; what a test could leave to the next is where the mouse stands.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._page: Page | None = None

    def take(self, width: int, height: int) -> Page:
        """The page, empty and of this size."""
        if self._page is None or self._page.is_closed():
            self._page = self._browser.new_context().new_page()
        self._page.goto("about:blank")
        self._page.mouse.move(0, 0)
        self._page.set_viewport_size({"width": width, "height": height})
        return self._page

    def discard(self) -> None:
        """Have the next test begin with a page of its own."""
        if self._page is not None:
            self._page.context.close()
        self._page = None


@pytest.fixture(scope="session")
def shared(browser: Browser) -> Shared:
    """The page that tests share."""
    return Shared(browser)


@dataclass
class Opener:
    """Opens reports, and notes all that their pages say on the console and ask for."""

    browser: Browser
    shared: Shared
    folder: Path
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    address: str = ""
    _own: list[BrowserContext] = field(default_factory=list)
    _watched: list[tuple[Page, str, Callable[[Any], None]]] = field(default_factory=list)

    def open(self, diagnosis: Diagnosis, *, is_unfolded: bool = True, **options: Any) -> Page:
        """Open the report of a diagnosis, with all its sections; `options` are those of a browser context."""
        path = self.folder / "report.html"
        path.write_text(render_html(diagnosis, version="0.1.0"), encoding="utf-8", newline="\n")
        self.address = path.as_uri()
        page = self._take_page({"viewport": {"width": 1440, "height": 900}, **options})
        self._watch(page, "console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        self._watch(page, "pageerror", lambda error: self.messages.append(f"error: {error}"))
        self._watch(page, "dialog", lambda dialog: self.messages.append(f"dialog: {dialog.message}"))
        self._watch(page, "request", lambda request: self.requests.append(request.url))
        page.goto(self.address)
        if is_unfolded and options.get("java_script_enabled", True):
            page.locator("#unfold").click()
        return page

    def close(self) -> None:
        """Listen no longer, and close what was opened for this test alone."""
        for page, event, listener in self._watched:
            page.remove_listener(event, listener)
        for context in self._own:
            context.close()

    def _take_page(self, options: dict[str, Any]) -> Page:
        if options.keys() == {"viewport"}:
            return self.shared.take(**options["viewport"])
        self._own.append(self.browser.new_context(**options))
        return self._own[-1].new_page()

    def _watch(self, page: Page, event: Any, listener: Callable[[Any], None]) -> None:
        page.on(event, listener)
        self._watched.append((page, event, listener))


@pytest.fixture
def opener(browser: Browser, shared: Shared, tmp_path: Path) -> Iterator[Opener]:
    """Opens reports for one test; whatever the test does, no page may complain or ask for anything."""
    made = Opener(browser, shared, tmp_path)
    yield made
    made.close()
    if made.messages or not set(made.requests) <= {made.address}:
        shared.discard()
    assert made.messages == []
    assert set(made.requests) <= {made.address}
