"""Whether a line that tells of a start tells of that of a process: not of one thing in it, nor of a part of it."""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later
from logdiag.parsers.lexicon.vocabulary import load_vocabulary

# What stands before a message as its subject, and a thing of the application's that starts behind it.
_LABEL: Final = compile_later(r"\W{0,4}(?:\[[^\]\n]{1,30}\]|[\w.]{1,30}(?=: | [|-] ))\W{1,4}(?=\w)")
_STARTED: Final = compile_later(r"(?i)(?:the |a |new )?[a-z]{2,20}(?: [a-z]{2,20})? (?:has |is |was )?started\b")
# Parts of a program that start many times in one life of it: `Starting reconnect`, `Socket polling started`.
_ROUTINE: Final = (
    r"(?:re-?connect\w*|engine(?![ .]?io\b)|polling|timers?|interval|(?:\w+[ -])?(?:loop|reader|writer)|subscription"
    r"|handshake|ping|heartbeats?|keep-?alive|backoff|retry|retries|attempts?)"
)
_ROUTINE_STARTED: Final = compile_later(
    rf"(?i)\b(?:start(?:ing|ed)?|initiali[sz](?:ing|ed)|running) (?:the |an? |new )?(?:(?:web ?)?socket )?{_ROUTINE}\b"
    rf"|\b{_ROUTINE} (?:has |is |was )?(?:start(?:ed|ing)|initiali[sz]ed|running)\b"
)


def is_of_a_part(template: str) -> bool:
    """Whether a socket is but the label of a line that starts something else, or what starts is a part of a program.

    `[SOCKETIO] Race started!`, `SocketManager: Starting reconnect`.
    """
    if _ROUTINE_STARTED.search(template):
        return True
    label = _LABEL.match(template)
    if label is None or _STARTED.match(template, label.end()) is None:
        return False
    vocabulary = load_vocabulary()
    rest = vocabulary.read(template[label.end() :])
    return not any(vocabulary.letters[name] in rest for name in ("link", "server"))
