"""What reading costs: logdiag beside the tools that one would reach for, over the same files, all in one run.

    python -m benchmarks.ingest FOLDER... [--repeats 3]

For each FOLDER of JSON logs: a whole diagnosis; then, on the same files, the extraction of the event rows alone, by
logdiag, DuckDB, Polars and jq, and a count of the lines with the same texts by ripgrep. Each is a process of its own,
by turns, with the files in the page cache; CPU seconds (user and system) and wall seconds are medians, memory is the
largest peak. The tools are measured where they are installed (`pip install duckdb polars`), the slow ones up to
200 MB. Last, what start-up costs. Without a FOLDER: start-up only. logdiag is compiled to bytecode first, as pip does
with what it installs.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import logdiag
from logdiag import __version__
from logdiag.cli.app import app
from logdiag.parsers.rule_files import load_rules

SLOW_BYTES: Final = 200_000_000
STARTS_COUNT: Final = 15
SMALL_LINES: Final = 20
COLUMNS: Final = ("message", "timestamp", "level", "service")
LOGDIAG: Final = (sys.executable, "-m", "logdiag")
EXTRACT: Final = """
import sys
from logdiag.inputs import Request, read_inputs
from logdiag.reading import find_log_files
print(sum(len(scan.events) for scan in read_inputs(Request((sys.argv[1],)), find_log_files([sys.argv[1]])).scans))
"""
DUCKDB_JSON: Final = """
import json, sys, duckdb
_, files, texts, pattern, columns, cores = sys.argv
rows = duckdb.connect(config={"threads": cores}).execute(
    "select * from read_ndjson(?, columns=$columns, ignore_errors=true) where regexp_matches(message, $pattern)"
    .replace("?", "$files"),
    {"files": json.loads(files), "columns": {name: "VARCHAR" for name in json.loads(columns)}, "pattern": pattern},
).fetchall()
print(len(rows))
"""
DUCKDB_TEXT: Final = """
import json, sys, duckdb
_, files, texts, pattern, columns, cores = sys.argv
fields = ", ".join(f"json_extract_string(line, '$.{name}')" for name in json.loads(columns))
rows = duckdb.connect(config={"threads": cores}).execute(
    f"select {fields} from (select line from read_csv($files, columns={{'line': 'VARCHAR'}}, delim='\\x01', quote='', "
    "escape='', header=false, auto_detect=false, strict_mode=false, max_line_size=30000000) "
    "where regexp_matches(line, $pattern)) where json_valid(line)",
    {"files": json.loads(files), "pattern": pattern},
).fetchall()
print(len(rows))
"""
POLARS: Final = """
import json, sys, polars
_, files, texts, pattern, columns, cores = sys.argv
lines = polars.scan_lines(json.loads(files))  # its reader of JSON gives up at the first broken line
column = polars.col(*lines.collect_schema().names())
rows = (
    lines.filter(column.str.contains_any(json.loads(texts)))
    .select(column.str.json_path_match(f"$.{name}").alias(name) for name in json.loads(columns))
    .collect(engine="streaming")
)
print(len(rows))
"""
LNAV_FORMAT: Final = {  # without it lnav takes the lines for text, and shows one file
    "winston_log": {
        "title": "winston",
        "description": "JSON of winston, a line each",
        "json": True,
        "hide-extra": True,
        "level-field": "level",
        "timestamp-field": "timestamp",
        "body-field": "message",
        "timestamp-format": ["%Y-%m-%d %H:%M:%S.%L"],
        "line-format": [{"field": "__timestamp__"}, " ", {"field": "service"}, " ", {"field": "message"}],
        "value": {"service": {"kind": "string", "identifier": True}, "message": {"kind": "string"}},
    }
}
EMPTY_APP: Final = """
import typer
app = typer.Typer()
def nothing() -> None: ...
for name in {names!r}:
    app.command(name)(nothing)
