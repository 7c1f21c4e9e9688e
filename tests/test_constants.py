"""Each threshold of the analysis says where it comes from: a source, a measurement, or what was traded for what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import logdiag
from tests.folding import each

ANALYZERS = Path(logdiag.__file__).parent / "analyzers"


def list_bare(text: str) -> Iterator[str]:
    """The constants of a module that are numbers or spans of time, without a comment in their lines or above."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if (
            isinstance(node, ast.AnnAssign)
            and node.value is not None
            and ast.unparse(node.annotation) == "Final"
            and _is_number(node.value)
            and not any("  # " in line for line in lines[node.lineno - 1 : node.end_lineno])
            and not lines[node.lineno - 2].startswith("# ")
        ):
            yield ast.unparse(node.target)


def _is_number(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
        case ast.Call(func=ast.Name(id="timedelta")):
            return True
    return False


@each("path", sorted(ANALYZERS.rglob("*.py")), ids=lambda path: str(path.relative_to(ANALYZERS)))
def test_each_threshold_gives_its_reason(path: Path) -> None:
    """In its line, or in the one above it."""
    assert list(list_bare(path.read_text("utf-8"))) == []


def test_a_bare_number_is_found_and_nothing_else() -> None:
    """A comment in the line or above it, a text, a flag and a table need no more."""
    text = (
        "BARE: Final = -2.0\nLONG: Final = timedelta(seconds=2)\nSAID: Final = 3  # so many\n"
        "# Above.\nTOO: Final = 2**4\n"
        'NAME: Final = "x"\nFLAG: Final = True\nROWS: Final = (1, 2)\n'
    )
    assert list(list_bare(text)) == ["BARE", "LONG"]
