"""Sample logs: each folder yields what its README and expected.toml say."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from logdiag.parsers.rule_files import load_rules
from logdiag.pipeline.stages import Request, diagnose
from logdiag.reading import find_log_files, read_lines
from logdiag.renderers.terminal import render_text
from logdiag.results.diagnosis import Diagnosis
from logdiag.scanning.lines import FileScan, scan_lines
from tests.folders import SAMPLES as ROOT
from tests.folders import diagnose_once

EXPECTED: Final[Mapping[str, dict[str, Any]]] = tomllib.loads((ROOT / "expected.toml").read_text("utf-8"))
SOURCES: Final = sorted(name for name, row in EXPECTED.items() if "source_of" in row)
FOLDERS: Final = sorted(set(EXPECTED) - set(SOURCES))
KEYS: Final = {
    "verdict", "files_read_count", "left_alone_count", "lines_count", "blank_lines_count", "skipped_count",
    "connects_count", "logged_disconnects_count", "unlogged_disconnects_count", "pattern_kind", "period_s",
    "period_tolerance_s", "may_assert", "ok_pushes_count", "failed_pushes_count", "suspect_pushes_count",
    "lost_message_ids", "skipped",
}  # fmt: skip


def diagnose_folder(name: str) -> Diagnosis:
    return diagnose_once(ROOT / name).diagnosis


def scan_folder(name: str) -> list[FileScan]:
    rules = load_rules()
    return [scan_lines(file, read_lines(file), rules) for file in find_log_files([str(ROOT / name)]).files]


def test_every_folder_is_expected() -> None:
    """No sample without an expectation, no expectation that nothing checks."""
    folders = (path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    assert sorted(folders) == sorted(EXPECTED)
    assert {key for name in FOLDERS for key in EXPECTED[name]} <= KEYS


@pytest.mark.parametrize("name", FOLDERS)
def test_verdict(name: str) -> None:
    """Incident or healthy."""
    assert diagnose_folder(name).verdict == EXPECTED[name]["verdict"]


@pytest.mark.parametrize("name", FOLDERS)
def test_inputs_add_up(name: str) -> None:
    """Files, lines and skipped lines; lines are events, unclassified or skipped."""
    inputs, row = diagnose_folder(name).inputs, EXPECTED[name]
    assert len(inputs.files) == row["files_read_count"]
    assert inputs.left_alone_count == row["left_alone_count"]
    assert inputs.lines_count == row["lines_count"]
    assert inputs.skipped_count == row["skipped_count"]
    assert inputs.lines_count == inputs.events_count + inputs.unclassified_count + inputs.skipped_count


@pytest.mark.parametrize("name", FOLDERS)
def test_blank_lines_count_nowhere(name: str) -> None:
    """Physical lines are lines and blank ones."""
    files = find_log_files([str(ROOT / name)]).files
    physical = sum(1 for file in files for _ in read_lines(file))
    assert physical - diagnose_folder(name).inputs.lines_count == EXPECTED[name]["blank_lines_count"]


@pytest.mark.parametrize("name", FOLDERS)
def test_skipped_lines_are_those_and_no_others(name: str) -> None:
    """Each by place and reason, in the report's own words."""
    found = {
        f"{Path(scan.file.path).relative_to(ROOT / name).as_posix()}:{number}": reason
        for scan in scan_folder(name)
        for reason, numbers in scan.skipped.items()
        for number in numbers
    }
    assert found == EXPECTED[name].get("skipped", {})
    told = {row.reason: row.count for row in diagnose_folder(name).inputs.skipped}
    assert told == {reason: list(found.values()).count(reason) for reason in set(found.values())}


@pytest.mark.parametrize("name", FOLDERS)
def test_drops_are_counted(name: str) -> None:
    """Connects, logged and unlogged disconnects of all connections."""
    diagnosis, row = diagnose_folder(name), EXPECTED[name]
    assert sum(one.connects_count for one in diagnosis.connections) == row["connects_count"]
    assert sum(one.logged for one in diagnosis.disconnects) == row["logged_disconnects_count"]
    assert sum(not one.logged for one in diagnosis.disconnects) == row["unlogged_disconnects_count"]
    assert sum(one.unlogged_disconnects_count for one in diagnosis.connections) == row["unlogged_disconnects_count"]


