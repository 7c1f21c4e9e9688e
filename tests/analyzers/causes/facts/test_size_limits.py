"""The limit that lines about too large messages name, and what the cause then says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdiag.analyzers.causes.facts.size_limits import find_stated_limit, read_limit
from logdiag.events import EventKind
from logdiag.pipeline.stages import diagnose
from logdiag.renderers.document import flatten
from logdiag.renderers.phrases import Phrases
from logdiag.request import Request
from tests.analyzers.cases import SERVER, event, timeline
from tests.folding import each


@each(
    ("text", "limit"),
    [
        ("Message size 5242890 exceeds limit 4194304", 4_194_304),
        ("Buffer size 524334 bytes for session '0' exceeds the allowed limit 524288", 524_288),
        ("over size limit (1048577 > 1048576 bytes)", 1_048_576),
        ("maximum payload violation: 1398101 vs 1048576", 1_048_576),
        ("the limit is 65,536", 65_536),
        ("payload too large, max 64 KiB", None),  # two digits may be anything
        ("payload too large, max 512 KB", 512_000),
        ("Max payload size exceeded", None),
        ("message was too big: 70,000 bytes", None),
        ("websocket: close 1009 (message too big)", None),
        ("limit 4096 of 1.5", 4096),
    ],
)
def test_the_limit_in_a_line(text: str, limit: int | None) -> None:
    """A number right behind the word for it, or behind what is larger; no other number."""
    assert read_limit(text) == limit


def test_lines_must_agree_on_the_limit() -> None:
    """Two limits are none; those of lines about other things do not count."""
    first, second = ("message too large: exceeds limit 65536", "message too large: exceeds limit 32768")
    other = event(3, EventKind.SERVER_ERROR, SERVER, message="rate limit 1000 hit")
    told = [event(n, EventKind.SERVER_ERROR, SERVER, message=text) for n, text in enumerate((first, second))]
    assert find_stated_limit(timeline(told[0], other)) == 65_536
    assert find_stated_limit(timeline(*told)) is None
    assert find_stated_limit(timeline(other)) is None


def _write_spring(folder: Path, reason: str) -> None:
    """A Spring server whose sessions end with 1009."""
    lines = []
    for number in range(12):
        name = f"37a607c8-7790-805f-3d08-6452{number:08x}"
        where = f"StandardWebSocketSession[id={name}, uri=ws://localhost:8080/ws]"
        logger = "DEBUG 1 --- [demo] [nio-8080-exec-5] o.s.w.s.h.LoggingWebSocketHandlerDecorator : "
        lines.append(f"2025-11-04T10:{2 * number:02}:00.000+05:30 {logger}New {where}")
        end = f"{where} closed with CloseStatus[code=1009, reason={reason}]"
        lines.append(f"2025-11-04T10:{2 * number + 1:02}:{7 * number % 60:02}.451+05:30 {logger}{end}")
    (folder / "spring.log").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("reason", "limit"), [("The message was too big, the limit is 65,536", 65_536), ("The message was too big", None)]
)
def test_of_another_server_nothing_is_said_that_holds_for_socketio(
    tmp_path: Path, reason: str, limit: int | None
) -> None:
    """The limit of the line, or none: never Socket.IO's setting and its default."""
    _write_spring(tmp_path, reason)
    cause = diagnose(Request((str(tmp_path),))).diagnosis.causes[0]
    assert (cause.id, cause.numbers["limit_bytes"], cause.numbers["setting"]) == ("payload-too-large", limit, None)
    said = {part: flatten(Phrases("en", "UTC").cause(cause, part)) for part in ("summary", "next_experiment", "fix")}
    assert ("65,536" in said["summary"] and "655,360" in said["next_experiment"]) is (limit is not None)
    assert "1,000,000" not in json.dumps(said)
    assert "maxHttpBufferSize" not in said["summary"] + said["next_experiment"]
