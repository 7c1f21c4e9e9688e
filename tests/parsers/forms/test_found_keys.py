"""Keys of time, message and level, recognised by their values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdiag.parsers.forms.layouts import Fault
from logdiag.parsers.forms.records import decode_records
from tests.parsers.forms.test_forms import lay


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(("hora", "texto", "nivel"), id="pt"),
        pytest.param(("zeit", "nachricht", "stufe"), id="de"),
        pytest.param(("日時", "内容", "種別"), id="ja"),
        pytest.param(("zz1", "zz2", "zz3"), id="no language"),
    ],
)
def test_keys_are_found_by_their_values(tmp_path: Path, fields: tuple[str, str, str]) -> None:
    """Whatever time, message and level are called: the ids, agents and other times beside them are none of them."""
    time, message, level = fields
    said = ["caixa saiu da loja", "loja aberta", "caixa chegou"]
    lines = [
        json.dumps({
            "expira": f"2025-11-{14 - number}T16:25:52.756Z",
            "canal": f"bN-BTEUe3Eucs-UaAAA{number}",
            "agente": f"Mozilla/5.0 (X11; Linux x86_64; rv:{number}) Gecko/20100101 Firefox/109.0",
            time: f"2025-11-14T16:25:5{number}.756Z",
            level: "INFO",
            message: said[number],
        })
        for number in range(3)
    ]  # fmt: skip
    _, layout = lay(tmp_path, x=lines)["x"]
    found = [pair for line in lines for pair in decode_records(line.encode(), layout)]
    assert [moment.second for moment, _ in found] == [50, 51, 52]
    assert [record.message for _, record in found] == said
    assert {record.level for _, record in found} == {"info"}
    assert layout.form == f"generic ({time}, {message}, {level})"


def test_numbers_in_no_order_are_no_time(tmp_path: Path) -> None:
    """Ids as large as an epoch leave the file without stamps, which is said."""
    ids = (1763137552, 1463137000, 1863137999, 1563137111)
    _, layout = lay(tmp_path, x=[json.dumps({"pedido": number, "texto": "pedido feito"}) for number in ids])["x"]
    assert layout.fault is Fault.UNTIMED_JSON


def test_known_keys_are_not_looked_for(tmp_path: Path) -> None:
    """A longer text beside `msg` is no message, and a second time no stamp."""
    lines = [
        json.dumps({"time": f"2025-11-14T16:25:5{n}.000Z", "msg": f"step {n}", "nota": "a much longer text than that"})
        for n in range(3)
    ]
    _, layout = lay(tmp_path, x=lines)["x"]
    assert layout.keys is None


def test_a_second_logger_has_its_message_under_a_key_of_its_own(tmp_path: Path) -> None:
    """Half of the lines have `msg`, the others the arguments of a call, of which the first is always the same here."""
    rows = [
        {"level": 30, "time": 1763137550000 + 1000 * place, "pid": 7, "name": "app"}
        | ({"msg": "job done"} if place % 2 else {"p1": "socket opened", "p2": "", "host": "my host"})
        for place in range(10)
    ]
    lines = [json.dumps(row) for row in rows]
    _, layout = lay(tmp_path, x=lines)["x"]
    said = [record.message for line in lines for _, record in decode_records(line.encode(), layout)]
    assert said == ["socket opened", "job done"] * 5


def test_a_constant_text_under_another_key_is_no_message(tmp_path: Path) -> None:
    """What some records have beside no message may be anything that two words name."""
    rows = [
        {"level": 30, "time": 1763137550000 + 1000 * place, "pid": 7}
        | ({"msg": "job done"} if place % 2 else {"region": "north east", "took": place})
        for place in range(10)
    ]
    lines = [json.dumps(row) for row in rows]
    _, layout = lay(tmp_path, x=lines)["x"]
    assert layout.keys is None
