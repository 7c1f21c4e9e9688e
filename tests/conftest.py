"""The option and the fixture for golden files: what people read is compared as a whole; and a web server."""

from __future__ import annotations

import functools
import gc
import http.server
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final

import pytest

from logdiag.__main__ import ALLOCATIONS_BEFORE_COLLECTION, COLLECTIONS_BEFORE_THE_NEXT
from tests.effort import load_profile
from tests.folders import LAB_NAMES, SAMPLE_NAMES

load_profile()  # before any test module asks how many examples it may try
# Where the environment forbids to keep compiled modules (as images of containers do), each process that a test starts
# would compile logdiag anew, which takes 1.3 s, and each worker would rewrite the assertions of all tests, 4 s a run.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
gc.set_threshold(ALLOCATIONS_BEFORE_COLLECTION, COLLECTIONS_BEFORE_THE_NEXT)  # as in every run of logdiag

GOLDEN: Final = Path(__file__).parent / "golden"
DIAGNOSED: Final = frozenset({*SAMPLE_NAMES, *LAB_NAMES})
GROUPED_COUNT: Final = 50  # tests of a file that is a group; smaller files fill what is left of a worker's time


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing them")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search nothing for garbage that lives to the end: modules and tests, which took half of a collection's time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one worker run what is about one folder of logs, which it diagnoses once, and most tests file by file.

    The scheduler of pytest-xdist looks at all groups that a worker ever had whenever a test ends, and takes a test
    without a group for one: with a group for each of 9,000 tests that alone takes seconds.
    """
    counts = Counter(item.path for item in items)
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        name = find_diagnosed(item)
        if name is None and counts[item.path] >= GROUPED_COUNT:
            name = item.path.relative_to(item.config.rootpath).as_posix()
        if name is not None:
            item.add_marker(pytest.mark.xdist_group(name))


def find_diagnosed(item: pytest.Item) -> str | None:
    """The name of the folder that a test takes from `diagnose_once`, if its parameters name one."""
    if (
        not isinstance(item, pytest.Function)
        or "diagnose_once" not in vars(item.module)
        or not hasattr(item, "callspec")
    ):
        return None
    names = (Path(value).name for value in item.callspec.params.values() if isinstance(value, str | Path))
    return next((name for name in names if name in DIAGNOSED), None)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that compares text with `tests/golden/NAME`, or writes it with --update-golden."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
        expected = path.read_bytes().decode("utf-8") if path.exists() else ""
        assert text == expected, f"{name} differs; look at it, then run pytest --update-golden"

    return compare


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which a web server lists it."""
    handler = functools.partial(_Silent, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""
