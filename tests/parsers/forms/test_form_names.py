"""The name of the form that JSON lines are in."""

from __future__ import annotations

from logdiag.parsers.forms.form_names import name_form
from tests.folding import each

WINSTON = b'{"level":"info","message":"up","timestamp":"2025-11-14 16:00:00.000"}'
PINO = b'{"level":30,"time":1763136000000,"msg":"up","pid":7,"hostname":"w"}'


@each(
    ("lines", "name"),
    [
        ([WINSTON, WINSTON, PINO], "winston"),
        ([WINSTON, PINO, PINO], "pino"),
        ([b"api-1  | " + PINO], "docker-compose pino"),
        ([b'{"torn":'] * 3 + [PINO], "pino"),
        ([b'{"torn":'], "json"),
        ([], "json"),
    ],
)
def test_a_form_is_that_of_most_lines(lines: list[bytes], name: str) -> None:
    """With what stands before them; lines that cannot be read have none."""
    assert name_form(lines) == name
