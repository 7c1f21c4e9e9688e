"""Whatever is over a bound is skipped, counted, and named with the limit that lifts it; lifted, it is read."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tracemalloc
import zipfile
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

from logdiag.limits import DEEPEST, NAMES, STANDARD, Limits, parse_limits, show_bytes
from logdiag.parsers.forms.dialects import MOST_KEYS, find_shape
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.layouts import Layout
from logdiag.parsers.forms.records import LONGEST_NUMBER, UnreadableError, decode_records
from logdiag.reading import BLOCK_BYTES, find_log_files, is_document, read_blocks
from logdiag.reading.blocks import KEPT_BYTES, TOO_LONG
from logdiag.reading.documents import holds_more_values, is_deeper
from tests.cli.conftest import Run
from tests.folding import each
from tests.winston import at, connect, drop, record, write

DROPS = [connect(0), drop(30), connect(31), drop(60), connect(61)]


def say(**more: Any) -> str:
    """A line about a connect, with what else it holds."""
    return json.dumps({**json.loads(record(at(62), "Connected to master (socket ID AbCdEfGhIjKlMnOpQrSt)")), **more})


def nest(depth: int) -> str:
    """A line whose objects and lists stand in each other, so many of them."""
    return say().removesuffix("}") + ', "a": ' + ("[" * (depth - 1) + "]" * (depth - 1) or "0") + "}"


def diagnose(run: Run, path: Path, *limits: str) -> dict[str, Any]:
    """What was read, by what was skipped and left unread."""
    options = [option for limit in limits for option in ("--limit", limit)]
    finished = run("diagnose", str(path), "--format", "json", *options)
    assert finished.code == 0, finished.stderr
    inputs: dict[str, Any] = json.loads(finished.stdout)["inputs"]
    return {
        "skipped": {row["reason"]: row["count"] for row in inputs["skipped"]},
        "unread": sorted((Path(row["path"].partition("!")[0]).name, row["why"]) for row in inputs["unread"]),
        "files": len(inputs["files"]),
    }


def test_each_limit_has_a_name() -> None:
    """No bound without the option that lifts it."""
    assert sorted(NAMES.values()) == sorted(field.name for field in fields(Limits))


@each(
    ("text", "field", "value"),
    [
        ("line=2GiB", "line_bytes", 2 << 30), ("line=2g", "line_bytes", 2 << 30), ("line=262144", "line_bytes", 262144),
        ("unpacked=1 TB", "unpacked_bytes", 1 << 40), ("document=10k", "document_bytes", 10 << 10),
        ("keys=5M", "values_count", 5 << 20), ("members=100,000", "members_count", 100_000),
        ("files=1_000", "files_count", 1_000), ("ratio=500", "ratio", 500), ("depth=500", "depth_count", 500),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text: str, field: str, value: int) -> None:
    """One limit is set, the others stay."""
    assert asdict(parse_limits([text])) == {**asdict(STANDARD), field: value}


@pytest.mark.parametrize(
    "text",
    [
        "line", "line=", "line=0", "line=-1", "line=2PiB", "line=two", "line=255k", "lines=2", "=2", "", "depth=501",
        "ratio=1.5", "line=\u0663",
    ],
)  # fmt: skip
def test_what_sets_no_limit_is_refused(text: str, run: Run) -> None:
    """On the command line with exit code 2 and what is wrong."""
    with pytest.raises(ValueError, match=r"is not NAME=VALUE|is no number|is not from"):
        parse_limits([text])
    finished = run("diagnose", "x", "--limit", text)
    assert finished.code == 2
    assert "--limit" in finished.stderr


def test_last_limit_of_a_name_holds() -> None:
    """As with other options."""
    assert parse_limits(["members=1", "ratio=3", "members=2"]) == Limits(members_count=2, ratio=3)


def test_sizes_are_shown_as_they_are_set() -> None:
    """What a message names can be given back."""
    for size in (1, 1000, 1 << 10, 3 << 20, 1 << 40, (1 << 30) + 1):
        assert parse_limits([f"unpacked={show_bytes(size)}"]).unpacked_bytes == size


def make_long_line(folder: Path) -> None:
    write(folder / "socket-client.log", [*DROPS, say(data="x" * 300_000)])


def make_deep_line(folder: Path) -> None:
    write(folder / "socket-client.log", [*DROPS, nest(300)])


def make_many_keys(folder: Path) -> None:
    write(folder / "socket-client.log", [*DROPS, say(data=list(range(500)))])


def make_many_files(folder: Path) -> None:
    for name in "abcd":
        write(folder / name / "socket-client.log", DROPS)


def make_many_members(folder: Path) -> None:
    with zipfile.ZipFile(folder / "logs.zip", "w") as archive:
        for name in "abcd":
            archive.writestr(f"{name}/socket-client.log", "".join(f"{line}\n" for line in DROPS))
    write(folder / "socket-client.log", DROPS)


def make_large_archive(folder: Path) -> None:
    with tarfile.open(folder / "logs.tar.gz", "w:gz") as archive:
        for name in "abcd":
            text = "".join(f"{line}\n" for line in DROPS).encode() * 30
            info = tarfile.TarInfo(f"{name}/socket-client.log")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    write(folder / "socket-client.log", DROPS)


def make_large_file(folder: Path) -> None:
    with gzip.open(folder / "socket-client.log.gz", "wb") as file:
        file.write("".join(f"{line}\n" for line in DROPS).encode() * 400)


def make_bomb(folder: Path) -> None:
    with gzip.open(folder / "socket-client.log.gz", "wb") as file:
        file.write("".join(f"{line}\n" for line in DROPS).encode() + bytes(5 << 20) + b"\n")


GROWS = "grows too much"
CASES = {
    "line": (make_long_line, "line=256k", "line=512k", ("skipped", "line too long")),
    "depth": (make_deep_line, "depth=200", "depth=400", ("skipped", "nested too deeply")),
    "keys": (make_many_keys, "keys=400", "keys=1000", ("skipped", "too many keys")),
    "files": (make_many_files, "files=3", "files=4", ("unread", "too-many-files")),
    "members": (make_many_members, "members=3", "members=4", ("unread", "too-many-members")),
    "archive": (make_large_archive, "unpacked=40k", "unpacked=4M", ("unread", "too-large")),
    "unpacked": (make_large_file, "unpacked=64k", "unpacked=4M", ("skipped", f"{GROWS} (--limit unpacked=64KiB)")),
    "ratio": (make_bomb, "ratio=200", "ratio=2000", ("skipped", f"{GROWS} (--limit ratio=200)")),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_over_a_limit_is_named_and_read_when_it_is_lifted(name: str, tmp_path: Path, run: Run) -> None:
    """Below the bound it is as if there were none; over it the report and the timeline name the limit."""
    make, low, high, (where, reason) = CASES[name]
    make(tmp_path)
    held, lifted = (diagnose(run, tmp_path, limit) for limit in (low, high))
    named = held["skipped"] if where == "skipped" else [why for _, why in held[where]]
    assert reason in named
    assert reason not in (lifted["skipped"] if where == "skipped" else [why for _, why in lifted[where]])
    option = low.partition("=")[0]
    for command in (["diagnose", "--verbose"], ["timeline", "--lang", "zh"]):
        assert f"--limit {option}=" in run(*command, str(tmp_path), "--limit", low).stderr


def test_document_over_a_limit_is_named(tmp_path: Path, run: Run) -> None:
    """As too large to be read as one; by its size and by its keys; one that is within is read."""
    path = tmp_path / "export.json"
    path.write_text(json.dumps([json.loads(line) for line in DROPS], indent=1), "utf-8")
    write(tmp_path / "socket-client.log", DROPS)
    for limits, is_over in ((Limits(document_bytes=100), True), (Limits(values_count=10), True), (STANDARD, False)):
        found = find_log_files([str(tmp_path)], limits=limits).files
        (file,) = (one for one in found if one.path.endswith("export.json"))
        assert is_document(file) is is_over
    assert "--limit document=SIZE" in run("diagnose", str(tmp_path), "--verbose", "--limit", "document=100").stderr


@pytest.mark.parametrize("chunk_bytes", [1_000, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES])
@pytest.mark.parametrize("more_bytes", [0, 1, BLOCK_BYTES])
@pytest.mark.parametrize("ends", [b"\n" + b"next\n" * 9, b"\n", b""])
def test_line_is_measured_to_the_byte(tmp_path: Path, chunk_bytes: int, more_bytes: int, ends: bytes) -> None:
    """However much is read at once and whatever stands around it, also at the end of a file."""
    long_line = b"x" * (BLOCK_BYTES + more_bytes)
    (tmp_path / "x.log").write_bytes(b"before\n" * 99 + long_line + ends)
    (file,) = find_log_files([str(tmp_path)], limits=Limits(line_bytes=BLOCK_BYTES)).files
    text, offsets = b"", []
    for block in read_blocks(file, chunk_bytes=chunk_bytes):
        text += block.buffer[block.start : block.end]
        offsets.append(block.offset_bytes)
    shown = long_line if not more_bytes else long_line[:KEPT_BYTES] + TOO_LONG
    assert text.removesuffix(b"\n") == (b"before\n" * 99 + shown + ends).removesuffix(b"\n")
    assert offsets == [0] + [7 * 99 + len(long_line) + 1] * (len(ends) > 1)


def test_brackets_within_texts_are_no_depth() -> None:
    """Nor commas keys: what stands in quotes is counted only as long as that is cheap and harmless."""
    text = say(data='\\"' + "[{,:" * 1_000).encode()
    layout = Layout(limits=Limits(depth_count=5, values_count=20))
    assert [entry.message[:9] for _, entry in decode_records(text, layout)] == ["Connected"]
    prose = b"2025-11-14 16:00:00 INFO " + b"[" * 300
    assert not is_deeper(b"[]" * 300, 2)
    assert decode_records(prose, Layout(is_json=False, has_braces=False, limits=Limits(depth_count=5)))


@pytest.mark.parametrize("depth", [1, 2, 5, 200, DEEPEST])
def test_depth_is_counted_to_the_level(depth: int) -> None:
    """A record of so many levels is read, one more is not; the deepest limit is one that Python decodes."""
    layout = Layout(limits=Limits(depth_count=depth))
    assert len(decode_records(nest(depth).encode(), layout)) == 1
    with pytest.raises(UnreadableError, match="nested too deeply"):
        decode_records(nest(depth + 1).encode(), layout)


def test_values_are_counted_to_the_last() -> None:
    """Each key and each item is one, and so is each object or list that holds them."""
    text = b'{"a":1,"b":[2,3]}'
    counted = next(count for count in range(20) if not holds_more_values(text, count))
    assert counted == 4


def test_long_number_is_a_text() -> None:
    """It costs no line, and no time by its square; others of its line stay numbers."""
    digits = "7" * (LONGEST_NUMBER + 1)
    ((_, entry),) = decode_records(say().removesuffix("}").encode() + f', "n": {digits}, "m": 12}}'.encode())
    assert (entry.fields["n"], entry.fields["m"]) == (digits, 12)


def test_head_of_a_file_is_bounded_as_the_rest(tmp_path: Path) -> None:
    """A first line with too many keys is not decoded to tell the form of its file."""
    huge = say(data=[{}] * (STANDARD.values_count + 1))
    (file,) = find_log_files([str(write(tmp_path / "x.log", [huge, *DROPS]))]).files
    tracemalloc.start()
    layout = find_layouts([file])[file]
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert layout.form == "json"
    assert peak_bytes < 20 * len(huge)  # decoded it takes 50 times as much


def test_shapes_with_many_keys_are_not_kept() -> None:
    """A hostile log of records with thousands of different keys each does not stay in memory."""
    keys = tuple(f"key{number}" for number in range(MOST_KEYS + 1))
    assert find_shape(keys) == find_shape(keys)
    assert find_shape(keys) is not find_shape(keys)
    assert find_shape(keys[1:]) is find_shape(keys[1:])


def test_limits_are_a_table_of_the_configuration(tmp_path: Path, run: Run) -> None:
    """At the top, for all commands; `--limit` on the command line stands for the whole of it."""
    make_long_line(tmp_path)
    settings = tmp_path / "settings.toml"
    settings.write_text('[limits]\nline = "256k"\nratio = 7\n', "utf-8")
    for options, is_skipped in (([], True), (["--limit", "line=512k"], False)):
        finished = run("timeline", str(tmp_path / "socket-client.log"), "--config", str(settings), *options)
        assert finished.code == 0
        assert ("--limit line=" in finished.stderr) is is_skipped


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('lines = "4k"', "lines: lines=4k is not"), ("ratio = 0", "ratio: ratio=0 is not from 1 to"),
        ("line = [1]", "line: line=[1] is no"),
    ],
)  # fmt: skip
def test_wrong_limit_in_a_configuration_has_a_place(line: str, says: str, tmp_path: Path, run: Run) -> None:
    """File and line, and what is wrong."""
    settings = tmp_path / "settings.toml"
    settings.write_text(f"[limits]\n# so much\n{line}\n", "utf-8")
    finished = run("diagnose", "x", "--config", str(settings))
    assert finished.code == 2
    assert f"settings.toml:3: {says}" in finished.stderr
