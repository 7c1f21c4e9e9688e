"""Which lines tell of a deed: what was sent, refused, begun or done."""

from __future__ import annotations

from logdiag.parsers.lexicon.ends import tells_of_a_deed
from tests.folding import each


@each(
    "template",
    [
        "Uploading snapshot of <n> bytes",
        "kicking client <id>",
        "cron job nightly started",
        "Token expired for user <id>",
        "reloading configuration",
        "定时同步开始",
    ],
)
def test_a_line_of_what_is_done_tells_of_a_deed(template: str) -> None:
    """A push, a kick, a job, a token that expires may be what ends a connection."""
    assert tells_of_a_deed(template)


@each(
    "template", ["START RequestId: <id> Version: $LATEST", "[onPause]", "handler entered", "closing client connection"]
)
def test_a_line_of_a_handler_tells_of_no_deed(template: str) -> None:
    """That a call begins, a handler is entered or a socket closed says of nothing that it was done to it."""
    assert not tells_of_a_deed(template)
