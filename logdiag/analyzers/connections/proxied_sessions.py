"""Sessions that a proxy alone tells of: each access line of an upgraded connection is one that is over.

Where an application's lines tell of its connections, those of the proxy would count them twice: they tell nothing more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from logdiag.analyzers.sides.side_clues import count_overlaps
from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, Event, EventKind, Identity
from logdiag.results.patterns import PatternKind

ADDRESS: Final = "address"
MS: Final = 1e-3  # of a second, the unit of `value` where a form has no other
# By the first word of a rule's id: whether its lines are stamped with the begin, and the unit of `value` in s.
FORMS: Final[Mapping[str, tuple[bool, float]]] = {
    "haproxy": (True, MS),
    "envoy": (True, MS),
    "traefik": (True, MS),
    "traefikjson": (True, 1e-9),  # a number of Go's time.Duration
    "nginx": (False, 1.0),  # $request_time, in s
    "caddy": (False, 1.0),  # its field is in s by default
}
# HAProxy's date of the begin: where it is not the stamp of the line, that is syslog's, of the end.
ACCEPTED: Final = compile_later(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\]")
CREATED: Final = compile_later(r'" \d+ (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+)Z "')  # ALB: behind the rule's priority
CLIENT: Final = compile_later(r"\bclient: ([0-9A-Fa-f.:]{3,45}),")  # of nginx's error log
FORWARDED: Final = compile_later(r'\bfwd="([^",]{1,60})')  # of Heroku's router
FIRST_ADDRESS: Final = compile_later(r"^(?:\S+: )?((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f:]{3,45}):\d{1,5} ")
SERVED: Final = compile_later(r"^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}$")
POLLING: Final = "transport=polling"
SAME_END: Final = timedelta(seconds=1.5)  # nginx stamps whole seconds in both of its logs
MOST_AT_ONCE: Final = 1  # of one client's: who has more at the same time is a network, or the next proxy
ENDED_IN_ORDER: Final = (
    "ended in order"  # nobody cut it, by the word of the proxy; which end closed it, that leaves open
)
CLIENT_GONE: Final = "client went away"
WORDS: Final[Mapping[str | None, str]] = {
    PatternKind.IDLE.value: "idle timeout",
    PatternKind.CONNECTION_AGE.value: "maximum duration reached",
    "client": CLIENT_GONE,
    "server": "server went away",
    "order": ENDED_IN_ORDER,
}


class _Lasted(NamedTuple):
    """A line of a connection that is over: from when to when it was open, and whose it was."""

    line: Event
    opened: datetime | None
    closed: datetime
    address: str | None


class ProxiedEvents(NamedTuple):
    """The events, and how many ends of connections among them proxies alone tell of."""

    events: list[Event]
    ends_count: int


def tell_proxied_sessions(events: Sequence[Event]) -> ProxiedEvents:
    """The events, where the lines of proxies are connects and ends if no others tell of any; else without them."""
    if any(event.kind in BOUNDS for event in events):
        return ProxiedEvents([event for event in events if event.kind is not EventKind.PROXY_SESSION], 0)
    told = [lasted for event in _drop_copies(events) if (lasted := _measure(event)) is not None]
    notes = [event for event in events if _is_note(event)]
    noted = _pair_notes(told, notes)
    paired = {id(note) for note in noted.values()}
    lone = [_Lasted(note, None, note.time, _find_address(note)) for note in notes if id(note) not in paired]
    rows = [*told, *lone]
    shared = _find_shared(rows)
    used = {id(one.line) for one in rows} | paired
    found = [event for event in events if id(event) not in used and event.kind is not EventKind.PROXY_SESSION]
    for number, one in enumerate(rows, 1):
        found += _write(one, noted.get(id(one.line), one.line), number, shared)
    return ProxiedEvents(found, len(rows))


def _drop_copies(events: Iterable[Event]) -> list[Event]:
    """The lines of proxies, each once though it stands in several files of a folder."""
    first: dict[tuple[str, datetime, str], str] = {}
    return [
        event
        for event in events
        if event.kind in {EventKind.PROXY_SESSION, EventKind.PROXY_TIMEOUT}
        and first.setdefault((event.source, event.time, event.message), event.file) == event.file
    ]


def _is_note(event: Event) -> bool:
    """Whether a line says that a limit ended a connection, and not how long that lasted: of an error log."""
    return event.kind is EventKind.PROXY_TIMEOUT and event.value is None and POLLING not in event.message


def _measure(event: Event) -> _Lasted | None:
    """From when to when the connection of a line was open; None where it does not tell."""
    if POLLING in event.message:
        return None
    is_begin, unit_s = FORMS.get((event.rule or "").partition("-")[0], (False, MS))
    created = CREATED.search(event.message) if event.value is None else None
    if created is not None:
        opened = datetime.fromisoformat(created[1]).replace(tzinfo=UTC)
        return None if opened > event.time else _Lasted(event, opened, event.time, _find_address(event))
    if event.value is None:
        return None
    lasted = timedelta(seconds=event.value * unit_s)
    if is_begin and ACCEPTED.search(event.message) is None:
        return _Lasted(event, event.time, event.time + lasted, _find_address(event))
    return _Lasted(event, event.time - lasted, event.time, _find_address(event))


def find_end(event: Event) -> datetime | None:
    """When the connection ended that a line of a proxy tells of; None where it does not tell."""
    if _is_note(event):
        return event.time
    lasted = _measure(event)
    return None if lasted is None else lasted.closed


def _find_address(event: Event) -> str | None:
    """The address of the client: that which the rule took, else that of the form."""
    if event.channel:
        return event.channel.partition(",")[0].strip()
    for form in (CLIENT, FORWARDED, FIRST_ADDRESS) if event.kind is EventKind.PROXY_TIMEOUT else ():
        if (found := form.search(event.message)) is not None:
            return found[1]
    return event.service if SERVED.search(event.service) else None


def _pair_notes(told: Sequence[_Lasted], notes: Iterable[Event]) -> dict[int, Event]:
    """By the identity of its line, the note of an error log on the connection of an access line: each once."""
    by_address: dict[str | None, list[_Lasted]] = defaultdict(list)
    for one in told:
        by_address[one.address].append(one)
    found: dict[int, Event] = {}
    for note in notes:
        near = [one for one in by_address[_find_address(note)] if abs(one.closed - note.time) <= SAME_END]
        free = [one for one in near if id(one.line) not in found]
        if free:
            found[id(min(free, key=lambda one: abs(one.closed - note.time)).line)] = note
    return found


def _find_shared(rows: Iterable[_Lasted]) -> set[str]:
    """The addresses that are no single client's: they have several connections open at the same time."""
    lives: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in rows:
        if one.address is not None and one.opened is not None:
            lives[one.address].append((one.opened.timestamp(), one.closed.timestamp()))
    return {address for address, own in lives.items() if count_overlaps(sorted(own)) > MOST_AT_ONCE}


def _write(one: _Lasted, said: Event, number: int, shared: set[str]) -> list[Event]:
    """The connect and the end, with why it ended in the words of the line that says so."""
    client = None if one.address is None or one.address in shared else Identity(ADDRESS, one.address)
    base = replace(
        one.line,
        socket_id=f"#{number}",
        client=client,
        identity=None,
        writer=None,
        reason=None,
        code=None,
        channel=None,
        value=None,
    )
    end = replace(base, kind=EventKind.SERVER_DISCONNECTED, time=one.closed, reason=_word(said))
    if one.opened is None:
        return [end]
    return [replace(base, kind=EventKind.SERVER_CONNECTED, time=one.opened), end]


def _word(said: Event) -> str | None:
    """Why it ended, with the proxy's own word for it; None where that says nothing."""
    words = WORDS.get(said.code)
    if words is None or said.reason is None:
        return words
    own = re.search(rf"(?<![\w&?]){re.escape(said.reason)}(?!\w)", said.message, re.IGNORECASE)
    return f"{words} ({said.reason.upper() if own is None else own[0]})"
