"""Handshakes that a server refuses with a reason of its own, and whether it lets anybody in at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from logdiag.analyzers.attempts.connect_errors import ConnectError
from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.rows import Rows
from logdiag.verdict import Severity

REFUSED_VERSIONS: Final = "refused-versions"
REFUSED_ORIGINS: Final = "refused-origins"
ALL_REFUSED: Final = "all-refused"
STATED_ERRORS: Final = "stated-errors"
LEAST_STATED: Final = 3  # as for refusals: one or two say nothing of the rest
STATED: Final = (
    (REFUSED_VERSIONS, compile_later(r"(?i)unsupported (?:protocol )?version")),
    (
        REFUSED_ORIGINS,
        compile_later(
            r"(?i)\bnot an (?:accepted|allowed) origin|\borigin\b[^\n]{0,80}\bnot (?:allowed|accepted|permitted)\b"
            r"|\b(?:invalid|forbidden|disallowed|rejected) origin\b"
        ),
    ),
)
LEAST_ALL: Final = 10  # a choice: fewer may be a tab that was left open, while nobody else came
# python-engineio logs such an error once for all, unless it is told to log at level INFO.
SAID_ONCE: Final = compile_later(r"(?i)further occurrences")
# What stands in the logs of a server that nobody reaches; anything else may tell of a client that got in.
OF_NOBODY: Final = frozenset(
    {
        *(EventKind.SERVER_ERROR, EventKind.PROXY_REFUSAL, EventKind.PROXY_RELOAD, EventKind.SETTING),
        *(EventKind.SERVER_STARTED, EventKind.SERVER_STOPPING, EventKind.PROCESS_STARTED, EventKind.PROCESS_STOPPING),
        *(EventKind.TIMER_ANNOUNCED, EventKind.IGNORED),
    }
)
DIGITS: Final = compile_later(r"\d+")
PYTHON: Final = compile_later(r"(?i)client is using an unsupported version")
NODE: Final = compile_later(r"(?i)unsupported protocol version")
NEWER_CLIENT: Final = compile_later(r"(?i)server in v2\.x with a v3\.x client")
NEWER_SERVER: Final = compile_later(r"(?i)server in v3\.x with a v2\.x client")
EIO: Final = compile_later(r"[?&]EIO=(\d)\b")


class VersionClash(NamedTuple):
    """Whose library refuses (`python`, `node`) and which side is the newer one, as far as lines tell."""

    library: str | None
    newer: str | None


NO_CLASH: Final = VersionClash(None, None)


def list_stated(timeline: Rows) -> Mapping[str, Rows]:
    """The lines by which a server states why it refuses a handshake, by the finding that tells of them."""
    rows = timeline.of_kinds({EventKind.SERVER_ERROR})
    texts = rows["message"].tolist()
    return {name: rows[[words.search(text) is not None for text in texts]] for name, words in STATED}


def list_moments_of_refusals(timeline: Rows, stated: Rows) -> list[datetime]:
    """When each refusal was: by its access line where that is the next line, for a print has the time before it."""
    access = _list_access(timeline)
    places = zip(access["file"].tolist(), access["line"].tolist(), strict=True)
    told = dict(zip(places, access.moments(), strict=True))
    own = zip(stated.moments(), stated["file"].tolist(), stated["line"].tolist(), strict=True)
    return [max(moment, told.get((file, line + 1), moment)) for moment, file, line in own]


def _list_access(timeline: Rows) -> Rows:
    return timeline.of_kinds({EventKind.PROXY_REFUSAL})


def find_all_refused(timeline: Rows) -> tuple[ConnectError, ...]:
    """The refusals, where each handshake of an access log was refused with a stated reason, and nobody ever got in.

    Without an access log nobody knows who got in beside them; that it holds no accepted one is asked of its lines.
    """
    kinds = {EventKind(kind) for kind in set(timeline["kind"])}
    access = _list_access(timeline)
    if not kinds <= OF_NOBODY or len(access) < LEAST_ALL:
        return ()
    rows = timeline.join(*list_stated(timeline).values())
    texts = rows["message"].tolist()
    if not texts or (len(rows) < len(access) and not all(SAID_ONCE.search(text) for text in texts)):
        return ()
    codes = set(access["code"].tolist())
    code = codes.pop() if len(codes) == 1 else None
    places = zip(rows["file"].tolist(), rows["line"].tolist(), strict=True)
    return tuple(
        ConnectError(moment, text, code, Evidence(file, int(line)))
        for moment, text, (file, line) in zip(list_moments_of_refusals(timeline, rows), texts, places, strict=True)
    )


def tell_all_refused(refused: Sequence[ConnectError], name: str, told: str, end: datetime) -> tuple[Finding, ...]:
    """The finding for a server, by its name, that lets nobody in; `told` is the commonest reason of some refusals."""
    first, last = min(one.time for one in refused), max(one.time for one in refused)
    numbers: dict[str, Number] = {
        "connection": name,
        "connections_count": 1,
        "count": len(refused),
        "first_time": first.isoformat(),
        "last_time": last.isoformat(),
        "down_s": (end - first).total_seconds(),
        "told": told,
    }
    return (Finding(ALL_REFUSED, Severity.ERROR, numbers, tuple(one.evidence for one in refused[:SHOWN])),)


def find_stated_errors(timeline: Rows) -> tuple[Finding, ...]:
    """The errors that a server states, where no line tells of a connection: they are all there is to go by."""
    errors = timeline.of_kinds({EventKind.SERVER_ERROR})
    texts = errors["message"].tolist()
    if len(texts) < LEAST_STATED:
        return ()
    kinds = Counter(DIGITS.sub("#", text) for text in texts)
    most, told_count = kinds.most_common(1)[0]
    told = next(text for text in texts if DIGITS.sub("#", text) == most)
    rows = errors[errors["message"] == told][:SHOWN]
    places = zip(rows["file"].tolist(), rows["line"].tolist(), strict=True)
    numbers: dict[str, Number] = {"count": len(texts), "told": told.rstrip("."), "told_count": told_count}
    return (Finding(STATED_ERRORS, Severity.INFO, numbers, tuple(Evidence(file, int(line)) for file, line in places)),)


def find_version_clash(timeline: Rows, errors: Sequence[ConnectError]) -> VersionClash:
    """Which side of two that speak different versions is newer, by what was said and by the URLs that were refused.

    Engine.IO of Node refuses older clients alone; python-engineio refuses both, and the request names the client's.
    """
    texts = [*list_stated(timeline)[REFUSED_VERSIONS]["message"], *(one.words for one in errors)]
    if any(NEWER_CLIENT.search(text) for text in texts):
        return VersionClash("node", "client")
    if any(NODE.search(text) or NEWER_SERVER.search(text) for text in texts):
        return VersionClash("node", "server")
    if not any(PYTHON.search(text) for text in texts):
        return NO_CLASH
    asked = {found[1] for text in _list_access(timeline)["message"] if (found := EIO.search(text))}
    newer = {frozenset({"4"}): "client", frozenset({"3"}): "server"}.get(frozenset(asked))
    return VersionClash("python", newer)
