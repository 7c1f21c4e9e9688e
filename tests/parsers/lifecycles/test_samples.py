"""The lines of a sample that a question asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from logdiag.parsers.lifecycles.samples import PIECE_BYTES, LineFinder, read_sample
from logdiag.reading import find_log_files

NUMBER = rb"[\s:]\d{4}[\s,]"


class CountingFinder(LineFinder):
    """A finder that counts the bytes that it has searched."""

    searched_bytes = 0

    def find(self, text: bytes) -> Iterator[tuple[int, int]]:
        """The same lines."""
        self.searched_bytes += len(text)
        return super().find(text)


def test_a_sample_is_searched_no_further_than_it_is_asked(tmp_path: Path) -> None:
    """The first line found costs one piece; all of them are those of the whole text, those at the seams included."""
    lines = [b"%04d" % (number % 10_000) if number % 3 else b"x" * 90 for number in range(12_000)]
    path = tmp_path / "app.log"
    path.write_bytes(b"\n".join(lines) + b"\n")
    sample = read_sample(find_log_files([str(path)]).files[0], 1)
    (text,) = sample.stretches
    finder = CountingFinder([NUMBER])
    assert next(sample.find(finder)).raw == b"0001"
    assert PIECE_BYTES <= finder.searched_bytes < 2 * PIECE_BYTES < len(text)
    whole = [text[start:stop] for start, stop in LineFinder([NUMBER]).find(text)]
    assert [line.raw for line in sample.find(finder)] == whole == [line for line in lines if len(line) == 4]
