"""Changes that are suggested at weak places."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.codebase.patches import raise_limit, suggest_patch
from logdiag.codebase.settings import find_settings
from logdiag.codebase.trees.grammars import parse_bytes
from logdiag.codebase.weaknesses import find_weaknesses
from tests.codebase.made_trees import survey

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


LIMITS = {
    "new Server(http)": "new Server(http, { maxHttpBufferSize: 10000000 })",
    "new Server(3000)": "new Server(3000, { maxHttpBufferSize: 10000000 })",
    "new Server(options)": None,
    "new Server(http, { cors: all })": "new Server(http, { maxHttpBufferSize: 10000000, cors: all })",
    "new Server(http, {})": "new Server(http, { maxHttpBufferSize: 10000000 })",
    "new Server(http, {\n\t\tcors: all,\n\t})": (
        "new Server(http, {\n\t\tmaxHttpBufferSize: 10000000,\n\t\tcors: all,\n\t})"
    ),
    "new Server(http, { maxHttpBufferSize: 1e6, cors: all })": (
        "new Server(http, { maxHttpBufferSize: 10000000, cors: all })"
    ),
    "new Server(http, { maxHttpBufferSize: LIMIT })": None,
}


@pytest.mark.parametrize("call", LIMITS)
def test_the_limit_is_raised_where_it_stands(tmp_path: Path, call: str) -> None:
    """In the options, as their first entry or as the call's first options; not where it is unclear what holds them."""
    before = "const {{ Server }} = require('socket.io');\nconst LIMIT = 1e6;\nconst io = {};\n"
    text = before.format(call)
    found = survey(tmp_path, {"a.js": text, "package.json": '{"dependencies": {"socket.io": "4.7.0"}}'})
    (limit,) = (row for row in find_settings(found) if row.name == "maxHttpBufferSize")
    patch = raise_limit(found, limit, 10_000_000)
    wanted = LIMITS[call]
    if patch is None or wanted is None:
        assert (patch, wanted) == (None, None)
        return
    lines = text.splitlines()
    start = patch.first_line - 1
    assert tuple(lines[start : start + len(patch.before)]) == patch.before
    lines[start : start + len(patch.before)] = patch.after
    assert "\n".join(lines) + "\n" == before.format(wanted)


def test_the_limit_of_python_is_an_argument(tmp_path: Path) -> None:
    """With underscores, before the first argument."""
    found = survey(tmp_path, {"a.py": "import socketio\nsio = socketio.AsyncServer(async_mode='asgi')\n"})
    (limit,) = (row for row in find_settings(found) if row.name == "max_http_buffer_size")
    patch = raise_limit(found, limit, 10_000_000)
    assert patch is not None
    assert patch.after == ("sio = socketio.AsyncServer(max_http_buffer_size=10000000, async_mode='asgi')",)
