"""Event rules: the built-in table, the user's, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from re import _parser as sre_parser  # type: ignore[attr-defined]  # the tree of a pattern has no public door
from typing import Any

import pytest

from logdiag.events import EventKind
from logdiag.parsers.rule_files import load_rules, parse_rules
from logdiag.parsers.rules import FIELDS, MATCHED_PREFIX, Rule, RuleSet
from logdiag.texts.sentences import Sentence
from tests.folding import each
from tests.winston import BUILT_IN

EXACT = replace(BUILT_IN, has_lexicon=False)
EXAMPLES = [(rule, text) for rule in BUILT_IN.rules for text in rule.examples]
UNBOUNDED = re.compile(r"\.[*+]\??(?!\)*\??$)")
GOOD = """
[[rule]]
id = "uplink-lost"
kind = "disconnected"
contains = ["uplink lost"]
pattern = 'uplink lost \\(code (?P<code>\\d+)\\)'
set = { reason = "uplink" }
fields = { error = "context.cause", count = "context.tries" }
examples = ["uplink lost (code 7)"]
"""
COUNTING = {"value", "count", "message_id"}  # numbers of any size; a code has few values
NEVER_BUILT_IN = {EventKind.TIMER_ANNOUNCED}


def suiting_service(rule: Rule) -> str:
    """A service that the rule is for."""
    return rule.services[0].replace("*", "") if rule.services else "some-service"


def suiting_level(rule: Rule) -> str:
    return rule.levels[0] if rule.levels else "info"


def extract(message: str, service: str = "some-service", level: str = "error") -> tuple[str, dict[str, str]] | None:
    return _extract(BUILT_IN, message, service, level)


def extract_exactly(message: str, service: str = "some-service", level: str = "error") -> object:
    """What the rules alone extract."""
    return _extract(EXACT, message, service, level)


def _extract(rules: RuleSet, message: str, service: str, level: str) -> tuple[str, dict[str, str]] | None:
    found = rules.match(message, service, {}, level)
    return None if found is None else (found.kind.value, found.extracted)


@each(("rule", "text"), EXAMPLES, ids=lambda value: value.id if isinstance(value, Rule) else None)
def test_no_example_is_claimed_by_an_earlier_rule_of_another_kind(rule: Rule, text: str) -> None:
    """The first rule that matches wins; it must say the same."""
    found = BUILT_IN.interpret(text, suiting_service(rule), rule.where, suiting_level(rule))
    assert found is not None
    assert found.kind is rule.kind, f"{rule.id} is hidden by {found.rule}"


@each(("rule", "text"), EXAMPLES, ids=lambda value: value.id if isinstance(value, Rule) else None)
def test_contains_stands_in_the_raw_line(rule: Rule, text: str) -> None:
    """What the scanner looks for before it decodes is really in the bytes of an example, however JSON writes it."""
    needles = BUILT_IN.needles()
    for ascii_only in (False, True):
        raw = json.dumps({"message": text}, ensure_ascii=ascii_only).encode()
        assert needles.is_in(raw) or b"\\u" in raw
    assert any(part in text for part in rule.contains)


@each(("rule", "text"), EXAMPLES, ids=lambda value: getattr(value, "id", None))
def test_a_number_is_taken_whole(rule: Rule, text: str) -> None:
    """What stands free before a number takes none of its digits: `Sending frame: 1259797 bytes` has no 7 bytes."""
    found = rule.pattern.search(text)
    assert found is not None
    for name, captured in found.groupdict().items():
        if captured is None or not captured.isdecimal():
            continue
        for digits in range(1, 8):
            number = "4259797"[:digits]
            message = text[: found.start(name)] + number + text[found.end(name) :]
            again = rule.pattern.search(message)
            taken = None if again is None else again[name]
            assert taken in {number, None}, message
            assert taken == number or name not in COUNTING or digits > len(captured), message


def test_every_kind_has_a_rule() -> None:
    """A kind that no rule yields is a word without a meaning; timers come from elsewhere."""
    assert {rule.kind for rule in BUILT_IN.rules} == set(EventKind) - NEVER_BUILT_IN


def test_ids_are_unique_across_files() -> None:
    """A built-in id that stands twice would silently replace nothing."""
    folder = Path(__file__).parents[2] / "logdiag" / "parsers" / "rules"
    problems: list[Sentence] = []
    rules = [
        rule
        for path in sorted(folder.glob("*.toml"))
        for rule in parse_rules(path.read_text("utf-8"), path.name, problems)
    ]
    assert problems == []
    assert [rule.id for rule in rules] == [rule.id for rule in BUILT_IN.rules]
    assert len({rule.id for rule in rules}) == len(rules)


@each("rule", BUILT_IN.rules, ids=lambda rule: rule.id)
def test_patterns_cannot_run_away(rule: Rule) -> None:
    """No pattern repeats what repeats, and what it may skip before the rest is bounded.

    Time says little in a test; so the shape of the pattern is held instead, and a hostile message is searched once.
    """
    assert not re.search(r"[+*]\)[+*]", rule.pattern.pattern)
    assert rule.pattern.pattern.startswith("(?i)^") or len(UNBOUNDED.findall(rule.pattern.pattern)) <= 1
    for piece in (*rule.contains, *rule.examples, "disconnect", "a" * 20 + " ", " ", "(", ":", "1"):
        for text in (piece * 20_000, " ".join([piece] * 5000) + "\n", rule.contains[0] + piece * 9000):
            rule.match(text[:20_000], suiting_service(rule), suiting_level(rule))


def test_patterns_see_the_head_of_a_message() -> None:
    """A megabyte of message costs what its head costs."""
    assert BUILT_IN.match("x" * MATCHED_PREFIX + "Disconnected from master: ping timeout", "s") is None


@each(
    ("message", "kind", "extracted"),
    [
        ("Disconnected from master: transport close", "disconnected", {"reason": "transport close"}),
        ("Disconnected from master (ping timeout)", "disconnected", {"reason": "ping timeout"}),
        ("Disconnected from master, reason: io server disconnect", "disconnected", {"reason": "io server disconnect"}),
        ("Disconnected from master", "disconnected", {}),
        ("Disconnected from master at 12:00", "disconnected", {}),
        ("Connected to master (socket ID: abc-DEF_)", "connected", {"socket_id": "abc-DEF_"}),
        ("Connected to master", "connected", {}),
        ("Connection error: xhr poll error", "connect-error", {"error": "xhr poll error"}),
        ("Connection error:\n    at Socket.x", "connect-error", {}),
        ("Connection error", "connect-error", {}),
        ("Reconnecting to master (attempt 2)", "reconnect-attempt", {"count": "2"}),
        ("Reconnecting in 5000ms", "reconnect-attempt", {}),
        ("[acc] Pushing 2 items to Master", "push-started", {"channel": "items", "count": "2"}),
        ("[acc] Push completed in 12ms", "push-ok", {"channel": "items", "value": "12"}),
        ("❌ 推送失败：连接断开", "push-failed", {"channel": "items", "error": "连接断开"}),
        ("Push failed: first line\nsecond line", "push-failed", {"channel": "items", "error": "first line"}),
        ("✅ 数据同步推送成功", "push-ok", {"channel": "data-sync"}),
        ("[Realtime] 处理消息: 757249542734...", "message-captured", {"message_id": "757249542734"}),
        ("Uncaught exception: boom", "process-crashed", {"error": "boom"}),
        (
            "FATAL ERROR: JavaScript heap out of memory\nstack",
            "process-crashed",
            {"error": "FATAL ERROR: JavaScript heap out of memory"},
        ),
        (
            "Worker disconnected: 4ROBwmYGS4-iTOMFAAA_ (transport error)",
            "server-disconnected",
            {"socket_id": "4ROBwmYGS4-iTOMFAAA_", "reason": "transport error"},
        ),
        (
            "Worker disconnected: 4ROBwmYGS4-iTOMFAAA-, reason: ping timeout",
            "server-disconnected",
            {"socket_id": "4ROBwmYGS4-iTOMFAAA-", "reason": "ping timeout"},
        ),
        (
            "Worker 7lHQXbZqsmYKwhAAAA1- message: worker:heartbeat",
            "receipt",
            {"socket_id": "7lHQXbZqsmYKwhAAAA1-", "channel": "worker:heartbeat"},
        ),
        ("Socket disconnected: transport close", "disconnected", {"reason": "transport close"}),
        ("Socket disconnected: forced close", "disconnected", {"reason": "forced close"}),
    ],
)
def test_wordings(message: str, kind: str, extracted: dict[str, str]) -> None:
    """What the fields hold; of several lines the first."""
    assert extract(message) == (kind, extracted)


@each(
    ("message", "service", "expected"),
    [
        (
            "socket 4ROBwmYGS4-iTOMFAAAA disconnected: transport error",
            "socket-server",
            ("server-disconnected", {"socket_id": "4ROBwmYGS4-iTOMFAAAA", "reason": "transport error"}),
        ),
        (
            "Disconnecting duplicate socket 4ROBwmYGS4-iTOMFAAA-",
            "master",
            ("server-kick", {"socket_id": "4ROBwmYGS4-iTOMFAAA-"}),
        ),
        ("Worker worker1 heartbeat timeout, disconnecting", "heartbeat-monitor", ("server-kick", {})),
        ("Token of worker1 expired, disconnecting worker1", "socket-server", ("server-kick", {})),
        ("worker1 心跳超时，断开连接", "master", ("server-kick", {})),
        ("Worker worker1, disconnecting", "socket-server", None),
        ("Worker is disconnecting", "socket-server", None),
        ("Master shutting down, disconnecting", "master", ("server-stopping", {})),
        ("Heartbeat timeout, disconnecting", "socket-client", None),
        ("Kicking off the scheduled cleanup", "master", None),
        ("Kicking worker worker1", "douyin-realtime-monitor", None),
        ("Configuration replaced by remote", "socket-server", None),
        ("Server listening on port 4101", "socket-server", ("server-started", {})),
        ("Server listening on port 3000", "worker", None),
        ("SIGTERM received", "worker-heartbeat", ("process-stopping", {})),
        ("SIGTERM received", "master", ("server-stopping", {})),
        ("Session summary", "socket-client", None),
    ],
)
def test_services_decide_whose_event_it_is(message: str, service: str, expected: object) -> None:
    """The same words mean other things elsewhere, or nothing."""
    assert (extract_exactly if expected is None else extract)(message, service) == expected


def test_levels_limit_a_rule() -> None:
    """A crash that is told as information is a story."""
    assert extract_exactly("Uncaught exception: boom", level="info") is None


def test_fields_reach_into_metadata() -> None:
    """The reason may lie deep; a bool or an object there is no text."""
    record = {"context": {"statusText": {"code": "ECONNREFUSED"}}}
    found = BUILT_IN.match("Connection error: xhr poll error", "socket-client", record)
    assert found is not None
    assert found.extracted == {"code": "ECONNREFUSED", "error": "xhr poll error"}
    values: tuple[object, ...] = (True, None, {}, [1])
    for value in values:
        found = BUILT_IN.match("Disconnected from master", "x", {"code": value})
        assert found is not None
        assert found.extracted == {}


@each(
    ("record", "extracted"),
    [
        ({"description": 400}, {"code": "400"}),
        ({"description": 400, "context": {"status": 0}}, {"code": "400"}),
        ({"description": 0, "context": {"status": 0}}, {}),
        ({"description": 0, "context": {"status": 0, "statusText": {"code": "ENOTFOUND"}}}, {"code": "ENOTFOUND"}),
        (
            {"context": {"status": 502, "statusText": None, "responseText": "<title>502 Bad Gateway</title>"}},
            {"code": "502", "reason": "<title>502 Bad Gateway</title>"},
        ),
        ({"description": {}, "context": {"responseText": ""}}, {}),
        ({"err": {"message": "jwt expired", "code": 7}}, {"code": "7"}),
    ],
)
def test_of_several_paths_the_first_that_holds_something_counts(
    record: dict[str, object], extracted: dict[str, str]
) -> None:
    """Zero is no status, an empty text no answer."""
    found = BUILT_IN.match("Connection error: xhr poll error", "socket-client", record)
    assert found is not None
    assert found.extracted == {**extracted, "error": "xhr poll error"}


def test_an_error_object_tells_what_the_message_does_not() -> None:
    """As pino writes it."""
    found = BUILT_IN.match("Connection error", "socket-client", {"err": {"message": "Invalid namespace"}})
    assert found is not None
    assert found.extracted == {"error": "Invalid namespace"}


def test_extracted_text_can_be_encoded() -> None:
    """Half an emoji in metadata becomes the replacement character."""
    found = BUILT_IN.match("Disconnected from master", "x", {"description": "cut \ud83d"})
    assert found is not None
    assert found.extracted == {"error": "cut \ufffd"}


def write_rules(tmp_path: Path, text: str, name: str = "mine.toml", encoding: str = "utf-8") -> str:
    (tmp_path / name).write_text(text, encoding)
    return str(tmp_path / name)


def test_rules_tried_on_a_message_are_those_that_have_a_text_in_it() -> None:
    """Whatever is known of other messages of its shape: no rule that understands a message is left out."""
    for rule, text in EXAMPLES:
        for message in (text, f"{text} 17", f"no text of a rule {text[:1]}"):
            tried = BUILT_IN._list_candidates(message)
            assert [one for one in BUILT_IN.rules if one.understands(message) and one not in tried] == [], rule.id


def test_a_shape_is_tried_by_rules_in_their_order() -> None:
    """Those that need a text that it has, or one with a digit, and no others: the first that matches wins."""
    shape = "client disconnected: transport close"
    needed = [rule for rule, texts in BUILT_IN._texts_by_rule if not texts or any(text in shape for text in texts)]
    assert list(BUILT_IN._list_by_shape(shape)) == needed
    assert [BUILT_IN.rules[place] for place in BUILT_IN._places_without_text] == list(BUILT_IN._always_tried)


def test_no_rules_need_nothing() -> None:
    """An empty set wants no line at all."""
    assert RuleSet(()).needles().is_in(b'{"message":"x"}') is False


def test_fields_are_those_of_an_event() -> None:
    """What a rule may fill in, and nothing that the scanner sets."""
    assert set(FIELDS) == {
        "reason", "code", "socket_id", "worker_id", "message_id", "channel", "error", "count", "value",
    }  # fmt: skip


def list_gaps(sequence: Any, *, is_last: bool = True) -> Iterator[str]:
    """The long gaps of anything, with something behind them that may be missing: each word before costs one search."""
    items = list(sequence)
    for place, (operation, value) in enumerate(items):
        ends_here = is_last and place + 1 == len(items)
        match str(operation):
            case "MAX_REPEAT" | "MIN_REPEAT":
                is_any = [str(name) for name, _ in value[2]] == ["ANY"]
                if is_any and value[1] > 20 and not ends_here:
                    yield f"{operation} {place}"
                elif value[0] > 0:
                    yield from list_gaps(value[2], is_last=ends_here)
            case "SUBPATTERN":
                yield from list_gaps(value[3], is_last=ends_here)
            case "BRANCH":
                for branch in value[1]:
                    yield from list_gaps(branch, is_last=ends_here)
            case "ASSERT" | "ASSERT_NOT":
                yield from list_gaps(value[1], is_last=False)


@each("rule", load_rules().rules, ids=lambda rule: rule.id)
def test_no_rule_searches_a_message_over_and_over(rule: Rule) -> None:
    """A gap between two words is crossed from one place alone: none, or one that begins at the head of the message."""
    tree = sre_parser.parse(rule.pattern.pattern)
    is_anchored = str(tree[0][0]) == "AT"
    lookaheads = sum(str(operation) == "ASSERT_NOT" for operation, _ in tree)
    assert len(list(list_gaps(tree))) <= (is_anchored and lookaheads + 2)


@each(
    ("message", "kind"),
    [
        ("RangeError: Max payload size exceeded", EventKind.SERVER_ERROR),
        ("upload of client 7 failed: Payload Too Large (1009)", EventKind.SERVER_ERROR),
        ("Connection closed by peer: 1009 Max payload size exceeded", EventKind.DISCONNECTED),
    ],
)
def test_a_payload_above_the_limit_is_an_end_where_the_line_says_so(message: str, kind: EventKind) -> None:
    """An error beside the connection, or the reason for which it was closed."""
    found = BUILT_IN.match(message, "app")
    assert found is not None
    assert found.kind is kind


def test_the_silence_that_netty_s_timer_tells_ends_the_session_that_it_names() -> None:
    """Whoever else says that a ping timeout occurred names no session, and ends none."""
    session = "0c1d2e3f-1111-4222-8333-444455556666"
    found = BUILT_IN.match(f"{session} ping timeout occurred", "im")
    assert found is not None
    assert (found.kind, found.extracted["socket_id"]) == (EventKind.SERVER_DISCONNECTED, session)
    other = BUILT_IN.match("monitoring: ping timeout occurred on eth0", "im")
    assert other is None or other.kind is not EventKind.SERVER_DISCONNECTED


@pytest.mark.parametrize(("tries", "extracted"), [(0, {"count": "0"}), (3, {"count": "3"}), ("", {}), (None, {})])
def test_zero_counts_where_there_is_one_place_to_look(tmp_path: Path, tries: object, extracted: dict[str, str]) -> None:
    """No tries are a number of tries; only among several places does zero stand for nothing known."""
    found = load_rules([write_rules(tmp_path, GOOD)]).match("uplink lost (code 7)", "x", {"context": {"tries": tries}})
    assert found is not None
    assert found.extracted == {"reason": "uplink", "code": "7"} | extracted


def test_a_text_that_holds_another_one_is_not_searched_for() -> None:
    """A line that has the longer text has the shorter one too: fewer are compiled, and the same lines found."""
    texts = BUILT_IN.texts
    assert not [text for text in texts for other in texts if other != text and other in text]
    assert all(any(text in part.encode() for text in texts) for rule in BUILT_IN.rules for part in rule.contains)


@each(
    ("message", "code"),
    [
        ("400 GET /socket.io/?EIO=3&transport=polling&t=MnXbK_O (127.0.0.1) 2.76ms", "400"),
        ("GET /socket.io/?EIO=4&transport=polling&t=OabcdEf 400 1.532 ms - 34", "400"),
        ('[GIN] 2025/11/14 - 16:25:52 | 401 | 1.2ms | 10.0.0.7 | GET "/ws?token=x"', "401"),
        ("200 GET /socket.io/?EIO=3&transport=polling&t=MnXbK_O (127.0.0.1) 2.76ms", None),
        ("404 GET /favicon.ico (127.0.0.1) 0.5ms", None),
        ("400 GET /api/users (127.0.0.1) 0.5ms", None),
        ("GET /api/hubspot 400 1.532 ms - 34", None),
        ('[GIN] 2025/11/14 - 16:25:52 | 400 | 1.2ms | 10.0.0.7 | POST "/api/orders"', None),
    ],
)
def test_the_access_lines_of_servers_tell_a_handshake_that_was_refused(message: str, code: str | None) -> None:
    """Tornado, morgan and Gin write no protocol; any other path, and any other answer, is no socket's."""
    found = extract_exactly(message)
    assert found == (None if code is None else ("proxy-refusal", {"code": code}))


