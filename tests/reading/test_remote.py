"""Logs behind a URL: found, opened and sought in as those of this machine are."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from logdiag.cli.config import list_files
from logdiag.errors import InputError
from logdiag.parsers.rule_files import load_rules
from logdiag.pipeline.stages import Request, diagnose
from logdiag.reading import find_log_files, is_url, mask_secrets, read_lines
from logdiag.scanning.ranges import join_scans, scan_range, split_file
from tests.folding import each

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("upath")
pytest.importorskip("aiohttp")

SAMPLES: Final = Path(__file__).parent.parent.parent / "sample_logs"
TICK: Final = b'{"level":"info","message":"tick","timestamp":"2025-11-14 16:00:00.000"}\n'


@pytest.fixture
def memory() -> Iterator[Any]:
    """A file system in memory, empty again afterwards."""
    found = fsspec.filesystem("memory")
    found.store.clear()
    yield found
    found.store.clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket/logs", True),
        ("https://host/x.log", True),
        ("C:\\logs", False),
        ("logs/a://b", False),
        ("-", False),
    ],
)
def test_what_a_url_is(text: str, expected: bool) -> None:
    """A scheme of two letters or more at the very beginning."""
    assert is_url(text) is expected


def test_the_same_logs_give_the_same_diagnosis(memory: Any) -> None:
    """Compressed and rotated ones too: connections, services, disconnects, causes and lines, wherever they lie."""
    here = SAMPLES / "rotated-gzipped"
    for path in here.rglob("*"):
        if path.is_file():
            memory.pipe(f"/rotated-gzipped/{path.relative_to(here).as_posix()}", path.read_bytes())
    local, remote = (diagnose(Request((place,))).diagnosis for place in (str(here), "memory://rotated-gzipped"))
    assert local.causes
    assert [(cause.id, cause.confidence, cause.numbers) for cause in remote.causes] == [
        (cause.id, cause.confidence, cause.numbers) for cause in local.causes
    ]
    assert remote.connections == local.connections
    assert remote.inputs.lines_count == local.inputs.lines_count
    assert [drop.time for drop in remote.disconnects] == [drop.time for drop in local.disconnects]
    assert {file.path.partition("rotated-gzipped/")[0] for file in remote.inputs.files} == {"memory://"}


def test_folders_are_listed_by_the_same_rules(memory: Any) -> None:
    """Hidden files and other files are no logs; a folder is a source."""
    for name in ("w1/a.log", "w2/a.log.gz", "w1/.hidden.log", ".git/x.log", "w1/picture.png"):
        memory.pipe(f"/logs/{name}", gzip.compress(TICK) if name.endswith("gz") else TICK)
    memory.pipe("/logs/w1/picture.png", b"\x89PNG\0\1\2\3")
    found = find_log_files(["memory://logs"])
    assert [(file.source, file.service) for file in found.files] == [("w1", "a"), ("w2", "a")]
    assert found.left_alone == ("memory://logs/w1/picture.png",)


def test_ranges_of_a_remote_file_are_sought(memory: Any) -> None:
    """A large file is scanned in pieces, each from its own beginning."""
    memory.pipe("/x.log", TICK * 20_000)
    (file,) = find_log_files(["memory://x.log"]).files
    parts = split_file(file, 1 << 18)
    scan = join_scans([scan_range(part, load_rules()) for part in parts])
    assert len(parts) > 3
    assert scan.lines_count == 20_000


def test_a_web_server_is_read(served: tuple[Path, str]) -> None:
    """A page that lists files is a folder; a file is one by its own address."""
    folder, address = served
    (folder / "a.log").write_bytes(TICK * 3)
    (folder / "b.log.gz").write_bytes(gzip.compress(TICK * 2))
    files = find_log_files([address]).files
    assert [(file.service, len(list(read_lines(file)))) for file in files] == [("a", 3), ("b", 2)]
    assert len(find_log_files([address + "a.log", address]).files) == 2


def test_what_cannot_be_read_is_said(served: tuple[Path, str]) -> None:
    """With the address, and the remedy where a library is missing."""
    _, address = served
    for text, said in (
        (address + "none.log", "no such file or folder"),
        ("nothing://x", "Unsupported filesystem"),
        ("http://127.0.0.1:1/x.log", "cannot be read"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            find_log_files([text])
        assert str(caught.value).startswith(text)


def test_a_file_that_goes_away_is_a_fault_of_its_lines(served: tuple[Path, str]) -> None:
    """It does not end the run: what could not be read is told."""
    folder, address = served
    (folder / "a.log").write_bytes(TICK)
    (file,) = find_log_files([address + "a.log"]).files
    (folder / "a.log").unlink()
    (only,) = read_lines(file)
    assert "cannot be read" in getattr(only, "reason", "")


@each(
    ("text", "shown"),
    [
        ("https://host/logs/x.log", "https://host/logs/x.log"),
        ("https://anna:geheim@host/logs/", "https://***@host/logs/"),
        ("https://anna:ge@heim@host:8443/x.log", "https://***@host:8443/x.log"),
        ("s3://key:geheim@bucket/logs", "s3://***@bucket/logs"),
        ("https://host/x.log?X-Amz-Signature=geheim&b=1", "https://host/x.log?***"),
        ("404, url='https://a:geheim@host/x?sig=geheim' gone", "404, url='https://***@host/x?***' gone"),
        ("logs/anna@home/x.log?", "logs/anna@home/x.log?"),
    ],
)
def test_secrets_of_urls_are_masked(text: str, shown: str) -> None:
    """User, password and query, wherever a URL stands in a text; paths of this machine stay as they are."""
    assert mask_secrets(text) == shown


def test_no_report_shows_a_secret(served: tuple[Path, str]) -> None:
    """Neither paths, nor places, nor services, nor what is said of a file that is not there."""
    folder, address = served
    here = SAMPLES / "2025-11-14-reference"
    for file in here.rglob("*.log"):
        (folder / file.name).write_bytes(file.read_bytes())
    names = [f"{address}{file.name}?token=geheim" for file in sorted(here.rglob("*.log"))]
    diagnosis = diagnose(Request(tuple(names))).diagnosis
    assert "geheim" not in repr(diagnosis)
    assert diagnosis.inputs.paths == tuple(name.replace("token=geheim", "***") for name in names)
    assert {file.service for file in diagnosis.inputs.files} == {file.stem for file in here.rglob("*.log")}
    signed = address.replace("//", "//anna:geheim@")
    for path in (f"{signed}no.log?token=geheim", f"{signed}nothing/"):
        with pytest.raises(InputError) as caught:
            find_log_files([path])
        assert "geheim" not in str(caught.value)


def test_what_libraries_log_stays_off_standard_error() -> None:
    """Their tracebacks would stand before the one line that says what is wrong, and may hold a secret."""
    code = (
        "import logging\nfrom logdiag.errors import InputError\nfrom logdiag.reading import find_log_files\n"
        "try: find_log_files(['memory://nowhere'])\nexcept InputError as error: print(error)\n"
        "logging.getLogger('gcsfs').error('token=geheim')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "memory://nowhere: no such file or folder" in done.stdout
    assert done.stderr == ""


def test_files_that_differ_in_their_query_alone_stay_apart(served: tuple[Path, str]) -> None:
    """Each has a name of its own in the report."""
    folder, address = served
    (folder / "x.log").write_bytes(TICK)
    found = find_log_files([f"{address}x.log?part=1", f"{address}x.log?part=2"])
    assert [file.path for file in found.files] == [f"{address}x.log?***", f"{address}x.log?*** #2"]


def test_no_configuration_is_looked_for_behind_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies beside remote logs is not asked for, nor is a folder of this machine that is called like a scheme."""
    (tmp_path / "s3:" / "bucket").mkdir(parents=True)
    (tmp_path / "s3:" / "bucket" / "logdiag.toml").write_text("tz = 'Asia/Shanghai'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert list_files({"paths_named": ("s3://bucket/", "s3://bucket/x.log")}) == []
