"""Which files of a tree are read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from logdiag.codebase.trees.tree import read_trees
from logdiag.errors import InputError
from tests.codebase.made_trees import timers_of
from tests.folders import SAMPLES


def test_foreign_and_built_files_are_left_out(tmp_path: Path) -> None:
    """node_modules, build output, minified files and links are not read; they are counted, and links lead nowhere."""
    outside = tmp_path / "outside.js"
    outside.write_text("setInterval(f, 1)")
    top = tmp_path / "app"
    for way in ("node_modules/x/a.js", "dist/a.js", "src/a.js", "src/b.min.js", "src/c.js"):
        (top / way).parent.mkdir(parents=True, exist_ok=True)
        (top / way).write_text("a;\n")
    (top / "src/c.js").write_text("a;" * 10_000)
    (top / "src/link.js").symlink_to(outside)
    (top / "linked").symlink_to(tmp_path)
    tree = read_trees((str(top),))
    assert [file.way for file in tree.sources] == ["src/a.js"]
    assert {row.reason: row.count for row in tree.list_left_out()} == {"folder": 2, "link": 2, "minified": 2}


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    """A folder without source, or none at all, cannot be surveyed."""
    with pytest.raises(InputError):
        read_trees((str(tmp_path),))
    with pytest.raises(InputError):
        read_trees((str(tmp_path / "none"),))


def test_a_broken_file_costs_that_file(tmp_path: Path) -> None:
    """What does not parse, in part or whole, keeps no other file from being read."""
    files = {"a.js": "function (((( {{{ \x00", "b.js": "setInterval(f, 5000);\n"}
    assert [timer.seconds for timer in timers_of(tmp_path, files)] == [5.0]


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    """A run without the parsers is wrong usage: status 2, one line, nothing on the standard output."""
    (tmp_path / "a.js").write_text("a;\n")
    program = (
        "import sys; sys.modules['tree_sitter_typescript'] = None\n"
        "from logdiag.cli.app import app; from logdiag.cli import exits\n"
        f"sys.exit(exits.run(app, ['diagnose', {str(SAMPLES / 'healthy')!r}, '--source', {str(tmp_path)!r}]))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.strip().splitlines() == [
        'logdiag: --source: needs parsers; pip install "logdiag[source]"',
    ]
