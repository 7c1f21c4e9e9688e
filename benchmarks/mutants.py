"""Do the tests notice a slip in the code? A random sample of small edits, each held against its module's tests.

An edit swaps a comparison or moves its bound, puts `and` for `or`, drops a `not`, returns None, leaves out a call, or
changes a number. The sample gives each module its share of the edits, at least one. Nothing is written into the tree: a
forked process compiles the edited module when the tests import it. Held against it are the mirrored test module, those
that import the module, and where there is none the tests of the nearest mirrored folder.

`python -m benchmarks.mutants [--count 250] [--budget 280] results.jsonl` goes on where it stopped, for `--budget`
seconds, and prints the score; `--again earlier.jsonl` tries those that had survived on the same code.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Final, NamedTuple

import hypothesis  # noqa: F401  loaded once, before the forks: logdiag itself must not be
import pandas  # noqa: F401
import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("logdiag/analyzers", "logdiag/parsers")
CONTROL: Final = "logdiag/parsers/stacks.py"  # runs unedited first: what fails then says nothing
CPU_LIMIT_S: Final = 60  # three times what the slowest folder of tests takes: an endless loop is noticed, too
LIMIT_S: Final = 240  # of wall time, for what waits instead
_SWAPS: Final = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


class Mutant(NamedTuple):
    """One edit: the module's path from the root, the node's number in the order of `ast.walk`, what becomes of it."""

    path: str
    node: int
    edit: str


class Result(NamedTuple):
    """What became of one mutant: `killed`, `timeout` or `survived`; `line` is 1-based."""

    mutant: Mutant
    line: int
    fate: str


def list_edits(node: ast.AST) -> Iterator[str]:
    """Name the edits that a node admits; what they do is in `edit_node`."""
    match node:
        case ast.Compare(ops=[operator]):
            yield from (swap.__name__ for swap in _SWAPS[type(operator)])
        case ast.BoolOp():
            yield "other-word"
        case ast.UnaryOp(op=ast.Not()):
            yield "no-not"
        case ast.Constant(value=bool() | None):
            pass
        case ast.Constant(value=int() | float()):
            yield from ("plus-one", "double") if node.value else ("plus-one",)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "return-none"
        case ast.Expr(value=ast.Call()):
            yield "no-call"


def edit_node(node: ast.AST, edit: str) -> ast.AST:
    """Return what stands in the place of a node after an edit that `list_edits` named."""
    node = copy.deepcopy(node)
    match node:
        case ast.Compare():
            node.ops = [getattr(ast, edit)()]
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.UnaryOp():
            return node.operand
        case ast.Constant(value=int() | float() as value):
            node.value = value + 1 if edit == "plus-one" else 2 * value
        case ast.Return():
            node.value = ast.Constant(None)
        case ast.Expr():
            return ast.Pass()
    return node


def list_mutants(path: Path) -> list[Mutant]:
    """Return every edit of a module, but those of annotations and marks that only type checkers read."""
    tree = ast.parse(path.read_text("utf-8"))
    unread: set[int] = set()
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            unread |= {id(inner) for inner in ast.walk(getattr(node, field, None) or ast.Pass())}
    name = path.relative_to(ROOT).as_posix()
    nodes = enumerate(ast.walk(tree))
    return [Mutant(name, place, edit) for place, node in nodes if id(node) not in unread for edit in list_edits(node)]


def draw_sample(count: int, seed: int) -> list[Mutant]:
    """Return about `count` mutants in random order: each module its share, at least one."""
    generator = random.Random(seed)
    pools = [
        pool for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")) if (pool := list_mutants(path))
    ]
    share = count / sum(map(len, pools))
    sample = [mutant for pool in pools for mutant in generator.sample(pool, max(1, round(share * len(pool))))]
    generator.shuffle(sample)
    return sample


def find_tests(path: str) -> list[str]:
    """Return the tests that are held against a module: files, or one folder."""
    module = Path(path).with_suffix("")
    dotted = ".".join(module.parts).removesuffix(".__init__")
    relative = Path(*module.parts[1:])
    mirrored = ROOT / "tests" / relative.parent / f"test_{relative.name}.py"
    importing = [
        test
        for package in PACKAGES
        for test in sorted((ROOT / "tests" / Path(package).name).rglob("test_*.py"))
        if test == mirrored or f"from {dotted} import" in test.read_text("utf-8")
    ]
    if importing:
        return [str(test) for test in sorted(importing, key=lambda test: test != mirrored)]
    folder = relative.parent
    while not any((ROOT / "tests" / folder).glob("test_*.py")):
        of_package = ROOT / "tests" / folder.parent / f"test_{folder.name}.py"
        if of_package.exists():
            return [str(of_package)]
        folder = folder.parent
    return [str(test) for test in sorted((ROOT / "tests" / folder).glob("test_*.py"))]


def compile_mutant(mutant: Mutant) -> tuple[CodeType, int]:
    """Return the code of the edited module and the line of the edit."""
    path = ROOT / mutant.path
    tree = ast.parse(path.read_text("utf-8"))
    target = list(ast.walk(tree))[mutant.node]
    line: int = target.lineno  # type: ignore[attr-defined]

    class Editor(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return ast.copy_location(edit_node(node, mutant.edit), node) if node is target else self.generic_visit(node)

    Editor().visit(tree)
    return compile(ast.fix_missing_locations(tree), path, "exec"), line


def try_mutant(mutant: Mutant) -> Result:
    """Run the tests in a fork in which the module is the edited one; the tree stays as it is."""
    code, line = compile_mutant(mutant)
    return Result(mutant, line, try_code(mutant.path, code))


def try_code(path: str, code: CodeType) -> str:
    """Return what becomes of code that stands in for a module: `killed`, `timeout` or `survived`."""
    tests = find_tests(path)
    child = os.fork()
    if child == 0:
        _run_tests(ROOT / path, code, tests)
    _, status = os.waitpid(child, 0)
    exit_code = os.waitstatus_to_exitcode(status)
    return "timeout" if exit_code < 0 else "killed" if exit_code else "survived"


def _run_tests(path: Path, code: CodeType, tests: list[str]) -> None:
    """Never returns: the process ends with 0 if all tests passed."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
    signal.alarm(LIMIT_S)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    original = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        return code if Path(loader.path) == path else original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]
    try:
        options = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        status = int(pytest.main([*options, "--rootdir", str(ROOT), *tests]))
    except BaseException:  # a module that can no longer be imported is noticed
        status = 1
    os._exit(status)


