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
