"""The folders of logs that many tests diagnose, each diagnosed once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from logdiag.pipeline.stages import Request, Result, diagnose

ROOT: Final = Path(__file__).parents[1]
SAMPLES: Final = ROOT / "sample_logs"
SAMPLE_NAMES: Final = sorted(  # those that hold logs; one holds the source of an application
    path.name for path in SAMPLES.iterdir() if path.is_dir() and path.name[0] not in "._" and "-source" not in path.name
)
LAB: Final = ROOT.parent / "shared" / "lab"
LAB_NAMES: Final = sorted(path.parent.name for path in LAB.glob("*/truth.json"))


@cache
def diagnose_once(folder: Path) -> Result:
    """The result for a folder, which no test changes."""
    return diagnose(Request((str(folder),)))
