"""Whatever lines a file of text has: a layout is found, and each line is a record, or refused for a reason."""

from __future__ import annotations

from typing import Final

from fuzz.targets import written
from logdiag.errors import InputError
from logdiag.parsers.forms.forms import find_layouts, read_alone
from logdiag.parsers.forms.records import UnreadableError, decode_records, find_shape_fault, find_time
from logdiag.reading import find_log_files, read_lines
from logdiag.reading.lines import Line

SEEDS: Final = (
    (
        b"2025-11-14 16:00:00,123 - app - INFO - connected\nTraceback:\n  File x\n"
        b"2025-11-14 16:00:01,123 - app - INFO - gone\n"
    ),
    b"[Nest] 12 - 11/14/2025, 4:00:00 PM     LOG [Gateway] Client connected: a1\n" * 3,
    b"Fri, 14 Nov 2025 16:00:00 GMT engine intercepting request +2ms\n" * 3,
    b'[2025-11-14T16:00:00.123] [INFO] default - \x1b[32mjoined\x1b[0m {"id":1}\n' * 3,
    b'time=2025-11-14T16:00:00Z level=info msg="closed" code=1006\n' * 3,
    b'Nov 14 16:00:00 host app[12]: {"level":30,"time":1763136000000,"msg":"left"}\n' * 3,
    b"pod-1 app 2025-11-14T16:00:00Z 16:00:00 INFO c.e.App : x\n16:00:01 y\n",
)


def check(data: bytes) -> None:
    """Read a file of these bytes as the lines of its layout, and each line as if it stood alone."""
    with written(data, "x.log") as path:
        try:
            files = find_log_files([str(path)]).files
        except InputError:
            return
        for file, layout in find_layouts(files).items():
            for line in read_lines(file):
                if isinstance(line, Line):
                    raw = line.raw.strip()
                    find_shape_fault(raw, layout)
                    find_time(raw, layout)
                    if not raw:
                        continue  # no line without a byte reaches what follows
                    try:
                        decode_records(raw, layout)
                    except UnreadableError:
                        pass
    for text in data.decode("utf-8", "replace").splitlines()[:20]:
        try:
            read_alone(text)
        except UnreadableError:
            pass
