"""What a query lets through."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from logdiag.cli.options import Level
from logdiag.errors import InputError
from logdiag.events import EventKind
from logdiag.merging.query import LEVELS, Query, open_chronicle
from logdiag.pipeline.stages import Request, diagnose
from tests import foreign_apps
from tests.folding import each
from tests.merging.test_merge import write_log

ROOT = Path(__file__).parents[2]
REFERENCE = str(ROOT / "sample_logs" / "2025-11-14-reference")


def ask(path: str, **filters: Any) -> list[tuple[str, str | None, str]]:
    """Clock, kind and message of what a query tells."""
    with open_chronicle(Query(paths=(path,), **filters)) as told:
        return [(f"{entry.time:%H:%M:%S}", entry.kind, entry.message) for entry in told.entries]


def test_without_filters_all_is_told() -> None:
    """Without a filter every record of every file comes."""
    assert len(ask(REFERENCE)) == 23


@each(
    ("filters", "count"),
    [
        ({"events_only": True}, 23),
        ({"kinds": (EventKind.DISCONNECTED,)}, 10),
        ({"kinds": (EventKind.DISCONNECTED, EventKind.PUSH_FAILED)}, 11),
        ({"services": ("data-*", "nobody")}, 1),
        ({"services": ("socket-client",)}, 20),
        ({"connections": ("2025-11-14-*",)}, 23),
        ({"connections": ("worker1",)}, 0),
        ({"level": "warn"}, 11),
        ({"level": "error"}, 1),
        ({"level": "fatal"}, 0),
        ({"grep": "socket ID: .*v_"}, 1),
        ({"grep": "(?i)TRANSPORT"}, 10),
        ({"grep": "TRANSPORT"}, 0),
        ({"since": "16:29:52.608", "until": "16:29:52.783"}, 2),
        ({"around": "2025-11-14 16:29:52/1s"}, 4),
        ({"since": "2s"}, 5),
        ({"since": "2s", "level": "warn", "services": ("socket-client",)}, 1),
    ],
    ids=str,
)
def test_filters(filters: dict[str, Any], count: int) -> None:
    """Each filter keeps what it names, ends included, and together they keep what all of them keep."""
    assert len(ask(REFERENCE, **filters)) == count


def test_what_the_logs_teach_is_told(tmp_path: Path) -> None:
    """Lines that no rule and no word explains have the kinds that their lifecycles give them, as in a diagnosis."""
    foreign_apps.sail_lighthouses(tmp_path)
    told = Counter(kind for _, kind, _ in ask(str(tmp_path), events_only=True))
    assert told == Counter(diagnose(Request((str(tmp_path),))).timeline["kind"])
    assert told["server-disconnected"] == 16


def test_plain_lines_are_no_events(tmp_path: Path) -> None:
    """--events leaves out what no rule knows."""
    write_log(tmp_path / "socket-client.log", [(0, "whatever"), (1, "Disconnected from master: transport close")])
    assert [kind for _, kind, _ in ask(str(tmp_path))] == [None, "disconnected"]
    assert [kind for _, kind, _ in ask(str(tmp_path), events_only=True)] == ["disconnected"]


def test_levels_are_those_of_the_command_line() -> None:
    """Every level that can be asked for has a rank, in the order in which they are offered."""
    assert [names[0] for names in LEVELS] == [level.value for level in Level]


def test_a_line_without_a_level_has_no_rank(tmp_path: Path) -> None:
    """--level leaves out lines that name no level."""
    log = '{"message":"m","timestamp":"2025-11-14T16:25:00Z"}\n{"level":"silly","message":"n","timestamp":1763137500}\n'
    (tmp_path / "a.log").write_text(log, encoding="utf-8")
    assert len(ask(str(tmp_path))) == 2
    assert [message for _, _, message in ask(str(tmp_path), level="trace")] == ["n"]


def test_the_window_is_that_of_diagnose() -> None:
    """A span counts back from the same end of the logs as in diagnose."""
    drops = diagnose(Request(paths=(REFERENCE,), since="90s")).diagnosis.disconnects
    told = ask(REFERENCE, since="90s", kinds=(EventKind.DISCONNECTED,))
    assert [clock for clock, _, _ in told] == [f"{drop.time:%H:%M:%S}" for drop in drops if drop.logged]


def test_the_end_of_a_long_file_is_found(tmp_path: Path) -> None:
    """The end of the logs is read from the last lines, whatever stands before and however long they are."""
    write_log(tmp_path / "a.log", [(n, "x" * 3_000) for n in range(60)])
    assert len(ask(str(tmp_path), since="5s")) == 6
    write_log(tmp_path / "a.log", [(0, "first"), (1, "x" * 100_000)])
    assert len(ask(str(tmp_path), since="1s")) == 2


@pytest.mark.parametrize(
    ("filters", "says"),
    [
        ({"grep": "("}, "--grep ("),
        ({"grep": "(a+)+$"}, "could be searched for ever"),
        ({"since": "teatime"}, "teatime"),
        ({"around": "16:00", "until": "17:00"}, "--around"),
    ],
    ids=str,
)
def test_wrong_filters_are_refused(filters: dict[str, Any], says: str) -> None:
    """A filter that cannot be understood is named."""
    with pytest.raises(InputError, match=says.replace("(", "\\(")):
        ask(REFERENCE, **filters)


@pytest.mark.parametrize("filters", [{}, {"since": "1h"}], ids=str)
def test_nothing_to_tell_is_an_error(filters: dict[str, Any], tmp_path: Path) -> None:
    """Where not one line could be parsed there is no timeline, and the error says what was looked at."""
    (tmp_path / "a.log").write_text("plain\n", encoding="utf-8")
    with pytest.raises(InputError, match="not one line that could be parsed \\(log files: 1"):
        ask(str(tmp_path), **filters)
