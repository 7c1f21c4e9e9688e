"""Archives are read in memory as if they were folders; what cannot be read is named."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard

from logdiag.errors import InputError
from logdiag.reading import Line, discard_spooled, find_log_files, read_lines, read_spans
from tests.winston import write

JSON_LINE = '{"level":"info","message":"x","timestamp":"2025-11-14 16:00:00.000"}'
BODY = f"{JSON_LINE}\n".encode() * 3000
OTHER_BODY = BODY.replace(b'"x"', b'"y"')  # of another worker: equal files in two folders would be copies
FLEET = {
    "worker1/socket-client.log": BODY,
    "./worker1/socket-client.log.1": BODY[:100],
    "worker2/socket-client.log.2.gz": gzip.compress(OTHER_BODY),
    "worker2/logo.png": b"\x89PNG" + bytes(range(256)),
}


def make_zip(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def make_tar(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


FORMS: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "zip": make_zip,
    "stored": lambda members: make_zip(members, zipfile.ZIP_STORED),
    "bzip2-in-zip": lambda members: make_zip(members, zipfile.ZIP_BZIP2),
    "tar": make_tar,
    "tar.gz": lambda members: gzip.compress(make_tar(members)),
    "tar.zst": lambda members: zstandard.ZstdCompressor().compress(make_tar(members)),
    "tar.xz": lambda members: lzma.compress(make_tar(members)),
    "tar.bz2": lambda members: bz2.compress(make_tar(members)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_named", [True, False])
def test_members_are_logs_as_in_a_folder(tmp_path: Path, form: str, is_named: bool) -> None:
    """Whatever it is called: folders are processes, rotations are of one service, other files are left alone."""
    path = tmp_path / "incident.bin"
    path.write_bytes(FORMS[form](FLEET))
    found = find_log_files([str(path if is_named else tmp_path)])
    told = [(file.path.removeprefix(f"{path}!"), file.source, file.service) for file in found.files]
    assert told == [
        ("worker1/socket-client.log", "worker1", "socket-client"),
        ("worker1/socket-client.log.1", "worker1", "socket-client"),
        ("worker2/socket-client.log.2.gz", "worker2", "socket-client"),
    ]
    assert b"".join(line.raw + b"\n" for line in read_lines(found.files[2]) if isinstance(line, Line)) == OTHER_BODY
    assert list(read_spans(found.files[0], [(70, 75), (len(BODY) - 10, None)])) == [BODY[70:75], BODY[-10:]]
    sent = pickle.loads(pickle.dumps(found.files[0]))  # noqa: S301  our own
    assert sent == found.files[0]
    assert sent.held.packed is None
    assert len(list(read_lines(sent))) == 3000
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress], ids=["bz2", "xz"])
def test_bzip2_and_xz_are_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Plain ones, too, and what stands before a cut."""
    (tmp_path / "x.log").write_bytes(pack(BODY))
    (file,) = find_log_files([str(tmp_path)]).files
    assert len(list(read_lines(file))) == 3000


def test_archive_on_standard_input(tmp_path: Path) -> None:
    """It is opened like a named one, and nothing of it is left."""
    found = find_log_files(["-"], io.BytesIO(FORMS["tar.gz"](FLEET)))
    assert next(file.path for file in found.files) == "-!worker1/socket-client.log"
    assert {file.source for file in found.files} == {"worker1", "worker2"}
    discard_spooled(found.files)
    assert not list(tmp_path.iterdir())


