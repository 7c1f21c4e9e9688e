"""The JSON Schemas (draft 2020-12) of what `--format json` writes; each kind is a file of `schemas/`."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

KINDS: Final = (
    "diagnosis", "timeline", "verify", "trace", "suspect", "watch", "replay", "snippet", "explain", "rules",
)  # fmt: skip


def read_schema(kind: str) -> str:
    """Return the schema of a kind of result as text; raises KeyError for one that is not in `KINDS`."""
    if kind not in KINDS:
        raise KeyError(kind)
    return files("logdiag.renderers").joinpath("schemas", f"{kind}.json").read_text(encoding="utf-8")