app(prog_name="logdiag")
"""
LIBRARIES: Final = "import pandas, typer, rich"


class Cost(NamedTuple):
    """What one process took."""

    cpu_s: float
    wall_s: float
    peak_bytes: int


class Row(NamedTuple):
    """A line of the table: a tool and its command, or why there is none."""

    tool: str
    task: str
    command: tuple[str, ...] | None
    missing: str = ""


def measure(command: Sequence[str], environment: dict[str, str] | None = None) -> Cost:
    """Run a command, its output thrown away. Raises RuntimeError if it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"status {process.returncode}: {command[:4]}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss * 1024)


def list_rows(folder: Path, size_bytes: int, place: Path) -> Iterator[Row]:
    """Yield the tools and what each is asked for; what they need is written to `place`."""
    files = sorted(str(path) for path in folder.rglob("*.log"))
    texts = sorted({text for rule in load_rules().rules for text in rule.contains})
    pattern = "|".join(map(re.escape, texts))
    arguments = (json.dumps(files), json.dumps(texts), pattern, json.dumps(COLUMNS), str(os.cpu_count() or 1))
    yield Row("logdiag", "the whole diagnosis", (*LOGDIAG, "diagnose", str(folder), "--quiet", "--format", "json"))
    yield Row("logdiag", "events", (sys.executable, "-c", EXTRACT, str(folder)))
    for module, name, script in (
        ("duckdb", "DuckDB, rows of JSON", DUCKDB_JSON),
        ("duckdb", "DuckDB, lines, then JSON", DUCKDB_TEXT),
        ("polars", "Polars", POLARS),
    ):
        command = (sys.executable, "-c", script, *arguments) if importlib.util.find_spec(module) else None
        yield Row(name, "events", command, "not installed")
    ripgrep = shutil.which("rg")
    options = [option for text in texts for option in ("-e", text)]
    yield Row(
        "rg -c -F", "count of lines", (ripgrep, "-c", "-F", *options, *files) if ripgrep else None, "not installed"
    )
    is_slow = size_bytes > SLOW_BYTES
    jq = shutil.which("jq")
    program = f'fromjson? | select(type == "object") | select((.message | tostring) | test({json.dumps(pattern)}))'
    missing = "not measured: over 200 MB" if jq and is_slow else "not installed"
    yield Row("jq", "events", (jq, "-R", "-c", program, *files) if jq and not is_slow else None, missing)
    lnav = shutil.which("lnav")
    form = place / "formats" / "winston" / "format.json"
    form.parent.mkdir(parents=True)
    form.write_text(json.dumps(LNAV_FORMAT), "utf-8")
    search = (lnav or "", "-I", str(place), "-n", "-c", f":filter-in {pattern}", *files)
    missing = "not measured: over 200 MB" if lnav and is_slow else "not installed"
    yield Row("lnav", "lines", search if lnav and not is_slow else None, missing)


def show_folder(folder: Path, repeats_count: int) -> None:
    """Print the table of one folder."""
    files = [path for path in folder.rglob("*.log") if path.is_file()]
    size_bytes = sum(path.stat().st_size for path in files)
    for path in files:
        with path.open("rb") as stream:
            while stream.read(1 << 24):
                pass
    costs: dict[int, list[Cost]] = {}
    with TemporaryDirectory() as place:
        rows = list(list_rows(folder, size_bytes, Path(place)))
        for _ in range(repeats_count):
            for index, row in enumerate(rows):
                if row.command is not None:
                    costs.setdefault(index, []).append(measure(row.command))
    print(f"\n{size_bytes / 1e6:,.0f} MB in {len(files)} files; {repeats_count} runs\n")
    print("| tool | task | CPU s | wall s | peak MB |\n|---|---|--:|--:|--:|")
    for index, row in enumerate(rows):
        if index not in costs:
            print(f"| {row.tool} | {row.task} | {row.missing} | | |")
            continue
        cpu_s, wall_s = _take_medians(costs[index])
        peak_bytes = max(cost.peak_bytes for cost in costs[index])
        print(f"| {row.tool} | {row.task} | {cpu_s:.2f} | {wall_s:.2f} | {peak_bytes / 1e6:,.0f} |", flush=True)


