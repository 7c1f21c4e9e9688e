"""What a program asks of logdiag: the options are those of the command line, under the same names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike, fspath
from typing import TypeAlias

from logdiag.events import EventKind, Side
from logdiag.limits import parse_limits
from logdiag.merging.entries import Entry
from logdiag.merging.query import Query, open_chronicle
from logdiag.pipeline import stages
from logdiag.request import Request
from logdiag.results.diagnosis import Diagnosis

AnyPath: TypeAlias = "str | PathLike[str]"
Paths: TypeAlias = "AnyPath | Iterable[AnyPath]"


def diagnose(  # noqa: PLR0913  one parameter an option
    paths: Paths,
    *more: AnyPath,
    since: str | None = None,
    until: str | None = None,
    around: str | None = None,
    tz: str | None = None,
    rules: Paths = (),
    server_ping_interval_ms: int | None = None,
    server_ping_timeout_ms: int | None = None,
    max_http_buffer_size_bytes: int | None = None,
    scheduler: str | None = None,
    sides: Mapping[str, Side | str] | None = None,
    client_key: str | None = None,
    source: Paths = (),
    limits: Sequence[str] = (),
) -> Diagnosis:
    """Read logs and say why their sockets disconnect.

    `paths` is a file, a folder or a URL, or several of them. Times are as on the command line: "2025-11-14 16:25", or a
    span such as "30m" back from the end of the logs; `tz` is the zone of the stamps that name none. Raises LogdiagError
    where something cannot be read or understood; its text says what, and the remedy.

    >>> import logdiag
    >>> found = logdiag.diagnose("sample_logs/2025-11-14-reference")
    >>> found.verdict.value, found.causes[0].id, round(found.causes[0].confidence, 3)
    ('incident', 'payload-too-large', 0.584)
    >>> [pattern.kind.value for pattern in found.patterns], len(found.disconnects)
    (['timer'], 10)
    >>> found.frame("disconnects")[["index", "time", "outage_s"]].tail(1).to_string(index=False, header=False)
    '10 2025-11-14 16:29:52.608+00:00  1.218'
    """
    request = Request(
        paths=_name_paths(paths, *more),
        since=since,
        until=until,
        around=around,
        zone=tz,
        rules_files=_name_paths(rules),
        server_ping_interval_ms=server_ping_interval_ms,
        server_ping_timeout_ms=server_ping_timeout_ms,
        max_http_buffer_bytes=max_http_buffer_size_bytes,
        scheduler=scheduler,
        sides={name: Side(side) for name, side in (sides or {}).items()},
        client_key=client_key,
        source_paths=_name_paths(source),
        limits=parse_limits(limits),
    )
    return stages.diagnose(request).diagnosis


def timeline(  # noqa: PLR0913  one parameter an option
    paths: Paths,
    *more: AnyPath,
    since: str | None = None,
    until: str | None = None,
    around: str | None = None,
    tz: str | None = None,
    rules: Paths = (),
    services: Iterable[str] = (),
    connections: Iterable[str] = (),
    kinds: Iterable[EventKind | str] = (),
    level: str | None = None,
    grep: str | None = None,
    events: bool = False,
) -> Iterator[Entry]:
    """Yield the lines of all logs in one order of time, without holding them in memory.

    Nothing is read, and nothing raised, before the first entry is asked for. The filters are those of the command line.

    >>> import logdiag
    >>> told = logdiag.timeline("sample_logs/2025-11-14-reference", kinds=["disconnected"], since="30s")
    >>> [f"{entry.time:%H:%M:%S} {entry.message}" for entry in told]
    ['16:29:52 Disconnected from master: transport close']
    """
    query = Query(
        paths=_name_paths(paths, *more),
        since=since,
        until=until,
        around=around,
        zone=tz,
        rules_files=_name_paths(rules),
        services=tuple(services),
        connections=tuple(connections),
        kinds=tuple(map(EventKind, kinds)),
        level=level,
        grep=grep,
        events_only=events,
    )
    with open_chronicle(query) as chronicle:
        yield from chronicle.entries


def _name_paths(*paths: Paths) -> tuple[str, ...]:
    """All paths as text, those of collections too."""
    groups = ([path] if isinstance(path, str | PathLike) else path for path in paths)
    return tuple(fspath(path) for group in groups for path in group)
