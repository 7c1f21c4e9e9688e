"""`logdiag` as a command for the shell scripts that tests run: each call is a run of the fork server.

The command passes its arguments, folder, environment and streams to the test's own process, which has the fork server
start the run with them, and ends as that run does.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

from tests import processes
from tests.fork_server import HEADER_BYTES

STREAMS_COUNT: Final = 3
FRESH: Final = '#!/bin/sh\nexec "{python}" -m logdiag "$@"\n'
PASSING_ON: Final = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as way:
    way.connect({address!r})
    wanted = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(way, [b"%0{header}d" % len(wanted)], [0, 1, 2])
    way.sendall(wanted)
    sys.exit(int(way.recv(16)))
"""


@contextmanager
def offer_command(folder: Path) -> Iterator[None]:
    """Put a `logdiag` that is this one into a folder; it works until the context ends."""
    tool = folder / "logdiag"
    folder.mkdir(parents=True, exist_ok=True)
    if not processes.CAN_FORK:
        tool.write_text(FRESH.format(python=sys.executable))
        tool.chmod(0o755)
        yield
        return
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as door:  # 107 characters at most
        address = str(Path(short) / "door")
        door.bind(address)
        door.listen()
        tool.write_text(PASSING_ON.format(python=sys.executable, address=address, header=HEADER_BYTES))
        tool.chmod(0o755)
        keeper = Thread(target=_answer, args=(door,))
        keeper.start()
        try:
            yield
        finally:
            door.shutdown(socket.SHUT_RDWR)
            keeper.join()


def _answer(door: socket.socket) -> None:
    """Run what is asked for, one call after the other, until the door is shut."""
    while True:
        try:
            way, _ = door.accept()
        except OSError:
            return
        with way:
            header, files, _, _ = socket.recv_fds(way, HEADER_BYTES, STREAMS_COUNT)
            with way.makefile("rb") as stream:
                arguments, cwd, environ = json.loads(stream.read(int(header)))
            stdin, stdout, stderr = files
            started = processes.start(*arguments, environ=environ, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr)
            for file in files:
                os.close(file)
            code = started.wait()
            way.sendall(str(code if code >= 0 else 128 - code).encode())
