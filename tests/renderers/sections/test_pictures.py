"""The pattern as a picture, and the sentence that says the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from logdiag.renderers.report import build_report
from logdiag.renderers.terminal import render_text, write_text
from logdiag.results.diagnosis import Diagnosis
from logdiag.results.disconnects import Disconnect
from logdiag.results.patterns import Pattern, PatternKind
from tests.renderers.example import build_example, build_open

FIRST = build_example().disconnects[0]


def picture_of(diagnosis: Diagnosis, *, width: int = 80, ascii_only: bool = False) -> str:
    text = render_text(diagnosis, width=width, color=False, ascii_only=ascii_only, version="0.1.0")
    section = text.split("DISCONNECT PATTERN\n")[1].split("\nTECHNICAL")[0].split("\n #  ")[0]
    return section if "\n\n" not in section else section.partition("\n\n")[2]  # below what is said of the pattern


def with_drops(drops: list[Disconnect], *patterns: Pattern) -> Diagnosis:
    example = build_example()
    return replace(example, connections=example.connections[:1], disconnects=tuple(drops), patterns=patterns)


def drop(number: int, **changes: object) -> Disconnect:
    plain = replace(
        FIRST, index=number - 1, time=FIRST.time + timedelta(seconds=30 * number), remarks=(), server_reason=None
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def pattern(kind: str) -> Pattern:
    return replace(
        build_example().patterns[0], id="P1", kind=PatternKind(kind), period_s=40.0, connections=(FIRST.connection,)
    )


def test_what_is_off_the_beat_stands_beside_it() -> None:
    """Drops on the beat form a column; one 200 ms early is well apart from it, and named below with its distance."""
    example = build_example()
    shown = picture_of(replace(example, patterns=example.patterns[:1]))
    rows = [line for line in shown.splitlines() if "●" in line or "×" in line][:10]
    on = [line.index("●") for line in rows if "●" in line]
    off = [line.index("×") for line in rows if "×" in line]
    assert (len(on), len(off)) == (8, 2)
    assert max(on) - min(on) <= 3
    assert max(off) + 8 < min(on)
    assert "8 of 10 (●) lie within 6 ms of the beat. 2 others (×): 16:27:16.051 (-6.723 s)" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("timer", "on the beat (+9 ms)"),
        ("connection-age", "at the usual age (+9 ms)"),
        ("idle", "after the usual silence (+9 ms)"),
        ("regular-loop", "9 ms later than usual"),
    ],
)
def test_only_a_clock_has_a_beat(kind: str, said: str) -> None:
    """What a drop keeps to is named by its pattern: an age, a silence or the distance from the last drop is no beat."""
    drops = [drop(n, pattern="P1", remarks=("on-beat",), residual_s=n / 1000) for n in range(10)]
    text = write_text(build_report(with_drops(drops, pattern(kind)), version="0.1.0"), width=120, color=False)
    assert f"  {said}" in text
    assert ("on the beat" in text.split("DISCONNECT PATTERN")[1].split("CANDIDATE")[0]) == (kind == "timer")


def test_of_an_irregular_loop_nothing_is_sooner_or_later_than_usual() -> None:
    """A distance that scatters by a third of itself has no usual length to differ from."""
    loop = replace(pattern("regular-loop"), jitter_s=14.0)
    drops = [drop(n, pattern="P1", remarks=("on-beat",), residual_s=float(n)) for n in range(10)]
    text = write_text(build_report(with_drops(drops, loop), version="0.1.0"), width=120, color=False)
    assert "part of the loop" in text
    assert "than usual" not in text


def test_a_pulled_drop_takes_the_place_of_its_beat() -> None:
    """A drop ahead of its beat is counted to the pattern and drawn beside it; the words say why both are so."""
    example = build_example()
    shown = " ".join(picture_of(replace(example, patterns=example.patterns[:1])).split())
    assert "16:29:52.608 (-201 ms, in the place of its beat)." in shown


def test_ascii_shows_the_same_picture() -> None:
    """Where only ASCII can be written, the signs change and their places do not."""
    example = build_example()
    signs = str.maketrans("●×│─", "ox|-")
    assert picture_of(example, ascii_only=True) == picture_of(example).translate(signs).replace("±", "+/-")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("connection-age", "9 of 10 (●) lived 40 s to 40.009 s. 1 other (×): 16:26:22.756 (12.5 s)."),
        ("idle", "9 of 10 (●) ended after 40 s to 40.009 s without traffic. 1 other (×): 16:26:22.756 (12.5 s)."),
        ("regular-loop", "9 of 10 (●) lie 40 s to 40.009 s apart. 1 other (×): 16:26:22.756 (12.5 s)."),
    ],
)
def test_lengths_are_drawn_as_bars(kind: str, said: str) -> None:
    """Lifetimes, silences and distances are bars that end in one column; the short one is named below."""
    lengths = [40.0 + index / 1000 for index in range(10)]
    lengths[1] = 12.5
    drops = [
        drop(
            index,
            pattern=None if index == 1 else "P1",
            residual_s=length - 40.0,
            session_s=length,
            interval_s=length,
        )
        for index, length in enumerate(lengths)
    ]
    shown = picture_of(with_drops(drops, pattern(kind)))
    rows = [line for line in shown.splitlines() if "──●" in line or "──×" in line]
    assert len({line.index("●") for line in rows if "●" in line}) == 1
    assert [round((line.index("×") - 18) / 62, 1) for line in rows if "×" in line] == [0.3]
    assert said in " ".join(shown.split())


def test_many_drops_share_rows() -> None:
    """However many disconnects, a picture has at most 16 rows, each with the numbers that it holds."""
    drops = [drop(index, pattern="P1", residual_s=0.001 * (index % 7)) for index in range(1, 1001)]
    shown = picture_of(with_drops(drops, pattern("timer")))
    rows = [line for line in shown.splitlines() if "●" in line and "In words" not in line]
    assert len(rows) == 16
    assert rows[0].startswith("    1-63  ")
    assert rows[-1].startswith("946-1000  ")
    assert "1,000 of 1,000 (●) lie within 6 ms of the beat." in shown


def test_what_keeps_to_no_beat_is_counted() -> None:
    """Disconnects without a place on the beat are not drawn, and the text says how many."""
    drops = [
        drop(index, pattern="P1" if index % 2 else None, residual_s=0.0 if index % 2 else None) for index in range(9)
    ]
    shown = " ".join(picture_of(with_drops(drops, pattern("timer"))).split())
    assert "5 disconnects without a place on the beat are not drawn." in shown


def test_without_a_pattern_distances_are_shown() -> None:
    """Where no clock was found the picture shows how the distances scatter; two disconnects give none."""
    drops = [drop(index, interval_s=float(index * index) or None, residual_s=None, pattern=None) for index in range(6)]
    assert "5 of 5 (●) lie 1 s to 25 s apart." in picture_of(with_drops(drops))
    assert "●" not in picture_of(with_drops(drops[:3]))
    assert "●" not in picture_of(replace(build_open(), patterns=(), disconnects=build_open().disconnects[:1]))
