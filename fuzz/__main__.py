"""`python -m fuzz TARGET [OPTIONS OF LIBFUZZER]`, as `-max_total_time=900 -rss_limit_mb=2048 CORPUS`."""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

from fuzz import targets


def main() -> None:
    """Fuzz the target that the command line names."""
    names = targets.list_names()
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        sys.exit(f"usage: python -m fuzz {{{','.join(names)}}} [OPTIONS OF LIBFUZZER]")
    import atheris  # noqa: PLC0415  an extra

    with atheris.instrument_imports(include=["logdiag"]):
        target = import_module(f"fuzz.targets.{sys.argv.pop(1)}")
    target.check(target.SEEDS[0])  # rules and searches are compiled: that is no input's fault
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(target.SEEDS):
            Path(folder, f"{number}").write_bytes(seed)
        # libFuzzer writes what is new into the first corpus, and reads the others.
        corpora = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
        atheris.Setup([*sys.argv, *([] if corpora else [tempfile.mkdtemp()]), folder], target.check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
