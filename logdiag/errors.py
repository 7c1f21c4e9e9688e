"""What can go wrong outside logdiag: one class for each thing that a caller can do about it."""


class LogdiagError(Exception):
    """Base of all errors whose message is meant for the user: `place: what is wrong`, with the remedy."""


class InputError(LogdiagError):
    """A path, a time or an option cannot be used; or not one line of the input could be parsed."""


class RuleError(LogdiagError):
    """A rule file is not valid; `problems` holds every fault as `file: key: reason`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class OutputError(LogdiagError):
    """The result could not be written."""
