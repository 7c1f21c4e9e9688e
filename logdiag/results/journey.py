"""The result of `logdiag trace`, frozen and free of pandas; field names and order are those of its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logdiag.results.evidence import Evidence, Number


class JourneyEnd(StrEnum):
    """Where a message ended, as far as the logs tell."""

    DELIVERED = "delivered"
    FAILED = "failed"
    SUSPECT = "suspect"
    RESENT = "resent"
    UNKNOWN = "unknown"


class LinkState(StrEnum):
    """Whether the connection was up."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


class Understood(StrEnum):
    """What the text asked for was taken to be."""

    ID = "id"
    ID_PART = "id-part"
    ID_BEGINNING = "id-beginning"
    TEXT = "text"
    NOTHING = "nothing"


class Tie(StrEnum):
    """Why a line is part of the story: it holds the text, it tells of the push, or of the connection."""

    NAMED = "named"
    PUSH = "push"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class Mention:
    """A line of a log; `source` is its folder."""

    time: datetime
    source: str
    service: str
    message: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Hop:
    """One step on the way. `after_ms` counts from the first line that is about the message itself.

    `role` is the kind of the event, `line` for one that no rule knows, `unlogged-end` for a session that ended without
    a word. `link` is the state of the client's connection once this step was done, `link_since` when that began.
    `order_unknown`: a line of another file has the same instant.
    """

    time: datetime
    after_ms: float
    role: str
    tie: Tie
    connection: str
    service: str
    message: str
    link: LinkState
    link_since: datetime | None
    order_unknown: bool
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Caveat:
    """What the story takes for granted and the logs do not say."""

    id: str
    numbers: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Subject:
    """A message that the text may mean; `message_id` is None for a push, or lines, that name none."""

    message_id: str | None
    connection: str | None
    time: datetime
    end: JourneyEnd
    why: str


@dataclass(frozen=True, slots=True)
class Story:
    """The way of one message. `hops_count` and `others_count` count what is too much to list as well.

    `others` are the lines within a second of the message's own that are not about it.
    """

    subject: Subject
    numbers: Mapping[str, Number]
    hops: tuple[Hop, ...]
    hops_count: int
    others: tuple[Mention, ...]
    others_count: int
    assumptions: tuple[Caveat, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked through."""

    files_count: int
    lines_count: int
    matched_count: int
    messages_count: int
    pushes_count: int


@dataclass(frozen=True, slots=True)
class Journey:
    """The answer: a story if the text means one message, the messages that it may mean if there are several."""

    text: str
    understood: Understood
    looked: Looked
    matches_count: int
    matches: tuple[Subject, ...]
    story: Story | None
