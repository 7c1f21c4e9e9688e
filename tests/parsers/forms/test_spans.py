"""Spans around a message."""

from __future__ import annotations

from logdiag.parsers.forms.contexts import open_context
from logdiag.parsers.forms.dialects import understand_record
from tests.folding import each


@each(
    ("message", "left", "name", "fields"),
    [
        ("conn: server::ws: closed", "closed", "server::ws", {}),
        ("a{x=1}:b: app: closed", "closed", "app", {"x": "1"}),
        ("conn{id=7}: closed: 1006", "closed: 1006", None, {"id": "7", "conn_id": "7"}),
        ('ws{peer=Some("10.0.0.7:51000") uri="/{b}"}: s::w: x', "x", "s::w", {"peer": "10.0.0.7:51000", "uri": "/{b}"}),
        ("a:b{n=1 n=2}:c: s::w: x", "x", "s::w", {"n": "2"}),
        ("Chat.Hub[0] Client connected", "Client connected", "Chat.Hub", {}),
    ],
)  # fmt: skip
def test_spans_may_be_bare_nested_and_without_a_target(
    message: str, left: str, name: str | None, fields: dict[str, str]
) -> None:
    """What a message begins with stays its own: `closed: 1006` is no logger."""
    opened = open_context(message)
    assert opened is not None
    assert opened == (left, name, fields)


def test_spans_of_json_give_their_keys() -> None:
    """Rust's JSON has the message in `fields`, and each span with its name; .NET's has scopes."""
    at = "2025-11-14T16:25:52.756Z"
    inner = {"id": 7, "name": "conn"}
    record = understand_record({
        "timestamp": at, "level": "INFO", "fields": {"message": "closed", "code": 1006}, "target": "server::ws",
        "span": inner, "spans": [{"method": "GET", "name": "request"}, inner],
    })  # fmt: skip
    assert (record.message, record.service, record.level) == ("closed", "server::ws", "info")
    assert {key: record.fields[key] for key in ("conn_id", "method", "code")} == {
        "conn_id": 7, "method": "GET", "code": 1006,
    }  # fmt: skip
    record = understand_record({
        "Timestamp": at, "EventId": 0, "LogLevel": "Warning", "Category": "Chat.Hub", "Message": "closed",
        "Scopes": [{"Message": "ConnectionId:0HMVB7", "ConnectionId": "0HMVB7"}, "RequestPath:/hub"],
    })  # fmt: skip
    assert (record.message, record.service, record.level) == ("closed", "Chat.Hub", "warn")
    assert (record.fields["ConnectionId"], record.fields["RequestPath"]) == ("0HMVB7", "/hub")
