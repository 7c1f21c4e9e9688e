"""Lines of traffic, of brokers and of frameworks, as their programs write them."""

from __future__ import annotations

from logdiag.cli.commands.rules import try_message
from tests.folding import each
from tests.winston import BUILT_IN


@each(
    ("line", "kind"),
    [
        ("<- message from client 12", "received"),
        ("recv 512 bytes", "received"),
        ("Received data", "received"),
        ("收到客户端消息", "received"),
        ("Received data from database", None),
        ("Received message from queue orders", None),
        ("Received messages: 12", None),
        ("received data-sync", None),
        ("Received DISCONNECT Session taken over None", "disconnected"),
        ("Sending PINGREQ", "heartbeat"),
        ("Received PINGRESP", "received"),
        ("Was clean? false, code 1006", "disconnected"),
        ('client {[],<<"till-3">>} with username <<"u">> stopped due to keepalive expired', "server-disconnected"),
        ("Workerman[start.php] start in DEBUG mode", "server-started"),
        ("disconnecting session due to no pongs", "server-kick"),
        ("[1234] 05 Oct 10:00:01 - Client closed connection", None),
        (
            '{"timestamp":"2026-10-05T10:00:00Z","level":"info","logger":"redis","message":"Client closed connection"}',
            None,
        ),
        (
            '{"time":"2026-10-05T10:00:00Z","level":"info","logger":"sip.transport","message":"Transport connected"}',
            None,
        ),
    ],
)
def test_a_line_means_what_its_program_means(line: str, kind: str | None) -> None:
    """Traffic is a sign of life, a broker's packet an end; what a queue or a store receives is neither."""
    found = try_message(BUILT_IN, line, None).match
    assert (None if found is None else found.kind.value) == kind


@each(
    ("line", "size"),
    [
        ("推送数据 2213671 字节", "2213671"),
        ("Отправка снимка 2213671 байт", "2213671"),
        ("スナップショット送信 2213671 バイト", "2213671"),
        ("正在推送数据同步到 Master，2213671 字节", "2213671"),
        ("Pushing data sync to Master (2.5 MB)", "2621440"),
        ("Pushing data sync to Master", None),
        ("收到推送 2213671 字节", None),
    ],
)
def test_a_number_with_its_unit_is_the_size_of_what_is_sent(line: str, size: str | None) -> None:
    """Whatever the language of the unit; of what is received it is none."""
    found = try_message(BUILT_IN, line, None).match
    assert (None if found is None else found.extracted.get("value")) == size


def test_a_key_behind_an_empty_reason_is_none() -> None:
    """`reason=` before a blank and the next key states nothing."""
    found = try_message(BUILT_IN, "disconnected reason= 未确认更新=1", None).match
    assert found is not None
    assert "reason" not in found.extracted
