"""From a sentence to the classes of its words, in whatever language: `Client <id> disconnected` → actor, id, close."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import dropwhile, pairwise
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.texts.plain_toml import parse_plain_toml

# Classes that no list of words has: what stands for itself.
WORD: Final = "word"
NAME: Final = "name"
BREAK: Final = "break"
FILLER: Final = "filler"
PRODUCT: Final = "product"
FOREIGN: Final = "foreign"
LINK: Final = "link"
APPLIANCE: Final = "appliance"
THING: Final = "thing"
TOPIC: Final = "topic"
HEADS: Final = frozenset({"hub", "hubs", "socket", "websocket", "ws", "wss", "signalr"})
MASKS: Final[Mapping[str, str]] = {
    "id": "id", "hex": "id", "n": "num", "ip": "ip", "url": "url", "path": "url", "str": WORD, "time": "num",
}  # fmt: skip
OWN_CLASSES: Final = (WORD, NAME, "id", "num", "ip", "url", BREAK)
# Of words that name a logger beside `engineio.server`; those of any other class tell what happened.
NAMING_CLASSES: Final = frozenset({WORD, NAME, LINK, PRODUCT, "actor", "actors", "thing", "part", "server"})
# One letter a class, so that the grammar is a regular expression over letters; none of them is special in one.
FIRST_LETTER: Final = 0x4E00

LONGEST_UNSPACED: Final = 10

_CJK: Final = r"\u3040-\u30ff\u3400-\u9fff"  # kana too: Japanese has no blanks either
_PART: Final = rf"[^\W{_CJK}]"  # of a name beside a masked value: a word without blanks goes on by itself
_LETTER: Final = rf"[^\W\d_{_CJK}]"
_TOKEN: Final = compile_later(
    rf"(?P<masked>(?:{_PART}|[.#@-])*<(?P<mask>[a-z]+)>(?:{_PART}|[%-])*(?:@[\w.-]*\w|/<n>)?)"
    rf"|(?P<address>(?P<local>{_LETTER}[\w.-]*)@[\w.-]*\w)"  # anna@mail.example, ethusdt@trade: one thing's name
    rf"|(?P<cjk>[{_CJK}]+)"
    rf"|(?P<word>{_LETTER}+(?:[.'’-]{_LETTER}+)*)"
    r"|(?P<stop>[,;|，；。、]|[.!?](?=\s|$)|\s[-–—]\s|[–—])"
)
_PARTS: Final = compile_later(r"[.'’-]")
# What no word is by itself: a hyphen behind it parts nothing, and the rest alone may say the contrary.
_BOUND: Final = compile_later(r"\b(de|dis|un|non|in|inter|mis|pre|re)-(?=[a-z])")
_DIACRITICS: Final = str.maketrans({"ı": "i", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "_": " "})
_MASK_OF_NUMBER: Final = compile_later(r"[#+-]?<n>[\w%]{0,5}(?:/<n>)?")


def fold(text: str) -> str:
    """Lower case without accents, underscores as blanks: `Bağlantı_KESİLDİ` → `baglanti kesildi`."""
    if text.isascii():
        return text.lower().replace("_", " ")
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_DIACRITICS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


class _Phrase(NamedTuple):
    rest: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Phrases by their first token, words without blanks, beginnings of words, and the letter of each class.

    Words without blanks stand by their first character, the longest first.
    """

    phrases: Mapping[str, tuple[_Phrase, ...]]
    unspaced: Mapping[str, tuple[tuple[str, str], ...]]
    beginnings: tuple[tuple[str, str], ...]
    letters: Mapping[str, str]

    def read(self, template: str) -> str:
        """The letters of the classes of a masked sentence, without its fillers.

        The name of a product is one where a socket is spoken of, else it is as foreign as a database's.
        """
        names = [name for name in self.name_classes(template) if name != FILLER]
        names = list(dropwhile(BREAK.__eq__, names))  # "!!! Socket closed"
        if PRODUCT in names:
            names = [FOREIGN if name == PRODUCT else name for name in names if name != PRODUCT or LINK not in names]
        if APPLIANCE in names:
            known = THING if _is_at_a_socket(names) else FOREIGN
            names = [known if name == APPLIANCE else name for name in names]
        return "".join(self.letters[name] for name in names)

    def name_classes(self, template: str) -> Iterator[str]:
        """The class of each word or phrase of a masked sentence, in order."""
        tokens = list(_tokenize(fold(template)))
        place = 0
        while place < len(tokens):
            kind, token = tokens[place]
            place += 1
            if kind == "word":
                name, taken = self._find_phrase(token, [text for _, text in tokens[place : place + 8]])
                place += taken
                yield name
            elif kind == "cjk":
                yield from self._split_unspaced(token)
            elif kind == "address":
                name, _ = self._find_phrase(token, [])  # celery@host is a subsystem's, mail.ru in anna@mail.ru is not
                yield name if name == FOREIGN else NAME
            else:
                yield token[1:-1]

    def _find_phrase(self, first: str, following: list[str]) -> tuple[str, int]:
        """The class of the longest phrase that begins with this word, and how many more tokens it takes."""
        for phrase in self.phrases.get(first, ()):
            if tuple(following[: len(phrase.rest)]) == phrase.rest:
                return phrase.name, len(phrase.rest)
        return next((name for beginning, name in self.beginnings if first.startswith(beginning)), WORD), 0

    def _split_unspaced(self, run: str) -> Iterator[str]:
        place, unknown = 0, False
        while place < len(run):
            found, name = "", WORD
            for entry, known in self.unspaced.get(run[place], ()):
                if run.startswith(entry, place):
                    found, name = entry, known
                    break
            if found or not unknown:
                yield name
            unknown = not found
            place += len(found) or 1


