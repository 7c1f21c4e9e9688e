"""The site made of docs/: its contents hold every page, and it builds where MkDocs is installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).parent.parent
CONFIG: Final = ROOT / "mkdocs.yml"
HOOK: Final = ROOT / ".ci" / "site_links.py"


def load_config() -> Any:
    return YAML(typ="safe").load(CONFIG.read_text("utf-8"))


def list_pages(nav: Any) -> Iterator[str]:
    """The pages of the contents, from the top."""
    for entry in nav:
        for below in entry.values():
            yield from [below] if isinstance(below, str) else list_pages(below)


def rewrite(markdown: str) -> str:
    """What the hook makes of a page."""
    spec = importlib.util.spec_from_file_location("site_links", HOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rewritten: str = module.on_page_markdown(markdown)
    return rewritten


def test_the_contents_hold_every_page() -> None:
    """Each page of docs/ once, and no other."""
    pages = list(list_pages(load_config()["nav"]))
    assert sorted(pages) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def test_the_start_leads_to_every_page() -> None:
    """The first page links to each of the others."""
    start = (ROOT / "docs" / "index.md").read_text("utf-8")
    assert [page for page in list_pages(load_config()["nav"]) if page != "index.md" and f"({page})" not in start] == []


def test_the_site_is_strict_and_asks_nobody() -> None:
    """A link or an anchor that leads nowhere ends the build; pages load no fonts from elsewhere."""
    config = load_config()
    assert config["strict"] is True
    assert set(config["validation"].values()) == {"warn"}
    assert config["theme"]["font"] is False


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[x.toml](../logdiag/x.toml), say", "`logdiag/x.toml`, say"),
        ("[its README](../sample_logs/README.md#a)", "its README (`sample_logs/README.md`)"),
        ("[options](options.md#exit-codes)", "[options](options.md#exit-codes)"),
        ("[paper](https://example.org/../x)", "[paper](https://example.org/../x)"),
        ("`logs/../x` (../y)", "`logs/../x` (../y)"),
    ],
)
def test_links_out_of_the_pages_become_names(markdown: str, shown: str) -> None:
    """What the site does not hold is named; other links stay."""
    assert rewrite(markdown) == shown


@pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="needs the extra `docs`")
@pytest.mark.parametrize(("added", "code"), [("", 0), ("\n[gone](gone.md)\n", 1), ("\n[gone](options.md#gone)\n", 1)])
def test_the_site_builds(added: str, code: int, tmp_path: Path) -> None:
    """As it stands; not with a link that leads nowhere."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copytree(HOOK.parent, tmp_path / ".ci")
    shutil.copy(CONFIG, tmp_path / CONFIG.name)
    with (tmp_path / "docs" / "index.md").open("a", encoding="utf-8") as page:
        page.write(added)
    done = subprocess.run([sys.executable, "-m", "mkdocs", "build"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
