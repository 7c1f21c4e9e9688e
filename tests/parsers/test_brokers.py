"""What brokers and chat servers call the ends of connections: who left, who was lost, who had to go."""

from __future__ import annotations

from logdiag.events import EventKind
from logdiag.parsers.rule_files import load_rules
from tests.folding import each

HIVEMQ = "Client ID: till-3, IP: 10.0.0.7"
EMQX = "msg: terminate, mfa: emqx_connection:terminate/2(672), peername: 10.0.0.7:52341, clientid: till-3, reason: "
NATS = "10.0.0.7:52341 - wid:12 - Client connection closed: "
XMPP = "(websocket|<0.744.0>) Closing c2s session for till@shop.example/3: "


@each(
    ("message", "reason"),
    [
        (f"{HIVEMQ} disconnected gracefully.", "client disconnect"),
        (f"{HIVEMQ} disconnected ungracefully.", "transport close"),
        (f"{HIVEMQ} was disconnected. reason: Client was idle for too long.", "ping timeout"),
        (f"{HIVEMQ} was disconnected. reason: Another client connected with the same client ID.", "replaced by"),
        (f"{EMQX}{{shutdown,normal}}", "client disconnect"),
        (f"{EMQX}{{shutdown,tcp_closed}}", "transport close"),
        (f"{EMQX}{{shutdown,keepalive_timeout}}", "ping timeout"),
        (f"{EMQX}{{shutdown,takenover}}", "replaced by"),
        (f"{NATS}Client Closed", "transport close"),
        (f"{NATS}Stale Connection", "ping timeout"),
        (f"{NATS}Slow Consumer (Pending Bytes)", "slow consumer"),
        (f"{XMPP}Stream closed by peer", "client disconnect"),
        (f"{XMPP}Connection failed: connection closed", "transport close"),
        (f"{XMPP}Stream closed by local host: Replaced by new connection (conflict)", "replaced by"),
        ('keepalive timeout in Web MQTT connection <<"10.0.0.7:52341 -> 10.0.0.1:15675">>', "ping timeout"),
    ],
)
def test_an_end_has_the_reason_that_its_words_stand_for(message: str, reason: str) -> None:
    """The same few reasons as of Socket.IO: a goodbye, a transport that ended, silence, another login."""
    found = load_rules(()).match(message, None)
    assert found is not None
    assert found.kind is EventKind.SERVER_DISCONNECTED
    assert str(found.extracted["reason"]).lower().startswith(reason)


def test_a_session_that_nobody_resumed_had_ended_before() -> None:
    """An ejabberd keeps the session of a lost connection for minutes, and then says that it closes it."""
    waited = f"{XMPP}Stream closed by local host: Timed out waiting for stream resumption"
    found = load_rules(()).match(waited, None)
    assert found is None or found.kind is EventKind.IGNORED