def _is_at_a_socket(names: Sequence[str]) -> bool:
    """Whether a sentence names a socket, an identity, a close code, or an address that somebody comes from."""
    return any(name in names for name in (LINK, "id", "code")) or ("from", "ip") in pairwise(names)


def _tokenize(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each token; of a masked value or a break the text is its class in angle brackets."""
    for match in _TOKEN.finditer(text):
        kind = next(name for name in ("masked", "address", "cjk", "word", "stop") if match[name] is not None)
        if kind == "masked":
            yield kind, f"<{_name_mask(match['masked'], match['mask'])}>"
        elif kind == "stop":
            yield kind, f"<{BREAK}>"
        elif kind == "address":
            yield kind, match["local"]
        elif kind == "word":
            yield from (("word", part) for part in _split_word(match["word"]))
        else:
            yield "cjk", match.group()


def _split_word(word: str) -> tuple[str, ...]:
    if word in _list_compounds():
        return (word,)
    return tuple(filter(None, _PARTS.split(_BOUND.sub(r"\1", drop_topic(word) if "." in word else word))))


def drop_topic(name: str) -> str:
    """The head alone of a dotted name that a socket or a hub has by what goes over it: `hub.account`, `ws.api`."""
    head, *rest = name.split(".")
    return head if head.lower() in HEADS and any(part.lower() in _list_topics() for part in rest) else name


def _name_mask(text: str, mask: str) -> str:
    if mask == "n" and not _MASK_OF_NUMBER.fullmatch(text):
        return NAME
    return MASKS.get(mask, WORD)


@cache
def _read_lists() -> dict[str, list[str]]:
    """The folded entries of each class."""
    text = resources.files("logdiag.parsers.lexicon").joinpath("vocabulary.toml").read_text("utf-8")
    content = parse_plain_toml(text)
    return {name: [fold(entry) for words in rows.values() for entry in words] for name, rows in content.items()}


@cache
def _list_topics() -> frozenset[str]:
    return frozenset(_read_lists()[TOPIC])


@cache
def _list_compounds() -> frozenset[str]:
    """Words with a dot, a hyphen or an apostrophe that stand in a list as such: `socket.io`."""
    entries = (entry for entries in _read_lists().values() for entry in entries if _PARTS.search(entry))
    return frozenset(word for entry in entries for word in entry.split() if _PARTS.search(word))


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary of vocabulary.toml. Of a word in two classes the first one counts."""
    phrases: dict[str, dict[tuple[str, ...], str]] = {}
    unspaced: dict[str, str] = {}
    beginnings: list[tuple[str, str]] = []
    lists = _read_lists()
    for name, entries in lists.items():
        for entry in entries:
            if entry.endswith("*"):
                beginnings.append((entry[:-1], name))
                continue
            is_plain = entry.isascii() and entry.replace(" ", "").isalpha()  # as most are
            tokens = [("word", word) for word in entry.split()] if is_plain else list(_tokenize(entry))
            if tokens[0][0] == "cjk":
                unspaced.setdefault(entry, name)
            else:
                phrases.setdefault(tokens[0][1], {}).setdefault(tuple(text for _, text in tokens[1:]), name)
    names = (*OWN_CLASSES, *lists)
    ordered = {
        first: tuple(_Phrase(rest, name) for rest, name in sorted(rows.items(), key=lambda row: -len(row[0])))
        for first, rows in phrases.items()
    }
    letters = {name: chr(FIRST_LETTER + index) for index, name in enumerate(names)}
    return Vocabulary(ordered, _order_unspaced(unspaced), tuple(beginnings), letters)


def _order_unspaced(unspaced: Mapping[str, str]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for entry, name in sorted(unspaced.items(), key=lambda row: -len(row[0])):
        if len(entry) <= LONGEST_UNSPACED:
            found.setdefault(entry[0], []).append((entry, name))
    return {first: tuple(rows) for first, rows in found.items()}


@lru_cache(maxsize=1024)
def is_known_word(word: str) -> bool:
    """Whether a single word has a meaning here, so that it is hardly somebody's name."""
    return any(name != WORD for name in load_vocabulary().name_classes(word))


@lru_cache(maxsize=1024)
def names_a_thing(name: str) -> bool:
    """Whether a bare word stands for a thing, as a logger's may: `app`, `client`; `closed` tells what happened."""
    return NAMING_CLASSES.issuperset(load_vocabulary().name_classes(name))