@pytest.mark.parametrize("name", FOLDERS)
def test_pattern_has_its_kind_and_period(name: str) -> None:
    """One, within the stated tolerance, where one is stated; else none."""
    row = EXPECTED[name]
    found = diagnose_folder(name).patterns
    assert [pattern.kind for pattern in found] == ([row["pattern_kind"]] if "period_s" in row else [])
    for pattern in found:
        assert pattern.period_s == pytest.approx(row["period_s"], abs=row["period_tolerance_s"])


@pytest.mark.parametrize("name", FOLDERS)
def test_pushes_are_counted(name: str) -> None:
    """By outcome, with the messages that are lost for certain or probably."""
    pushes, row = diagnose_folder(name).pushes, EXPECTED[name]
    assert pushes.ok_count == row["ok_pushes_count"]
    assert pushes.failed_count == row["failed_pushes_count"]
    assert pushes.suspect_count == row["suspect_pushes_count"]
    assert list(pushes.lost_message_ids) == row["lost_message_ids"]


@pytest.mark.parametrize("name", [name for name in FOLDERS if "may_assert" in EXPECTED[name]])
def test_no_other_cause_is_asserted(name: str) -> None:
    """At a confidence of one half a cause is asserted."""
    asserted = {cause.id for cause in diagnose_folder(name).causes if cause.confidence >= 0.5}
    assert asserted <= set(EXPECTED[name]["may_assert"])


def test_reference_drop_off_the_beat() -> None:
    """The drop of 16:27:16.051 is off the beat, and the last one comes about 0.2 s early."""
    drops = diagnose_folder("2025-11-14-reference").disconnects
    assert [drop.time.strftime("%H:%M:%S.%f")[:-3] for drop in drops if drop.pattern is None] == ["16:27:16.051"]
    assert drops[-1].residual_s == pytest.approx(-0.2, abs=0.02)
    assert drops[-1].pattern is not None


def test_malformed_drops_are_those_of_its_readme() -> None:
    """Odd lines are read with their own times, two objects on a line included."""
    drops = diagnose_folder("malformed").disconnects
    times = [drop.time.strftime("%H:%M:%S.%f")[:-3] for drop in drops]
    assert times == ["09:01:37.204", "09:03:05.918", "09:06:41.377", "09:08:19.650"]
    assert {drop.reason for drop in drops} == {"transport close"}


def test_rotated_services_are_four() -> None:
    """Four schemes of rotation, four services, one connection."""
    files = diagnose_folder("rotated-gzipped").inputs.files
    services = ["data-pusher", "douyin-realtime-monitor", "socket-client", "worker-bridge"]
    assert sorted({file.service for file in files}) == services
    assert len({file.connection for file in files}) == 1


@pytest.mark.parametrize("name", ["2025-11-14-reference", "healthy", "random-drops"])
def test_the_chinese_report_reads_as_approved(
    name: str, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Chinese report of a sample, as a user sees it beside the folder, is the approved one."""
    monkeypatch.chdir(ROOT.parent)
    diagnosis = diagnose(Request((f"{ROOT.name}/{name}",))).diagnosis
    golden(f"sample-{name}.zh.txt", render_text(diagnosis, width=80, color=False, version="0.1.0", language="zh"))


def test_the_chinese_report_says_what_the_reference_missed() -> None:
    """The period, the drop off the beat, the drop pulled by a push and the lost message stand in the Chinese report."""
    text = render_text(diagnose_folder("2025-11-14-reference"), width=200, color=False, version="0.1.0", language="zh")
    assert "周期 30.0058 ± 0.0006 秒" in text
    assert "16:27:16.051  23.277 秒  -6.728 秒" in text
    assert "（16:29:52.608）：提前 200 毫秒；此前 6 毫秒或有推送" in text
    assert "确定丢失推送 1 次（可能是消息 757249542734）" in text
    assert "只是运气不好？除非两种解读都不成立" in text
