"""The JSON Schemas: what is written obeys them, and they refuse what is not in the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from logdiag.cli.options import SchemaKind
from logdiag.merging.query import Query, open_chronicle
from logdiag.renderers.json import render_json
from logdiag.renderers.schema import KINDS, read_schema
from logdiag.renderers.timeline import write_json, write_json_lines
from tests.folders import LAB, LAB_NAMES, ROOT, SAMPLE_NAMES, SAMPLES, diagnose_once
from tests.renderers.example import EXAMPLES, GENERATED_AT


def load_schema(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(read_schema(kind))
    return schema


def list_faults(kind: str, document: object) -> list[str]:
    """What the schema has against a document."""
    validator = Draft202012Validator(load_schema(kind), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]


def list_misplaced(schema: Mapping[str, Any], node: Mapping[str, Any], value: Any, place: str = "$") -> Iterator[str]:
    """The objects of a document whose keys do not come in the order of the schema's properties."""
    node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    for option in node.get("anyOf", ()):
        yield from list_misplaced(schema, option, value, place)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from list_misplaced(schema, node.get("items", {}), item, f"{place}[{index}]")
    elif isinstance(value, dict) and "properties" in node:
        properties = node["properties"]
        if list(value) != [key for key in properties if key in value]:
            yield f"{place}: {list(value)}"
        for key, item in value.items():
            yield from list_misplaced(schema, properties.get(key, {}), item, f"{place}.{key}")


def diagnose_folder(folder: Path) -> Any:
    """The JSON of a folder's diagnosis."""
    result = diagnose_once(folder)
    return json.loads(render_json(result.diagnosis, generated_at=GENERATED_AT, version="0"))


def test_kinds_are_those_of_the_command_line() -> None:
    """Each schema can be asked for by name, and no other."""
    assert list(KINDS) == [kind.value for kind in SchemaKind]
    assert {f"{kind}.json" for kind in KINDS} == {
        path.name for path in (ROOT / "logdiag" / "renderers" / "schemas").iterdir()
    }
    with pytest.raises(KeyError):
        read_schema("nonsense")


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_schemas(kind: str) -> None:
    """Each file is a JSON Schema of the draft that it names, plain enough for any reader."""
    schema = load_schema(kind)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def list_objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for child in node.values():
            yield from list_objects(child)
    elif isinstance(node, list):
        for child in node:
            yield from list_objects(child)


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_leave_nothing_open(kind: str) -> None:
    """Every object refuses keys that it does not know; what it requires it describes."""
    schema = load_schema(kind)
    objects = list(list_objects(schema))
    assert len(objects) > (2 if kind in {"snippet", "rules"} else 5)
    assert [node for node in objects if "additionalProperties" not in node] == []
    required = [set(node.get("required", ())) - set(node["properties"]) for node in objects if "properties" in node]
    assert set().union(*required) == set()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_examples_obey_the_schema(name: str) -> None:
    """Every hand-built diagnosis, hostile text included, is valid, and its keys come in the schema's order."""
    document = json.loads(render_json(EXAMPLES[name](), generated_at=GENERATED_AT, version="0"))
    assert list_faults("diagnosis", document) == []
    schema = load_schema("diagnosis")
    assert list(list_misplaced(schema, schema, document)) == []


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_samples_obey_the_schema(name: str) -> None:
    """The diagnosis of each sample is valid, and its keys come in the schema's order."""
    document = diagnose_folder(SAMPLES / name)
    assert list_faults("diagnosis", document) == []
    schema = load_schema("diagnosis")
    assert list(list_misplaced(schema, schema, document)) == []


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_timelines_obey_the_schema(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeline of each sample is valid, its keys come in the schema's order, and JSON lines are its entries."""
    monkeypatch.chdir(ROOT)
    with open_chronicle(Query(paths=(f"sample_logs/{name}",))) as told:
        pieces = write_json(told.entries, told.account, paths=("logs",), generated_at=GENERATED_AT, version="0")
        document = json.loads("".join(pieces))
    with open_chronicle(Query(paths=(f"sample_logs/{name}",))) as told:
        lines = [json.loads(line) for line in write_json_lines(told.entries)]
    assert list_faults("timeline", document) == []
    schema = load_schema("timeline")
    assert list(list_misplaced(schema, schema, document)) == []
    assert lines == document["entries"]
    assert len(lines) == document["shown_count"]


@pytest.mark.skipif(not LAB_NAMES, reason="needs the lab's logs beside the repository")
@pytest.mark.parametrize("name", LAB_NAMES)
def test_lab_obeys_the_schema(name: str) -> None:
    """The diagnosis of each scenario of the lab is valid."""
    assert list_faults("diagnosis", diagnose_folder(LAB / name)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("surprise",), 1),
        (("verdict",), "fine"),
        (("generated_at",), "yesterday"),
        (("disconnects", 0, "outage_s"), "1.2 s"),
        (("disconnects", 0, "evidence", "column"), 7),
        (("causes", 0, "confidence"), 59.9),
        (("pushes", "items", 0, "outcome"), "ok"),
        (("inputs", "files", 0, "lines_count"), None),
    ],
)
def test_drift_is_noticed(path: tuple[str | int, ...], value: object) -> None:
    """A key that nobody announced, another type or an impossible value is refused."""
    document = json.loads(render_json(EXAMPLES["example"](), generated_at=GENERATED_AT, version="0"))
    node = document
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    assert len(list_faults("diagnosis", document)) == 1


@pytest.mark.parametrize("key", ["verdict", "worst_incident", "code"])
def test_missing_keys_are_noticed(key: str) -> None:
    """A key is there even where its value is null."""
    document = json.loads(render_json(EXAMPLES["nothing"](), generated_at=GENERATED_AT, version="0"))
    del document[key]
    assert re.search(key, " ".join(list_faults("diagnosis", document)))


def test_order_is_noticed() -> None:
    """Keys in another order are found."""
    document = json.loads(render_json(EXAMPLES["example"](), generated_at=GENERATED_AT, version="0"))
    document["pushes"] = dict(reversed(document["pushes"].items()))
    schema = load_schema("diagnosis")
    assert len(list(list_misplaced(schema, schema, document))) == 1