def report(results: list[Result]) -> str:
    """Return killed (with timeouts) of all, for each package and in all."""
    tried: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    for mutant, _, fate in results:
        parts = Path(mutant.path).parts
        package = "/".join(parts[1:3] if len(parts) > 3 and parts[1] == "analyzers" else parts[1:2])
        tried.update([package, "all"])
        killed.update([package, "all"] if fate != "survived" else [])
    return "\n".join(f"{package:24} {killed[package]:4} of {tried[package]:4}" for package in sorted(tried))


def _read_results(path: Path) -> dict[Mutant, Result]:
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {Mutant(*row[0]): Result(Mutant(*row[0]), *row[1:]) for row in map(json.loads, lines)}


def main() -> None:
    """Try what is left of the sample for a while, then print the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--count", type=int, default=250)
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--budget", type=float, default=280.0)
    parser.add_argument("--again", type=Path, help="earlier results on the same code: only what survived is tried")
    asked = parser.parse_args()
    until = time.monotonic() + asked.budget
    sample = draw_sample(asked.count, asked.seed)
    earlier = _read_results(asked.again) if asked.again else {}
    known = {mutant: result for mutant, result in earlier.items() if result.fate != "survived"}
    known |= _read_results(asked.results)
    left = [mutant for mutant in sample if mutant not in known and (mutant in earlier or not asked.again)]
    if try_code(CONTROL, compile((ROOT / CONTROL).read_text("utf-8"), ROOT / CONTROL, "exec")) != "survived":
        sys.exit("the tests fail without any edit")
    with asked.results.open("a", encoding="utf-8") as file:
        for mutant in left:
            if time.monotonic() > until:
                break
            known[mutant] = try_mutant(mutant)
            print(json.dumps(known[mutant]), file=file, flush=True)
    results = [known[mutant] for mutant in sample if mutant in known]
    print(report(results), f"{len(sample) - len(results)} left", sep="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
