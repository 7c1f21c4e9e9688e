"""The quick reader of the package's own TOML files, held against `tomllib`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import logdiag
from logdiag.texts.plain_toml import parse_plain_toml
from tests.folding import each

ROOT = Path(logdiag.__file__).parent
FILES = sorted(ROOT.rglob("*.toml"))


@each("path", FILES, ids=lambda path: path.name)
def test_every_file_of_the_package_is_read_as_tomllib_reads_it(path: Path) -> None:
    """The quick reader checks nothing, so that this is where a fault of a file is noticed."""
    text = path.read_text("utf-8")
    assert parse_plain_toml(text) == tomllib.loads(text)


@each(
    "text",
    [
        "",
        "# nothing\n",
        "a = 1\nb = true\nc = 1979-05-27\n[t]\nd = 1.5 # half\n",
        'a = "x\\ty\\u00e9"\nb = \'x\\ty\'\nc = "# none" # one\n',
        'a = [\n  "b", # first\n  \'c\',\n]\nd = []\ne = ["#", "\\""]\nf = [[1], [2]]\n',
        '[[r]]\na = "1"\n[r.s]\nb = "2"\n[[r]]\na = "3"\nset = { c = "d", e.f = [1] }\n',
        "a.b.0 = 'x'\n[c.\"d e\"]\nf.\"g.h\" = 'y'\n",
        'a = \'\'\'\nx\n\n\'y\n\'\'\'\nb = """\nx\n"""\nc = ""\n',
        "a = [\n  { b = 1 },\n]\n",
        "a = 'no line end'",
    ],
)
def test_what_is_no_plain_line_is_read_as_well(text: str) -> None:
    """Numbers, nested lists and texts of many lines are left to `tomllib`, each or with the whole file."""
    assert parse_plain_toml(text) == tomllib.loads(text)


def test_the_texts_are_read_without_tomllib(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the few values that have an escape: it takes five times as long."""
    asked: list[int] = []
    read = tomllib.loads

    def count(text: str) -> dict[str, Any]:
        asked.append(len(text))
        return read(text)

    monkeypatch.setattr(tomllib, "loads", count)
    text = (ROOT / "texts" / "en.toml").read_text("utf-8")
    assert parse_plain_toml(text)
    assert sum(asked) < len(text) / 10


def test_a_broken_file_is_an_error() -> None:
    """A line that is none is refused, though by `tomllib`."""
    with pytest.raises(tomllib.TOMLDecodeError):
        parse_plain_toml("a = \n")
