"""Shows a page that was written in the browser of whoever sits at the machine."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from pathlib import Path

from logdiag.errors import OutputError


def name_page() -> Path:
    """Make an empty file of a new name, which stays when the run ends: the browser reads it later."""
    import os
    import tempfile

    handle, name = tempfile.mkstemp(prefix="logdiag-", suffix=".html")
    os.close(handle)
    return Path(name)


def show(page: Path) -> None:
    """Open a file in the browser. Raises OutputError where there is none."""
    import webbrowser

    if not webbrowser.open(page.resolve().as_uri()):
        raise OutputError("output.no_browser", path=page)
