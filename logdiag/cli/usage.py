"""What Typer says of wrong usage, in the words of our own texts; what it has not said before stays as it is."""

from __future__ import annotations

import re
from typing import Final

from logdiag.cli.misses import find_near
from logdiag.texts.sentences import Sentence, say

# Sentence → what Typer says, or pydantic below it.
WORDINGS: Final = {
    "usage.no_such_option_but": r"No such option: (?P<name>.+) \(Possible options: (?P<near>.+)\)",
    "usage.no_such_option": r"No such option: (?P<name>.+)",
    "usage.no_command": r"Missing command\.",
    "usage.no_such_command": r"No such command (?P<name>.+)\.",
    "usage.no_argument": r"Option (?P<name>.+) requires an argument\.",
    "usage.takes_no_value": r"Option (?P<name>.+) does not take a value\.",
    "usage.unexpected": r"Got unexpected extra argument\(s\) \((?P<names>.+)\)",
    "usage.invalid": r"Invalid value for (?P<name>.+?): (?P<why>.+)",
    "value.no_choice": r"Value error, (?P<text>.+) is not one of (?P<known>.+)\.",
    "value.no_number": r"Input should be a valid integer.*",
    "value.no_side": r"(?P<text>.+) is not NAME=client or NAME=server",
    "value.no_limit": r"(?P<text>.+) is not NAME=VALUE with one of (?P<known>.+)",
    "value.no_amount": r"(?P<text>.+) is no number or size such as 500 or 2GiB",
    "value.out_of_range": r"(?P<text>.+) is not from (?P<least>.+) to (?P<most>.+)",
    "value.too_small": r"(?P<text>.+) is not 1 or more",
}


def _suggest(text: str, known: str) -> Sentence:
    """Name the choices, and that which was perhaps meant."""
    near = find_near(text.strip("'"), re.findall(r"'([^']*)'", known))
    return say("value.no_choice_but" if near else "value.no_choice", text=text, known=known, near=near)


def find_sentence(message: str) -> str | Sentence:
    """Return the sentence that says the same, or the message itself if there is none."""
    for key, pattern in WORDINGS.items():
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            values: dict[str, str | Sentence] = found.groupdict()
            if "why" in values:
                values["why"] = find_sentence(found["why"])
            if key == "value.no_choice":
                return _suggest(found["text"], found["known"])
            return say(key, **values)
    return message
