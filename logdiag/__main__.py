"""`logdiag`, and `python -m logdiag`: the process, from its first import to its status."""

import gc
import os
import sys
from typing import Final, NoReturn

ALLOCATIONS_BEFORE_COLLECTION: Final = 50_000
COLLECTIONS_BEFORE_THE_NEXT: Final = 100  # of those that outlived one, nearly all of which are results and stay
INTERRUPTED: Final = 130  # ExitCode.INTERRUPTED, while that is not yet loaded


def main() -> NoReturn:
    """Run the command line and end the process.

    What is loaded at the start lives to the end: to search it for garbage every 700 allocations, as Python does unless
    told otherwise, takes a tenth of a short run, and to search it once more at the end another one; so it is with the
    records of a large fleet, and what outlives one search is left alone. So do the threads that NumPy's OpenBLAS starts
    for matrices larger than any here: they spin while they wait for work.
    """
    if sys.argv[1:] == ["--version"] and _write_version():
        sys.exit(0)
    gc.set_threshold(ALLOCATIONS_BEFORE_COLLECTION, COLLECTIONS_BEFORE_THE_NEXT)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from logdiag.cli import exits, streams  # noqa: PLC0415  after the threshold is set
        from logdiag.cli.app import app  # noqa: PLC0415

        sys.stdout = streams.make_whole(sys.stdout)
        code = exits.run(app)
    except KeyboardInterrupt:
        # Not sys.exit: where the interrupt met a dataclass in the making, whose code is text, Python would end by the
        # signal after all. Nothing is written yet.
        os._exit(INTERRUPTED)
    gc.freeze()
    sys.exit(code)


def _write_version() -> bool:
    """Write what `--version` asks for, before all else is loaded; False where whoever explains failures shall do it."""
    from logdiag import __version__  # noqa: PLC0415  as `main` loads nothing sooner than it must

    line = f"logdiag {__version__}{os.linesep}".encode()
    try:
        return sys.stdout is not None and os.write(sys.stdout.fileno(), line) == len(line)
    except (OSError, ValueError):  # a full disk, a reader who left, a closed stream
        return False


if __name__ == "__main__":
    main()
