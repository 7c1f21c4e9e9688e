"""Why the sockets of a Worker-Master Socket.IO system disconnect, from their logs alone.

`diagnose` reads logs and says what happened and why; `timeline` gives their lines in one order of time; `read_csv`
reads the tables that the command line writes. What they need is loaded when it is first asked for: `import logdiag`
costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from logdiag.api import diagnose as diagnose
    from logdiag.api import timeline as timeline
    from logdiag.errors import LogdiagError as LogdiagError
    from logdiag.frame import read_csv as read_csv
    from logdiag.merging.entries import Entry as Entry
    from logdiag.results.diagnosis import Diagnosis as Diagnosis

__version__: Final = "0.1.0"
__all__ = ["Diagnosis", "Entry", "LogdiagError", "__version__", "diagnose", "read_csv", "timeline"]
HOMES: Final = {
    "Diagnosis": "logdiag.results.diagnosis",
    "Entry": "logdiag.merging.entries",
    "LogdiagError": "logdiag.errors",
    "diagnose": "logdiag.api",
    "read_csv": "logdiag.frame",
    "timeline": "logdiag.api",
}


def __getattr__(name: str) -> object:
    """Load what is public when it is first asked for."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