def test_hostile_names_lead_nowhere(tmp_path: Path) -> None:
    """Names that climb, are absolute or hold line ends are shown on one line and tell folders below the archive."""
    names = ["../../etc/x.log", "/abs/x.log", "a\n::error::b/x\x1b[2J.log"]
    (tmp_path / "i.tar").write_bytes(
        make_tar({name: BODY.replace(b'"x"', f'"{n}"'.encode()) for n, name in enumerate(names)})
    )
    files = find_log_files([str(tmp_path)]).files
    assert {file.source for file in files} == {"etc", "abs", "a\\n::error::b"}
    assert all(file.path.isprintable() for file in files)


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """In a folder it is one of several; named alone it ends the run; it is never read as text."""
    write(tmp_path / "x.log", [JSON_LINE])
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(99))
    (tmp_path / "b.log").write_bytes(b"Rar!\x1a\x07\x01\0" + bytes(99))
    (tmp_path / "c.zip").write_bytes(make_zip({"x.log": BODY})[:200])
    (tmp_path / "d.zip").write_bytes(make_zip({"inner.tgz": FORMS["tar.gz"](FLEET)}))
    encrypted = bytearray(make_zip({"secret.log": BODY}))
    encrypted[encrypted.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "e.zip").write_bytes(encrypted)
    found = find_log_files([str(tmp_path)])
    assert [Path(file.path).name for file in found.files] == ["x.log"]
    assert [(Path(one.path).name, one.why) for one in found.unread] == [
        ("a.7z", "seven-zip"),
        ("b.log", "rar"),
        ("c.zip", "damaged"),
        ("d.zip!inner.tgz", "nested"),
        ("e.zip!secret.log", "encrypted"),
    ]
    for name in ("a.7z", "b.log", "c.zip", "d.zip", "e.zip"):
        with pytest.raises(InputError, match=name):
            find_log_files([str(tmp_path / name)])


@pytest.mark.parametrize("form", ["zip", "tar.gz", "tar.zst", "tar.xz", "tar.bz2"])
def test_bombs_are_refused(tmp_path: Path, form: str) -> None:
    """What grows two hundredfold, and to more than 2 MiB, is named and not unpacked further."""
    (tmp_path / "bomb").write_bytes(FORMS[form]({"a.log": BODY, "x.log": bytes(1 << 24)}))
    found = find_log_files([str(tmp_path)])
    assert [one.why for one in found.unread] == ["bomb"]
    assert [Path(file.path).name for file in found.files] == ["bomb!a.log"]


def test_cut_off_archive_gives_the_members_before_the_cut(tmp_path: Path) -> None:
    """They are read, the last as far as it goes, and the damage is named."""
    noise = {f"w{number}/x.log": BODY.replace(b'"x"', f'"{number}"'.encode()) for number in range(9)}
    whole = FORMS["tar.gz"](noise)
    (tmp_path / "i.tgz").write_bytes(whole[: len(whole) // 2])
    found = find_log_files([str(tmp_path / "i.tgz")])
    assert len(found.files) >= 1
    assert [one.why for one in found.unread] == ["damaged"]


def test_archive_beside_its_contents_doubles_nothing(tmp_path: Path) -> None:
    """The files are read, the members left out and named; a member that differs is read."""
    for name in ("worker1/x.log", "worker2/x.log"):
        write(tmp_path / name, [JSON_LINE, name])
    members = {f"worker{n}/x.log": (tmp_path / f"worker{n}/x.log").read_bytes() for n in (1, 2)}
    (tmp_path / "i.zip").write_bytes(make_zip({**members, "worker3/x.log": BODY}))
    found = find_log_files([str(tmp_path)])
    assert [file.source for file in found.files] == ["i/worker3", "worker1", "worker2"]
    assert [one.why for one in found.unread] == ["copy", "copy"]


def test_rotated_log_in_a_zip_of_its_own_stays_in_its_folder(tmp_path: Path) -> None:
    """`app-2025-11-13.zip` with `app.log` is a part of `app.log` beside it."""
    write(tmp_path / "w1" / "app.log", [JSON_LINE])
    (tmp_path / "w1" / "app-2025-11-13.zip").write_bytes(make_zip({"app.log": BODY}))
    files = find_log_files([str(tmp_path)]).files
    assert {(file.source, file.service) for file in files} == {("w1", "app")}


def test_a_member_whose_name_is_lost_is_read_all_the_same(tmp_path: Path) -> None:
    """A damaged directory costs the name, not the log (found by fuzzing: it ended the run)."""
    packed = bytearray(make_zip({"x": BODY}))
    name_at = packed.index(b"PK\1\2") + 46
    packed[name_at : name_at + 1] = b""
    packed[name_at - 18 : name_at - 16] = b"\0\0"
    size_at = packed.index(b"PK\5\6") + 12
    packed[size_at] -= 1
    (tmp_path / "a.zip").write_bytes(packed)
    found = find_log_files([str(tmp_path)])
    names = [Path(file.path).name for file in found.files] + [Path(one.path).name for one in found.unread]
    assert names == ["a.zip!unnamed"]
