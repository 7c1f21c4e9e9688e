"""What can go wrong outside logdiag: one class for each thing that a caller can do about it."""

from __future__ import annotations

from collections.abc import Sequence

from logdiag.texts.sentences import Sentence


class LogdiagError(Exception):
    """Base of all errors that are meant for the user: the key of a sentence in `messages`, and what fills it."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.values = values

    def write(self, language: str = "en") -> str:
        """Say what is wrong, and the remedy."""
        return self.sentence.write(language)

    @property
    def sentence(self) -> Sentence:
        """What is wrong, as part of another sentence."""
        return Sentence(str(self.args[0]), self.values)

    def __str__(self) -> str:
        return self.write()


class InputError(LogdiagError):
    """A path, a time or an option cannot be used; or not one line of the input could be parsed."""


class RuleError(LogdiagError):
    """A rule file is not valid; `problems` holds every fault."""

    def __init__(self, problems: Sequence[Sentence]) -> None:
        super().__init__("rule_fault")
        self.problems = tuple(problems)

    def write(self, language: str = "en") -> str:
        """Say every fault, each on a line of its own."""
        return "\n".join(problem.write(language) for problem in self.problems)


class OutputError(LogdiagError):
    """The result could not be written."""


def reason_of(error: OSError) -> object:
    """Why the system refused: its own words, or the sentence that the error was raised with."""
    return error.strerror or (error.args[0] if error.args and isinstance(error.args[0], Sentence) else error)