@each(
    ("message", "service", "kind"),
    [
        ("onFailure response=null", "ChatSocket", EventKind.CONNECT_ERROR),
        ("onFailure: null", "DriverWs", EventKind.CONNECT_ERROR),
        ("onOpen code=101 message=Switching Protocols", "ChatSocket", EventKind.CONNECTED),
        ("onFailure: null", "LoginViewModel", None),
        ("onFailure: null", "NewsRepository", None),
        ("onOpen drawer", "NavDrawer", None),
    ],
)
def test_a_listeners_callback_is_a_sockets_by_the_tag_that_logs_it(
    message: str, service: str, kind: EventKind | None
) -> None:
    """Retrofit calls `onFailure` as well: alone the name says nothing, under a socket's tag it tells of OkHttp's."""
    found = BUILT_IN.match(message, service)
    assert (None if found is None else found.kind) == kind
    assert found is None or "error" not in found.extracted


@each(
    ("message", "service", "kind"),
    [
        ("Connection ended", "app", None),
        ("Connection ended", "ChatSocket", EventKind.DISCONNECTED),
        ("Connection lost timer stopped", "app", None),
        ("Listener socket is closed", "app", None),
        ("Client with ip /10.0.0.7:51234 opened channel but doesn't send any data! Channel closed!", "im", None),
        ("WebSocket.Send:0|The connection has been closed.", "app", None),
        ("The connection has been closed.", "app", EventKind.DISCONNECTED),
        ("Redis reconnection happened", "app", None),
        ("feed: reconnection happened", "app", EventKind.CONNECTED),
        ("Database connect failed; retrying in 3 seconds", "app", None),
        ("Session 7 closed", "app", None),
        ('Sending CloseFrame { code: Away, reason: "" }', "app", None),
        ("process terminated {remote, 17}", "app", None),
        ("closed with exit code 137", "app", None),
        ("Closing: 3 / 5", "app", None),
        ("Shutting down 0 playing players.", "lavalink.server.io.SocketContext", None),
        ("Shutting down, 3 players left", "lavalink.server", EventKind.SERVER_STOPPING),
    ],
)
def test_words_of_a_library_are_no_one_else_s(message: str, service: str, kind: EventKind | None) -> None:
    """What is set, listens, or was asked of what is closed already ends nothing; databases have the same words."""
    found = BUILT_IN.match(message, service)
    assert (None if found is None else found.kind) == kind


