"""Whether reports are the same to the byte, whatever lies around the logs.

    python -m benchmarks.determinism [--python python3.12 --python python3.13 ...] [FOLDER ...]

Every folder of logs (those of `sample_logs/` if none is named) is diagnosed as JSON, text, HTML and CSV and told as a
timeline, by every Python named (this one, if none is), each of which needs the dependencies. One thing at a time is
other than in the first row, which all cells are compared with: the order of the arguments, the seed of hashes, the
locale, the zone of the machine, the number of workers, the working directory. Ends with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).resolve().parent.parent
ENDINGS: Final = ("json", "html", "txt")
NO_LOGS: Final = frozenset({".md", ".toml", ".js", ".ts", ".py"})
USUAL: Final = {"PYTHONHASHSEED": "0", "LANG": "C", "TZ": "UTC", "SOURCE_DATE_EPOCH": "1763136000"}
PATHS: Final = re.compile(rb'(?<="paths": \[)[^\]]*(?=\])')  # the arguments, which JSON tells in the order given
# What a child does: its arguments are the folder for the reports, the number of processors, and lists of files.
CHILD: Final = """
import os, sys, json
from pathlib import Path
out, count, is_fast, incidents = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "fast", json.loads(sys.argv[4])
os.cpu_count = lambda: count
from logdiag.cli import exits
from logdiag.cli.app import app
from logdiag.scanning import threads
if is_fast:
    threads.PLAIN_BYTES = threads.SHARED_BYTES = -1
for name, files in incidents.items():
    for ending in %r:
        tables = ["--csv", f"{out}/{name}-tables"] if ending == "txt" else []
        if exits.run(app, ["diagnose", *files, "--lang", "en", "--output", f"{out}/{name}.{ending}", *tables]):
            sys.exit(f"no report: {name}.{ending}")
    told = ["--events", "--format", "json", "--output", f"{out}/{name}-timeline.json"]
    exits.run(app, ["timeline", *files, "--lang", "en", *told])
"""


@dataclass(frozen=True)
class Setting:
    """What lies around the logs."""

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    order: str = "sorted"
    processors_count: int = 1
    scan: str = "plain"
    is_elsewhere: bool = False


SETTINGS: Final = (
    Setting("as it is"),
    Setting("arguments in reverse", order="reversed"),
    Setting("arguments shuffled", order="shuffled"),
    Setting("hash seed 1", {"PYTHONHASHSEED": "1"}),
    Setting("hash seed at random", {"PYTHONHASHSEED": "random"}),
    Setting("LANG=zh_CN.UTF-8", {"LANG": "zh_CN.UTF-8"}),
    Setting("TZ=Asia/Shanghai", {"TZ": "Asia/Shanghai"}),
    Setting("two workers", processors_count=2),
    Setting("two workers, fast scan", processors_count=2, scan="fast"),
    Setting("another working directory", is_elsewhere=True),
)


def list_incidents(folders: Sequence[Path]) -> dict[str, list[str]]:
    """The files of each folder that has a log, by its name."""
    found = {
        folder.name: sorted(str(path) for path in folder.rglob("*") if path.is_file() and path.suffix not in NO_LOGS)
        for folder in sorted(folders)
        if folder.is_dir()
    }
    return {name: files for name, files in found.items() if any(".log" in file for file in files)}


def arrange(files: list[str], order: str) -> list[str]:
    """The files in another order: back to front, or by the last letters of their names, which looks like none."""
    if order == "sorted":
        return files
    return files[::-1] if order == "reversed" else sorted(files, key=lambda name: name[::-1])


def write_reports(python: str, setting: Setting, incidents: dict[str, list[str]]) -> dict[str, bytes]:
    """All that one Python writes in one setting, by the names of the files."""
    with tempfile.TemporaryDirectory() as folder:
        arranged = {name: arrange(files, setting.order) for name, files in incidents.items()}
        scan = [str(setting.processors_count), setting.scan, json.dumps(arranged)]
        subprocess.run(
            [python, "-P", "-c", CHILD % (ENDINGS,), folder, *scan],
            cwd=folder if setting.is_elsewhere else HOME,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(HOME), **USUAL, **setting.environment},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # which files were written
        )
        files = (path for path in Path(folder).rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): PATHS.sub(b"", path.read_bytes()) for path in files}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", dest="pythons", metavar="PROGRAM")
    parser.add_argument("folders", nargs="*", type=Path, default=list((HOME / "sample_logs").iterdir()))
    given = parser.parse_args()
    incidents = list_incidents([folder.resolve() for folder in given.folders])
    wanted: dict[str, bytes] = {}
    differing_count = 0
    print("| setting | Python | files | bytes | differing |\n|---|---|--:|--:|---|")
    for python in given.pythons or [sys.executable]:
        version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.split()[1]
        for setting in SETTINGS:
            told = write_reports(python, setting, incidents)
            wanted = wanted or told
            names = sorted(name for name in wanted | told if wanted.get(name) != told.get(name))
            differing_count += len(names)
            size_bytes = sum(map(len, told.values()))
            row = f"{setting.name} | {version} | {len(told)} | {size_bytes:,} | {', '.join(names[:5]) or 'none'}"
            print(f"| {row} |", flush=True)
    sys.exit(differing_count > 0)


if __name__ == "__main__":
    main()
