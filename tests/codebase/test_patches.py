"""Changes that are suggested at weak places."""

from __future__ import annotations

from pathlib import Path

from logdiag.codebase.grammars import parse_bytes
from logdiag.codebase.patches import suggest_patch
from logdiag.codebase.weaknesses import find_weaknesses
from tests.codebase.trees import survey

BRIDGE = """const {{ io }} = require({q}socket.io-client{q}){e}
const socket = io({q}http://hub{q}){e}
{asynchronous}function push(m) {{
{t}if (!socket.connected) {{
{t}{t}throw new Error({q}down{q}){e}
{t}}}
{t}socket.emit({q}m{q}, m){e}
}}
"""


def patched(folder: Path, **style: str) -> tuple[str, str] | None:
    """The file with the suggestion in it, and the suggestion alone."""
    text = BRIDGE.format(**{"asynchronous": "async ", **style})
    (weak,) = find_weaknesses(survey(folder, {"a.js": text}))
    patch = suggest_patch(weak)
    if patch is None:
        return None
    lines = text.splitlines()
    start = patch.first_line - 1
    assert tuple(lines[start : start + len(patch.before)]) == patch.before
    lines[start : start + len(patch.before)] = patch.after
    return "\n".join(lines), "\n".join(patch.after)


def test_it_waits_in_the_style_of_the_file(tmp_path: Path) -> None:
    """Quotes, indentation and semicolons are those of the file; what results parses; it throws only after the wait."""
    for name, style in {"one": {"t": "  ", "q": "'", "e": ";"}, "two": {"t": "\t", "q": '"', "e": ""}}.items():
        found = patched(tmp_path / name, **style)
        assert found is not None
        whole, suggestion = found
        assert not parse_bytes(whole.encode(), "javascript").has_error
        assert f"socket.once({style['q']}connect{style['q']}, onConnect){style['e']}" in suggestion
        assert f"\n{style['t'] * 2}await new Promise" in suggestion
        assert "emit" not in suggestion  # the one send stays where it was: nothing is sent twice


def test_what_cannot_wait_is_left_alone(tmp_path: Path) -> None:
    """Within a function that is not async there is nothing to await: no suggestion."""
    assert patched(tmp_path, asynchronous="", t="  ", q="'", e=";") is None
