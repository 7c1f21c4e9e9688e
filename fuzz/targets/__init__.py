"""What is fuzzed, one module a target: `SEEDS` to begin with, and `check(data)`."""

from __future__ import annotations

import pkgutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def list_names() -> list[str]:
    """The names of all targets."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


@contextmanager
def written(data: bytes, name: str) -> Iterator[Path]:
    """A file of its own with these bytes, for as long as they are looked at."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        yield path
