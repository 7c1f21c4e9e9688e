"""What collectors put before the brace of a JSON line."""

from __future__ import annotations

from logdiag.parsers.forms.prefixes import PREFIXES, has_prefix, split_prefix
from tests.folding import each

INNER = '{"level":"info"}'


@each(
    ("prefix", "stamp"),
    [
        ("2025-11-14T16:00:00.123456789Z stdout F ", "2025-11-14T16:00:00.123456789Z"),
        ("2025-11-14T16:00:00.1+08:00 stderr P ", "2025-11-14T16:00:00.1+08:00"),
        ("worker-1  | ", None),
        ("2025-11-14 16:00:00 +08:00: ", "2025-11-14 16:00:00 +08:00"),
        ("2025-11-14T16:00:00: ", "2025-11-14T16:00:00"),
        ("2025-11-14T16:00:00.123Z: ", "2025-11-14T16:00:00.123Z"),
        ("0|worker  | 2025-11-14 16:00:00: ", "2025-11-14 16:00:00"),
        ("0|worker  | ", None),
        ("\ufeff", None),
    ],
)
def test_prefixes_are_taken_off(prefix: str, stamp: str | None) -> None:
    """What containerd, docker compose and pm2 write before the brace, and a byte order mark where files were joined."""
    found = split_prefix(prefix + INNER)
    assert (found.stamp, found.inner) == (stamp, INNER)
    assert has_prefix((prefix + INNER).encode())


@each(
    ("prefix", "process"),
    [
        ("worker-1  | ", "worker-1"),
        ("worker-1  | 2025-11-14T16:00:00.123Z ", "worker-1"),
        ("0|worker  | ", "0"),
        ("3|worker  | 2025-11-14 16:00:00: ", "3"),
        ("[pod/worker-7d9f8b6c5-x9z/app] ", "worker-7d9f8b6c5-x9z/app"),
        ("worker-7d9f8b6c5-x9z app ", "worker-7d9f8b6c5-x9z"),
        ("shop_worker.1.ab12@node1    | ", "shop_worker.1.ab12@node1"),
        ("2025-11-14T16:00:00.123456+00:00 app[web.2]: ", "web.2"),
        ("2025-11-14T16:00:00.123456789Z stdout F ", None),
    ],
)
def test_prefixes_tell_which_process_wrote(prefix: str, process: str | None) -> None:
    """What collects the lines of several processes says before each whose it is."""
    assert split_prefix(prefix + INNER).process == process


@each(
    "line",
    [
        INNER,
        "Server listening { port: 3000 }"[:17],
        "Error: {",
        "    at Socket.onclose (/app/x.js:1:2) {",
        "emitting { a: 1 }",
        "2025-11-14T16:00:00.1Z stdout F Server started",
        "x" * 100_000 + " {",
        "1|" + "|" * 100_000,
    ],
    ids=lambda line: line[:20],
)
def test_other_beginnings_are_no_prefixes(line: str) -> None:
    """Prose before a brace is prose."""
    assert split_prefix(line) == (None, None, line)
    assert not has_prefix(line.encode())


def test_each_prefix_has_a_name_of_its_own() -> None:
    """The table has one row for each writer."""
    assert len({name for name, _ in PREFIXES}) == len(PREFIXES)
