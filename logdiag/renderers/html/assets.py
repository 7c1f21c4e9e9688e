"""The files that every page holds: our style and scripts, the chart library, and the policy that admits only these."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

STYLES: Final = ("vendor/uplot/uPlot.min.css", "style.css")
# In the order in which they build on each other; the last one starts the page.
SCRIPTS: Final = (
    "vendor/uplot/uPlot.iife.min.js",
    "script/wording.js",
    "script/charts.js",
    "script/shares.js",
    "script/course.js",
    "script/overview.js",
    "script/pattern.js",
    "script/lengths.js",
    "script/drops.js",
    "script/detail.js",
    "script/fold.js",
    "script/copy.js",
    "script/page.js",
)
LICENSES: Final = ("vendor/uplot/LICENSE",)


@dataclass(frozen=True, slots=True)
class Assets:
    """The texts to embed as they are, and the Content-Security-Policy that names them by their digests."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    licenses: tuple[str, ...]
    policy: str


@cache
def load_assets() -> Assets:
    """Read the files of the page."""
    styles, scripts = read_assets(STYLES), read_assets(SCRIPTS)
    return Assets(styles, scripts, read_assets(LICENSES), write_policy(styles, scripts))


def read_assets(names: Iterable[str]) -> tuple[str, ...]:
    """Read files of this package, one line feed at each line's end: that is what a browser hashes."""
    root = files(__package__)
    texts = (root.joinpath(*name.split("/")).read_text(encoding="utf-8") for name in names)
    return tuple(text.replace("\r\n", "\n") for text in texts)


def write_policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Write a policy under which nothing is fetched, and only these styles and scripts take effect.

    `data:` admits the empty icon, without which a browser asks the server for one.
    """
    rules = (
        "default-src 'none'",
        f"script-src {' '.join(map(_digest, scripts))}",
        f"style-src {' '.join(map(_digest, styles))}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    return "; ".join(rules)


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
