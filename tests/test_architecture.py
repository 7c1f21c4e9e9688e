"""DESIGN.md's table, held against the syntax trees: who imports whom, who may know pandas and the clock, units."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final, NamedTuple

import logdiag

ROOT: Final = Path(logdiag.__file__).parent
MODULES: Final = sorted(ROOT.rglob("*.py"))
SIMULATION: Final = ROOT.parent / "benchmarks" / "simulation"

LEAVES: Final = frozenset({"texts", "deferred", "errors", "events", "verdict", "results", "request", "limits"})
# What each area may import, besides itself, from the ground up. A new area needs a row.
ALLOWED: Final = {
    "__init__": frozenset({"api", "results", "errors", "frame", "merging"}),  # for type checkers; loaded by name
    "api": LEAVES | {"merging", "pipeline"},
    "texts": frozenset[str](),
    "deferred": frozenset[str](),
    "errors": frozenset({"texts"}),
    "events": frozenset[str](),
    "verdict": frozenset[str](),
    "results": frozenset({"errors", "events", "verdict", "tables", "frame"}),  # the way to a frame, when asked for
    "tables": frozenset({"results", "events", "rows"}),
    "request": frozenset({"events", "limits"}),
    "limits": frozenset[str](),
    "times": LEAVES,
    "reading": LEAVES,
    "parsers": LEAVES | {"times", "reading"},
    "codebase": LEAVES | {"parsers"},
    "scanning": LEAVES | {"__init__", "times", "reading", "parsers"},
    "rows": frozenset({"events", "results"}),
    "ordering": LEAVES | {"reading", "rows"},
    "frame": frozenset({"tables"}),
    "merging": LEAVES | {"times", "reading", "parsers", "scanning"},
    "analyzers": LEAVES | {"rows"},
    "pipeline": LEAVES | {"times", "reading", "parsers", "codebase", "scanning", "rows", "ordering", "analyzers"},
    "watching": LEAVES | {"times", "reading", "parsers", "scanning", "analyzers", "pipeline"},
    "renderers": (LEAVES - {"events", "request"}) | {"tables", "times", "merging"},
    "cli": LEAVES
    | {
        "__init__",
        "tables",
        "times",
        "reading",
        "parsers",
        "merging",
        "analyzers",
        "pipeline",
        "watching",
        "renderers",
    },
    "__main__": frozenset({"__init__", "cli"}),
}
# Packages of analyzers, each of which may import only those before it; loose modules join them all.
ANALYZERS: Final = (
    "statistics", "processes", "names", "sides", "connections", "attempts", "silences", "clocks", "triggers", "timers",
    "pushes", "causes", "findings", "replays",
)  # fmt: skip
PANDAS_AREAS: Final = {"frame"}
CLOCK_AREAS: Final = {"cli"}
CLOCK_READS: Final = {"now", "utcnow", "today", "time_ns", "localtime", "gmtime"}
NAMELESS: Final = re.compile(r"(^|_)(utils?|helpers?|managers?|core|common)(_|$)")
UNITS: Final = re.compile(
    r"(^|_)(s|ms|us|ns|bytes|count|ratio|nats|columns|probability|confidence|per_h|p|q)(_(per|connected|outage)\w*)?$"
)
# Numbers without a unit: ordinals, statistics, parts of a field that has one, and what is quoted from a log as it is.
UNITLESS: Final = {
    "line", "number", "index", "rank", "disconnect_index", "fleet_event", "confidence", "expected_by_chance", "lift",
    "p_value", "q_value", "value", "median", "p10", "p90", "log10_false_alarm", "log10_windows", "guard", "alpha",
    "strength", "seconds", "first_line", "end_line", "opening_number", "start", "end", "place", "level_place",
    "estimate", "low", "high", "time_place",
}  # fmt: skip
# Modules without a test file of their own, by package: what tests others tests them, or nothing does. To be shortened.
UNMIRRORED: Final = {
    "": "errors events limits request tables verdict",
    "analyzers/causes/facts": "endings",
    "analyzers/triggers": "tallies",
    "cli": "answers app browser clock notes options screen step_summary usage",
    "cli/commands": "schema",
    "codebase": (
        "guards handlers later_settings loggers outcomes proxies queues schedules sides sockets survey timer_texts "
        "timer_wrappers versions"
    ),
    "codebase/trees": "application bindings definitions elements grammars modules names syntax values",
    "merging": "entries",
    "parsers/forms": "layouts",
    "pipeline": "code_places describing explaining following inputs judging losses replays timers",
    "reading": "blocks byte_views compression documents files frames labels lines spool streams",
    "renderers": (
        "csv document explain explainer extents github journey json junit markdown notation replay report snippet "
        "suspicion terminal verify watch"
    ),
    "renderers/html": "assets columns copies crowd drops figures head ledger plots",
    "renderers/sections": (
        "analysis causes clocks code footer headline incident material pattern pushes remedies summary symptoms"
    ),
    "results": (
        "causes code connections diagnosis disconnects evidence finding_ids inputs journey judgement observation "
        "patterns pushes replay suspicion timers verification"
    ),
    "scanning": "matches threads",
    "watching": "analyses changes lines wakes",
}


class Import(NamedTuple):
    """One imported module, and where."""

    name: str
    line: int


def area_of(path: Path) -> str:
    """The folder below logdiag/, or the module itself."""
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def read_tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from runtime_nodes(node)


@cache
def list_imports(path: Path, *, typing_too: bool) -> tuple[Import, ...]:
    return tuple(_walk_imports(path, typing_too=typing_too))


def _walk_imports(path: Path, *, typing_too: bool) -> Iterator[Import]:
    tree = read_tree(path)
    for node in ast.walk(tree) if typing_too else runtime_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{label(path)}:{node.lineno}: imports are absolute"
            yield Import(str(node.module), node.lineno)
            if node.module == "logdiag":
                yield from (Import(f"logdiag.{alias.name}", node.lineno) for alias in node.names)


def imported_area(name: str) -> str:
    part = [*name.split("."), ""][1]
    return part if (ROOT / part).is_dir() or (ROOT / f"{part}.py").is_file() else "__init__"


def list_faults(find: Callable[[Path], Iterable[object]]) -> list[str]:
    """What `find` finds in any module, each with its file: one test for all takes a twentieth of one for each."""
    return [f"{label(path)}: {fault}" for path in MODULES for fault in find(path)]


def test_imports_point_one_way() -> None:
    """A module imports only what stands to its left in the way of the data."""
    unknown = {area_of(path) for path in MODULES} - ALLOWED.keys()
    assert unknown == set(), "a new area needs a row in ALLOWED"
    assert list_faults(find_imports_against_the_way) == []


def find_imports_against_the_way(path: Path) -> list[Import]:
    area = area_of(path)
    found = [item for item in list_imports(path, typing_too=True) if item.name.split(".")[0] == "logdiag"]
    allowed = ALLOWED[area] | {area, "__init__"} if area == "cli" else ALLOWED[area] | {area}
    return [item for item in found if item.name != "logdiag" and imported_area(item.name) not in allowed]


def test_analyzers_build_on_those_before_them() -> None:
    """A package of analyzers imports itself and the packages before it, never a loose module that joins them."""
    assert {package for path in MODULES if (package := package_of_analyzers(path))} == set(ANALYZERS)
    assert list_faults(find_analyzers_behind) == []


def package_of_analyzers(path: Path) -> str | None:
    """The package of analyzers that a module is of, however deep; None: it is of none."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "analyzers" and len(parts) > 2 else None