def show_start() -> None:
    """Print what `--help` and a log of a few lines cost beside what they rest on."""
    with TemporaryDirectory() as place:
        log = Path(place) / "logs" / "socket-client.log"
        log.parent.mkdir()
        log.write_text("".join(_write_small()), "utf-8")
        names = [command.name for command in app.registered_commands]
        empty = Path(place) / "empty.py"
        empty.write_text(EMPTY_APP.format(names=names), "utf-8")
        complete = {**os.environ, "_LOGDIAG_COMPLETE": "complete_bash", "COMP_WORDS": "logdiag dia", "COMP_CWORD": "1"}
        pairs = (
            (
                "logdiag --help",
                (*LOGDIAG, "--help"),
                "an empty Typer application",
                (sys.executable, str(empty), "--help"),
                None,
            ),
            ("completion", LOGDIAG, "that application", (sys.executable, str(empty)), complete),
            (
                "20 lines diagnosed",
                (*LOGDIAG, "diagnose", str(log.parent)),
                LIBRARIES,
                (sys.executable, "-c", LIBRARIES),
                None,
            ),
        )
        print(
            f"\nStart-up, {STARTS_COUNT} runs by turns\n\n"
            "| | CPU s | wall s | beside | CPU s | wall s | ratio of CPU |\n|---|--:|--:|---|--:|--:|--:|"
        )
        for name, command, base_name, base, environment in pairs:
            runs = [(measure(command, environment), measure(base, environment)) for _ in range(STARTS_COUNT)]
            (cpu_s, wall_s), (base_cpu_s, base_wall_s) = map(_take_medians, zip(*runs, strict=True))
            print(
                f"| {name} | {cpu_s:.3f} | {wall_s:.3f} | {base_name} | {base_cpu_s:.3f} | {base_wall_s:.3f} "
                f"| {cpu_s / base_cpu_s:.2f} |",
                flush=True,
            )


def _take_medians(costs: Sequence[Cost]) -> tuple[float, float]:
    """CPU and wall seconds."""
    return statistics.median(cost.cpu_s for cost in costs), statistics.median(cost.wall_s for cost in costs)


def _write_small() -> Iterator[str]:
    for number in range(SMALL_LINES // 2):
        for seconds, message in (
            (0, f"Connected to master (socket ID: {number:020d})"),
            (29, "Disconnected from master: transport close"),
        ):
            stamp = f"2025-11-14 16:{20 + number // 2:02d}:{30 * (number % 2) + seconds:02d}.000"
            record = {"level": "info", "message": message, "service": "socket-client", "timestamp": stamp}
            yield json.dumps(record) + "\n"


def describe_machine() -> str:
    """Return the processor, its cores and the versions of all that is measured."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(r"model name\s*:\s*(.+)", information.read_text("utf-8"))
        model = found[1] if found else model
    names = ("duckdb", "polars", "hyperscan", "pandas", "typer", "rich")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in names if importlib.util.find_spec(name)]
    for tool in ("rg", "jq", "lnav"):
        if path := shutil.which(tool):
            words = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.split()
            versions.append(" ".join(words[:2]) if words[:1] != [tool] else f"{tool} {words[1]}")
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    measured = f"logdiag {__version__}, {', '.join(versions)}; load {os.getloadavg()[0]:.1f}"
    return f"{model}, {os.cpu_count()} cores, {system}; {measured}"


def main() -> None:
    """Print the machine, a table for each folder, and start-up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="JSON logs, as large as you like")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="runs of each command (3)")
    options = parser.parse_args()
    compileall.compile_dir(Path(logdiag.__file__).parent, quiet=1)
    print(describe_machine())
    for folder in options.folders:
        show_folder(folder, options.repeats)
    show_start()


if __name__ == "__main__":
    main()