@each(
    ("message", "kind", "extracted"),
    [
        ("Client is gone, closing socket", "server-disconnected", {"reason": "ping timeout"}),
        ("Was clean?: False", None, {}),
        ("Disconnection happened, type: Lost", "disconnected", {}),
        ("link: ### closed ### 1009 binary message was too big for the output buffer", "disconnected",
         {"code": "1009", "reason": "binary message was too big for the output buffer",
          "error": "received close frame"}),
        ("### closed ### None None", "disconnected", {}),
        ("Closing SockJS session id=vev3o0h7, CloseStatus [code=1002, reason=null]", "server-disconnected",
         {"socket_id": "vev3o0h7", "code": "1002", "reason": "protocol error"}),
        ("Session closed: CloseReason[1001,]", "disconnected", {"code": "1001", "reason": "going away"}),
        ("ConnectionMonitor detected stale connection. reconnectAttempts = 0, time disconnected = 7.2 s",
         "reconnect-attempt", {"count": "0"}),
    ],
)  # fmt: skip
def test_what_libraries_leave_out_is_not_made_up(message: str, kind: str | None, extracted: dict[str, str]) -> None:
    """No socket's id, no reason: a close frame without a text has its code's name alone."""
    assert extract(message) == (None if kind is None else (kind, extracted))


@pytest.mark.parametrize(
    "words",
    [
        "WebSocket protocol error: Connection reset without closing handshake",
        "WebSocket error: Io(Os { code: 32, kind: BrokenPipe })",
        "The remote party closed the WebSocket connection without completing the close handshake.",
    ],
)
def test_a_librarys_words_at_the_end_of_an_applications_sentence_hide_nothing_of_it(words: str) -> None:
    """Whose line it is and of which client the sentence says, whichever rule knows the error at its end."""
    found = load_rules().match(f"client disconnected id=p05 error={words}", None)
    assert found is not None
    assert (found.kind, found.extracted.get("worker_id")) == (EventKind.SERVER_DISCONNECTED, "p05")
