"""What logdiag knows: the catalogue with its words in one language, the ids by which people ask for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from logdiag.renderers.document import (
    Inline,
    flatten,
)
from logdiag.renderers.phrases import Phrases

# The floor of each word for a weight in nats: 1 nat makes a cause 2.7 times likelier, 2.5 twelve times, 4 fifty times.
STRENGTHS: Final = ((4.0, "decisive"), (2.5, "strong"), (1.0, "some"), (0.01, "slight"))
KINDS: Final = "kinds"  # the word whose entry lists the kinds of events
CLOSE_CODE_DIGITS: Final = 4  # RFC 6455: 1000 to 4999
CLOSE_CODES: Final = "close-codes"  # the word whose entry tells the codes apart
SUGGESTIONS_SHOWN: Final = 3
# Which text of an id is its title.
TITLES: Final = {"check": "ask", "blind_spot": "text"}
# Tables of the texts, or keys in one, whose words stand in reports, and the entry that tells of each; None: that of the
# key itself.
WORD_TABLES: Final[Mapping[str, str | None]] = {
    "verdict": "verdict",
    "confidence": "confidence",
    "severity": "finding",
    "kind": KINDS,
    "event_kind": KINDS,
    "pattern_kind": None,
    "role": None,
    "outcome": "push",
    "fate": None,
    "remark.on-beat": "beat",
    "remark.off-beat": "beat",
    "remark.early": "beat",
    "remark.late": "beat",
    "remark.missed-beats": "beat",
    "remark.in-burst": "burst",
    "remark.push-under-way": "push",
    "remark.orderly": "orderly-stop",
    "remark.departure": "departure",
    "remark.unlogged": "unlogged-disconnect",
}
FILLED: Final = re.compile(r"\{[^{}]*\}")  # what a text leaves open for numbers and names


@dataclass(frozen=True, slots=True)
class Weight:
    """What a check counts for a cause, in nats; `is_hard`: a no rules it out, `is_needed`: it takes a yes."""

    check: str
    supports_nats: float
    refutes_nats: float
    is_hard: bool
    is_needed: bool


@dataclass(frozen=True, slots=True)
class CauseSource:
    """Where a cause is described."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ExplainedCause:
    """A cause of the catalogue."""

    id: str
    weights: tuple[Weight, ...]
    sources: tuple[CauseSource, ...]


class Explainer:
    """The catalogue and the words, in one language."""

    def __init__(self, entries: Sequence[ExplainedCause], language: str = "en") -> None:
        self.phrases = Phrases(language)
        self.entries: Mapping[str, ExplainedCause] = {entry.id: entry for entry in entries}
        checks = dict.fromkeys(weight.check for entry in entries for weight in entry.weights)
        self.ids: Mapping[str, tuple[str, ...]] = {
            "cause": tuple(self.entries),
            "check": tuple(checks),
            "finding": self._list_ids("finding", "title"),
            "blind_spot": self._list_ids("blind_spot", "text"),
            "term": self._list_ids("term", "title"),
        }
        self._words = self._list_words()

    def _list_ids(self, table: str, part: str) -> tuple[str, ...]:
        pieces = (key.split(".") for key in self.phrases.texts)
        return tuple(piece[1] for piece in pieces if len(piece) == 3 and (piece[0], piece[2]) == (table, part))

    def _list_words(self) -> dict[str, str]:
        """The ids as people may write them, and the words of reports: written alike -> the id of an entry."""
        words: dict[str, str] = {}
        for table, entry in WORD_TABLES.items():
            for key, text in self.phrases.texts.items():
                is_meant = key == table or key.startswith(f"{table}.")
                if is_meant and (known := entry or self._find_id(key.partition(".")[2])):
                    words |= {_write_alike(key.partition(".")[2]): known, _write_alike(FILLED.sub("", text)): known}
        for kind, ids in self.ids.items():
            words |= {_write_alike(self.title(kind, name)): name for name in ids}
        return words | {name: name for ids in self.ids.values() for name in ids}

    def _find_id(self, name: str) -> str | None:
        return name if self.kind_of(name) is not None else None

    def find(self, asked: str) -> str | None:
        """Return the id of what a person asked for: an id, however written, or a word or title that reports show."""
        if asked.isdecimal() and len(asked) == CLOSE_CODE_DIGITS:
            return CLOSE_CODES
        return self._words.get(asked) or self._words.get(_write_alike(asked))

    def kind_of(self, identifier: str) -> str | None:
        """Tell whether an id is that of a cause, a check, a finding, a blind spot or a term; None if of none."""
        return next((kind for kind, ids in self.ids.items() if identifier in ids), None)

    def suggest(self, identifier: str) -> list[str]:
        """Return the known ids closest to a wrong one, best first."""
        known = [name for ids in self.ids.values() for name in ids]
        words = "-".join(identifier.lower().replace("_", "-").split())
        near = get_close_matches(words, known, SUGGESTIONS_SHOWN, cutoff=0.5)
        parts = [part for part in words.split("-") if len(part) > 2]
        near += [name for name in known if any(part in name for part in parts) and name not in near]
        return near[:SUGGESTIONS_SHOWN]

    def title(self, kind: str, identifier: str) -> str:
        """Return the short text of an id."""
        return flatten(self.phrases.outline(f"{kind}.{identifier}.{TITLES.get(kind, 'title')}", identifier))

    def group(self, kind: str, identifier: str) -> str:
        """Return the heading under which an id is listed."""
        group = self.phrases.texts.get(f"{kind}.{identifier}.group")
        return self.phrases.text(f"explain_group.{group or 'other'}")

    def strength(self, nats: float) -> str:
        """Put a weight into a word."""
        name = next((name for floor, name in STRENGTHS if nats >= floor), "none")
        return self.phrases.text(f"strength.{name}")

    def shape(self, key: str) -> Inline:
        """Return a text of a report with its numbers left open."""
        return self.phrases.outline(key, key.rpartition(".")[0])


def _write_alike(text: str) -> str:
    """Write an id, a word or a title so that case, marks and what joins its words make no difference."""
    return "-".join(re.findall(r"[^\W_]+", text.lower()))
