"""Forms of loggers and platforms that nobody planned for: stamp, level and message of each are found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.forms.records import decode_records
from logdiag.reading import Line, find_log_files, read_lines

# How one line is written; `%…` as strftime has it, {ms} its milliseconds, {level}, {LEVEL}, {L} and {message}.
FORMS: Final = {
    "signale": "[%Y-%m-%d] [%H:%M:%S] [socket] › {level:<8}  {message}",
    "ruby": "{L}, [%Y-%m-%dT%H:%M:%S.{ms}000 #4321]  {LEVEL:>5} -- : {message}",
    "zerolog": "%Y-%m-%dT%H:%M:%SZ {LEVEL} gateway.go:42 > {message}",
    "zap": "%Y-%m-%dT%H:%M:%S.{ms}Z\t{LEVEL}\tgateway/hub.go:118\t{message}",
    "env_logger": "[%Y-%m-%dT%H:%M:%SZ {LEVEL:<5} gateway::hub] {message}",
    "tracing": "%Y-%m-%dT%H:%M:%S.{ms}123Z  {LEVEL:>5} gateway::hub: {message}",
    "nlog": "%Y-%m-%d %H:%M:%S.{ms}0|{LEVEL}|Gateway.Hub|{message}",
    "log4net": "%Y-%m-%d %H:%M:%S,{ms} [12] {LEVEL:<5} Gateway.Hub [(null)] - {message}",
    "monolog": "[%Y-%m-%dT%H:%M:%S.{ms}123+00:00] app.{LEVEL}: {message}",
    "celery": "[%Y-%m-%d %H:%M:%S,{ms}: {LEVEL}/ForkPoolWorker-3] {message}",
    "gunicorn": "[%Y-%m-%d %H:%M:%S +0000] [4321] [{LEVEL}] {message}",
    "spring boot 3": "%Y-%m-%dT%H:%M:%S.{ms}Z  {LEVEL:<5} 4321 --- [app] [nio-8080-exec-3] c.e.Hub     : {message}",
    "quarkus": "%Y-%m-%d %H:%M:%S,{ms} {LEVEL:<5} [com.exa.Hub] (vert.x-eventloop-thread-1) {message}",
    "tslog": "%Y-%m-%d %H:%M:%S.{ms}\t{LEVEL}\t/src/hub.ts:42\tHub.connect\t{message}",
    "adonis": "[ {level} ] %Y-%m-%d %H:%M:%S {message}",
    "journald with a level": "2025-11-14T%H:%M:%S.{ms}123+0000 web-1 gateway[4321]: [{level}] {message}",
    "journald with a stamp": "Nov 14 %H:%M:%S web-1 gateway[4321]: %Y-%m-%d %H:%M:%S,{ms} {LEVEL} {message}",
    "fly": "%Y-%m-%dT%H:%M:%SZ app[148ed726c12358] ams [{level}]{message}",
    "openresty": "%Y/%m/%d %H:%M:%S [{level}] 29#29: *73 {message}",
    "log4perl": "%Y/%m/%d %H:%M:%S {LEVEL}> hub.pl:42 main::connect - {message}",
    "python with colons": "{LEVEL}:%Y-%m-%d %H:%M:%S,{ms}:gateway.hub:{message}",
    "puma": "[%Y-%m-%d %H:%M:%S UTC] {LEVEL} (Gateway): {message}",
    "American": "%m/%d/%Y %I:%M:%S %p - {LEVEL} - {message}",
    "java.util.logging": "%b %d, %Y %I:%M:%S %p com.example.Hub connect\n{LEVEL}: {message}",
    "java.util.logging, older": "%a %b %d %H:%M:%S UTC %Y com.example.Hub connect\n{LEVEL}: {message}",
}
WITHOUT_LEVEL: Final = {
    "go": "%Y/%m/%d %H:%M:%S hub.go:42: {message}",
    "fargate": "%Y-%m-%dT%H:%M:%S.{ms}000+00:00 gateway/app/0123456789abcdef0123 {message}",
    "cloud foundry": "   %Y-%m-%dT%H:%M:%S.{ms}+0000 [APP/PROC/WEB/0] OUT {message}",
}
SAID: Final = (
    ("info", "Connected to master (socket ID: a1)"),
    ("warning", "Disconnected from master: transport close"),
)
START: Final = datetime(2025, 11, 14, 16, 25, 52, tzinfo=UTC)


def write_line(form: str, index: int) -> str:
    level, message = SAID[index % 2]
    moment = (START + timedelta(seconds=15 * index)).strftime(form)
    return moment.format(ms="756", level=level, LEVEL=level.upper(), L=level[0].upper(), message=message)


@pytest.mark.parametrize(("name", "form"), [*FORMS.items(), *WITHOUT_LEVEL.items()], ids=[*FORMS, *WITHOUT_LEVEL])
def test_forms_that_nobody_planned_for(tmp_path: Path, name: str, form: str) -> None:
    """Every message whole, without what stands before it, at its second, with its level."""
    (tmp_path / "x.log").write_text("\n".join(write_line(form, index) for index in range(24)), encoding="utf-8")
    ((file, layout),) = find_layouts(find_log_files([str(tmp_path)]).files).items()
    lines = (line.raw.strip() for line in read_lines(file) if isinstance(line, Line) and line.raw.strip())
    found = [pair for raw in lines for pair in decode_records(raw, layout)]
    assert [record.message for _, record in found] == [SAID[index % 2][1] for index in range(24)]
    assert [moment.replace(microsecond=0) for moment, _ in found] == [
        START + timedelta(seconds=15 * index) for index in range(24)
    ]
    levels = {record.level for _, record in found}
    assert levels == ({None} if name in WITHOUT_LEVEL else {"info", "warn"})


def test_a_record_of_two_lines_stands_where_it_begins(tmp_path: Path) -> None:
    """The lines of the file keep their numbers, stacks too."""
    lines = [
        write_line(FORMS["java.util.logging"], 0),
        "java.io.IOException: gone",
        "\tat x.Y",
        write_line(FORMS["java.util.logging"], 1),
    ]
    (tmp_path / "x.log").write_text("\n".join(lines), encoding="utf-8")
    (file,) = find_log_files([str(tmp_path)]).files
    numbers = [line.number for line in read_lines(file) if isinstance(line, Line) and b"master" in line.raw]
    assert numbers == [1, 5]
