"""Whether any line of an access log tells of a handshake that was let in: most such lines mean nothing else."""

from __future__ import annotations

from contextlib import closing
from typing import Final

from logdiag.deferred import compile_later
from logdiag.pipeline.inputs import ReadLogs
from logdiag.reading import Damage, read_lines

# A request of a socket, by its path or what only the handshake asks; the status of one that was let in.
HANDSHAKE: Final = compile_later(
    rb"(?i)[?&](?:EIO|transport)=|/(?:socket|engine)\.io/|/(?:ws|wss|websocket|cable)\b|hub\b"
)
OF_NO_SOCKET: Final = compile_later(rb"\bOPTIONS\b|\.(?:js|mjs|map|css)\b")  # a preflight, the client's own script
LET_IN: Final = compile_later(rb"(?<![\d.:/-])(?:101|20[014])(?![\d.:/-])")


def is_any_let_in(reading: ReadLogs) -> bool:
    """Whether any line may be that of a handshake that succeeded."""
    for file in reading.found.files:
        with closing(read_lines(file)) as lines:
            for line in lines:
                if isinstance(line, Damage):
                    return True
                is_asked = HANDSHAKE.search(line.raw) and not OF_NO_SOCKET.search(line.raw)
                if is_asked and LET_IN.search(line.raw):
                    return True
    return False
