"""From the Diagnosis to bytes: one format a module, named in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

# Format → module and function; loaded when asked for, since this package is imported for `escape` alone, too.
FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    "text": ("terminal", "render_text"),
    "markdown": ("markdown", "render_markdown"),
    "html": ("html", "render_html"),
    "json": ("json", "render_json"),
    "csv": ("csv", "render_csv"),
    "junit": ("junit", "render_junit"),
    "sarif": ("sarif", "render_sarif"),
    "github": ("github", "render_github"),
    "trace": ("trace", "render_trace"),
}


def load_renderer(name: str) -> Callable[..., str]:
    """Return the function that writes a format; raises KeyError for one that is not in `FORMATS`."""
    module, function = FORMATS[name]
    renderer: Callable[..., str] = getattr(import_module(f"logdiag.renderers.{module}"), function)
    return renderer
