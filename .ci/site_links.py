"""A hook of MkDocs: links that leave docs/ for the repository, which the site does not hold, become names of files."""

import re
from typing import Final

OUTSIDE: Final = re.compile(r"\[(?P<text>[^]]+)\]\((?:\.\./)+(?P<path>[^)#]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, **_: object) -> str:
    """Write `[the causes](../logdiag/x.toml)` as "the causes (`logdiag/x.toml`)", or as the path if that says it."""
    return OUTSIDE.sub(_name, markdown)


def _name(link: re.Match[str]) -> str:
    path = link["path"]
    return f"`{path}`" if path.endswith(link["text"]) else f"{link['text']} (`{path}`)"