def find_analyzers_behind(path: Path) -> list[str]:
    package = package_of_analyzers(path)
    if package is None:
        return []
    known = ANALYZERS[: ANALYZERS.index(package) + 1]
    names = [item.name for item in list_imports(path, typing_too=True) if item.name.startswith("logdiag.analyzers.")]
    return [name for name in names if name.split(".")[2] not in known]


def test_the_simulation_has_no_circle() -> None:
    """No module of the simulation imports one that imports it, not even for a type checker."""
    imports = {
        f"benchmarks.simulation.{path.stem}": {item.name for item in list_imports(path, typing_too=True)}
        for path in SIMULATION.glob("*.py")
    }
    order = list(TopologicalSorter(imports).static_order())  # raises CycleError
    assert order.index("benchmarks.simulation.network") < order.index("benchmarks.simulation.client")


def test_pandas_stays_inside() -> None:
    """Only frame.py knows pandas: nothing that a report needs."""
    assert list_faults(find_pandas_outside) == []


def find_pandas_outside(path: Path) -> list[Import]:
    if area_of(path) in PANDAS_AREAS:
        return []
    return [item for item in list_imports(path, typing_too=False) if item.name.split(".")[0] == "pandas"]


def test_no_clock_below_the_command_line() -> None:
    """Below cli/ nothing asks what time it is."""
    assert list_faults(find_clocks) == []


