"""What collectors put before the brace of a JSON line: a container's name, a time, a process; a new one is a row."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from logdiag.deferred import compile_later

# What stands before the brace. Groups: `stamp`, the time of the prefix, for lines that have none of their own.
PREFIXES: Final = (
    ("byte order mark", "^\ufeff(?=\\{)"),  # where files that have one were joined
    ("containerd", r"^(?P<stamp>\d{4}-\d\d-\d\dT\S+) (?:stdout|stderr) [FP] (?=\{)"),
    ("docker-compose", r"^(?P<process>[\w.-]+) +\| (?=\{)"),
    (
        "pm2",
        (
            r"^(?:(?P<process>\d+)\|\S+ +\| )?"
            r"(?P<stamp>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?[^\s:]*(?: ?[+-]\d\d:?\d\d)?): (?=\{)"
        ),
    ),
    ("pm2-logs", r"^(?P<process>\d+)\|[^|{]+\| (?=\{)"),
    ("kubectl", r"^\[pod/(?P<process>[^\]]+)\] (?:(?P<stamp>\d{4}-\d\d-\d\dT\S+) )?(?=\{)"),
    ("timestamps", r"^(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*) (?=\{)"),
    ("heroku", r"^(?P<stamp>\d{4}-\d\d-\d\dT\S+) [\w./-]+\[(?P<process>[\w.-]+)\]: (?=\{)"),
    ("compose with timestamps", r"^(?P<process>[\w.-]+) +\| (?P<stamp>\d{4}-\d\d-\d\dT\S+) (?=\{)"),
    ("swarm", r"^(?P<process>[\w.-]+@[\w.-]+) +\| (?=\{)"),
    ("stern", r"^(?P<process>[\w.-]+) [\w.-]+ (?:(?P<stamp>\d{4}-\d\d-\d\dT\S+) )?(?=\{)"),
    ("syslog", r"^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \S+ [\w./@-]+(?:\[\d+\])?: (?=\{)"),
    ("journald iso", r"^(?P<stamp>\d{4}-\d\d-\d\dT\S+) \S+ [\w./@-]+(?:\[\d+\])?: (?=\{)"),
    ("syslog 5424", r"^<\d{1,3}>\d{1,2} (?P<stamp>\S+) \S+ \S+ \S+ \S+ (?:-|(?:\[[^\]]*\])+) (?=\{)"),
)
# What a container's runtime, or what reads it, puts before each line of the one program in it.
CAPTURED: Final = tuple(
    f"{name} " for name in ("containerd", "docker-compose", "kubectl", "timestamps", "compose with timestamps", "stern")
)
PREFIX_PATTERNS: Final = tuple(compile_later(pattern, re.ASCII) for _, pattern in PREFIXES)
# Any of them, in one search instead of fourteen: text lines are asked one by one.
PREFIX_SHAPE: Final = compile_later("|".join(re.sub(r"\?P<\w+>", "?:", pattern) for _, pattern in PREFIXES).encode())


class Prefix(NamedTuple):
    """What stands before the brace, taken apart, and the line behind it."""

    stamp: str | None
    process: str | None
    inner: str


def has_prefix(raw: bytes) -> bool:
    """Whether a raw line is a JSON object behind one of the known prefixes, by its beginning alone."""
    return b"{" in raw and PREFIX_SHAPE.match(raw) is not None


def name_prefix(line: str) -> str | None:
    """The name of the prefix that stands before the brace, or None."""
    rows = zip(PREFIXES, PREFIX_PATTERNS, strict=True)
    return next((name for (name, _), pattern in rows if pattern.match(line)), None)


def split_prefix(line: str) -> Prefix:
    """The stamp and the process of the prefix, if it has them, and the line without the prefix."""
    for pattern in PREFIX_PATTERNS:
        if match := pattern.match(line):
            said = match.groupdict()
            return Prefix(said.get("stamp"), said.get("process"), line[match.end() :])
    return Prefix(None, None, line)
