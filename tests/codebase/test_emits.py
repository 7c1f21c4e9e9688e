"""Calls that emit, as they stand in code."""

from __future__ import annotations

from pathlib import Path

from logdiag.codebase.emits import event_of, is_emit
from tests.codebase.made_trees import survey

CODE = """
socket.emit("tick", 1);
socket.emit(name, 1);
await socket.timeout(5000).emitWithAck("push", data);
emitter.emit();
socket.on("tick", () => {});
"""


def test_calls_that_emit_name_their_event(tmp_path: Path) -> None:
    """A name that is a text in the code is told, another one is not; without any it is no emit."""
    application = survey(tmp_path, {"app.js": CODE}).application
    module = application.module(application.tree.sources[0].path)
    assert module is not None
    calls = [call for name in ("emit", "emitWithAck", "on") for call in module.called.get(name, ())]
    assert [event_of(call) for call in calls if is_emit(call)] == ["tick", None, "push"]
