"""What lines say became of a push that has a name."""

from __future__ import annotations

import json

from logdiag.events import EventKind
from logdiag.parsers.lexicon.deliveries import read_delivery
from logdiag.parsers.lexicon.messages import read_message
from tests.folding import each
from tests.winston import BUILT_IN

FAILED = (
    ("Giving up on batch 6058, dropped", "6058"),
    ("Giving up on batch 6058, dropped from the queue", "6058"),
    ("Batch 6058: ack timeout after 5000ms (attempt 1/3)", "6058"),
    ("Batch 12 lost: no ack from master", "12"),
    ("Batch 12 not delivered", "12"),
    ("Error: Acknowledgement timeout, discarding batch 12", "12"),
    ("batch:upload 12 failed: timeout", "12"),
    ("LOT-22211: operation has timed out", "LOT-22211"),
    ("S305: no ack within 5 s", "S305"),
    ("Track segment #12 lost: read ETIMEDOUT", "12"),
    ("Message dropped after 3 attempts to deliver it", None),
    ("批次 12 上报失败, 已丢弃", "12"),
    ("画面 F883 上传未确认", "F883"),
    ("Lote 12 descartado: sin confirmación del maestro", "12"),
    ("Nachricht 12 verworfen, keine Bestätigung", "12"),
    ("Сообщение 12 не доставлено", "12"),
    ("メッセージ 12 を破棄しました (確認なし)", "12"),
)
OTHERS = (
    ("Pushing batch 5830 to master", EventKind.PUSH_STARTED, "5830"),
    ("lot:commit LOT-21937 handed to hub", EventKind.PUSH_STARTED, "LOT-21937"),
    ("开始上传画面 F636 大小 160.3 KB", EventKind.PUSH_STARTED, "F636"),
    ("Shipping scan S305 to depot", EventKind.PUSH_STARTED, "S305"),
    ("Batch 5830 acked", EventKind.PUSH_ACKNOWLEDGED, "5830"),
    ("LOT-21937 acknowledged by hub", EventKind.PUSH_ACKNOWLEDGED, "LOT-21937"),
    ("画面 F636 已确认", EventKind.PUSH_ACKNOWLEDGED, "F636"),
    ("Scan S305 shipped", EventKind.PUSH_OK, "S305"),
    ("Report evt-timeout-7 sent", EventKind.PUSH_OK, "evt-timeout-7"),
)


@each(("message", "name"), FAILED)
def test_a_push_that_was_given_up_or_not_answered_has_failed(message: str, name: str | None) -> None:
    """In many languages a line says that a message was dropped, not delivered, or not acknowledged, and which."""
    found = read_message(message)
    assert found is not None
    assert (found.kind, found.extracted.get("message_id")) == (EventKind.PUSH_FAILED, name)


@each(("message", "kind", "name"), OTHERS)
def test_starts_and_answers_name_the_same_push(message: str, kind: EventKind, name: str) -> None:
    """What is begun and what is acknowledged has the name by which it is given up."""
    found = read_message(message)
    assert found is not None
    assert (found.kind, found.extracted.get("message_id")) == (kind, name)


@each(
    "message",
    [
        "Dropping duplicate message 12",
        "UDP: 12 packets dropped",
        "dropping privileges to user nobody",
        "discarded cache entry 15",
        "gave up DNS lookup of master after 5 retries",
        "Kafka: message 12 not delivered",
        "Event 12 from client 5 dropped: rate limit",
        "Message 12 to user 5 dropped: offline",
        "12 messages dropped",
        "dropped=12 packets",
        "frame 12 dropped (renderer)",
        "Item 5 lost its price",
        "Order 5 confirmed",
        "email message 5 not sent",
        "alarm-5 acknowledged by operator",
        "Batch 12 will be dropped unless it is acked",
        "Received message 12",
        "connection lost while the next message was sent: SocketException (OS Error, errno = 103)",
        "failed to dial to edge with quic: write udp4: message not sent",
    ],
)
def test_what_else_is_dropped_is_no_push(message: str) -> None:
    """Networks, caches, screens, mail and brokers drop things too, and so does who gets what it does not want."""
    assert read_delivery(message, {}) is None


def test_a_name_may_stand_in_a_key_and_the_error_beside_it() -> None:
    """A record says in keys of its own which message it speaks of, and why."""
    found = read_delivery("Batch dropped", {"batchId": 5, "error": "no ack"})
    assert found is not None
    assert found.fields == {"message_id": "5", "error": "no ack"}


def test_a_raw_line_with_such_words_is_looked_at() -> None:
    """The scanner's prefilter lets pass what this module understands, in either writing of JSON."""
    is_wanted = BUILT_IN.find_candidate()
    messages = [message for message, *_ in (*FAILED, *OTHERS)]
    raws = [json.dumps({"message": text}, ensure_ascii=is_escaped) for text in messages for is_escaped in (False, True)]
    assert [raw for raw in raws if not is_wanted(raw.encode())] == []