def find_clocks(path: Path) -> list[str]:
    if area_of(path) in CLOCK_AREAS:
        return []
    return [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(read_tree(path))
        if isinstance(node, ast.Call | ast.ImportFrom) and reads_clock(node)
    ]


def reads_clock(node: ast.Call | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "time"
    return isinstance(node.func, ast.Attribute) and (
        node.func.attr in CLOCK_READS or ast.unparse(node.func) == "time.time"
    )


def test_modules_are_named_for_what_they_know() -> None:
    """No module is called utils, helpers, manager, core or common."""
    assert [label(path) for path in MODULES if NAMELESS.search(path.stem)] == []


def test_numeric_fields_carry_units() -> None:
    """A numeric field of a dataclass or named tuple says its unit in its name."""
    assert list_faults(find_numbers_without_units) == []


def find_numbers_without_units(path: Path) -> list[str]:
    return [
        f"{field.lineno}: {ast.unparse(field.target)}"
        for node in ast.walk(read_tree(path))
        if isinstance(node, ast.ClassDef) and is_record(node)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and is_number(field.annotation) and not has_unit(ast.unparse(field.target))
    ]


def is_record(node: ast.ClassDef) -> bool:
    marks = [*node.decorator_list, *node.bases]
    return any(word in ast.unparse(mark) for mark in marks for word in ("dataclass", "NamedTuple"))


def is_number(annotation: ast.expr) -> bool:
    return set(ast.unparse(annotation).replace(" ", "").split("|")) - {"None"} in ({"int"}, {"float"}, {"int", "float"})


def has_unit(name: str) -> bool:
    return name in UNITLESS or UNITS.search(name) is not None


def test_numeric_options_carry_units() -> None:
    """An option that takes a number says its unit: --window-ms, --limit-bytes."""
    options = [
        (node.value.elts[0], node.value.elts[1])
        for node in ast.walk(read_tree(ROOT / "cli" / "options.py"))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Annotated"
        for node in [ast.Expr(node.slice)]
        if isinstance(node.value, ast.Tuple)
    ]
    names = [
        argument.value
        for annotation, option in options
        if is_number(annotation) and isinstance(option, ast.Call)
        for argument in option.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    assert names, "no numeric option found: this test looks in the wrong place"
    assert [name for name in names if not re.search(r"-(s|ms|bytes|count)$", name)] == []


def test_no_area_is_a_memory() -> None:
    """Every row of the table is about something that exists."""
    assert [area for area in ALLOWED if not ((ROOT / area).is_dir() or (ROOT / f"{area}.py").is_file())] == []


def test_the_tables_of_contributing_name_every_module() -> None:
    """Each package of the tree with all its modules, the loose ones of analyzers too, and none that is gone."""
    text = (ROOT.parent / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w/]+)/` \| (`[\w`, ]+`) \|$", text, re.MULTILINE)
    named = {f"{package}/{name}" for package, names in rows for name in re.findall(r"\w+", names)}
    beside = re.search(r"^What joins them lies beside: (.*)$", text, re.MULTILINE)
    assert beside is not None
    named |= {f"analyzers/{name}" for name in re.findall(r"`(\w+)`", beside[1])}
    paths = [path.relative_to(ROOT).with_suffix("") for path in MODULES if path.name != "__init__.py"]
    existing = {path.as_posix() for path in paths if len(path.parts) > 1}
    assert not existing - named, "add these to the tables of CONTRIBUTING"
    assert not named - existing


def test_each_module_has_its_tests_where_they_are_looked_for() -> None:
    """`logdiag/a/b.py` in `tests/a/test_b.py`, but for a list that names no module which has them, or is gone."""
    listed = {Path(package, name) for package, names in UNMIRRORED.items() for name in names.split()}
    modules = {path.relative_to(ROOT).with_suffix("") for path in MODULES if not path.name.startswith("__")}
    bare = {one for one in modules if not (Path(__file__).parent / one.parent / f"test_{one.name}.py").exists()}
    assert not bare - listed, "these need a test file of their own"
    assert not listed - bare, "take these off the list"
