"""Messages become templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from logdiag.deferred import DeferredPattern
from logdiag.parsers import templates
from logdiag.parsers.patterns import SlowPatternError, check_speed
from logdiag.parsers.templates import MESSAGE_LIMIT_CHARS, level_ids, mask_message
from tests.effort import examples
from tests.folding import each


@each(
    ("message", "template"),
    [
        ("[acc-98296c87-2e42-447a-9d8b-8be008ddb6e4] Pushing 2 items to Master", "[<id>] Pushing <n> items to Master"),
        ("Worker 7lHQXbZqsmYKwhAAAA1- message: worker:heartbeat", "Worker <id> message: worker:heartbeat"),
        ("Worker QN_NRwtNJlyeHrWEAAA_ message: worker:heartbeat", "Worker <id> message: worker:heartbeat"),
        ("Connected to master (socket ID: wTiVOuYopvjNKUNeAAAC)", "Connected to master (socket ID: <id>)"),
        ("a user connected c-OjMdBiGUDtPkKSAAAZ", "a user connected <id>"),
        ("'AppState', 'active'", "'AppState', 'active'"),
        ("'[socket] connected', 'h8ZTggepYlB74AtAAEZc'", "'[socket] connected', '<id>'"),
        ("'the third attempt of this client was given up', 7", "<str>, <n>"),
        ("state 'active'", "state <str>"),
        ("see some-hyphenated-word", "see some-hyphenated-word"),
        ("Connecting to master at http://127.0.0.1:4101/worker", "Connecting to master at <url>"),
        ("Push completed in 2ms", "Push completed in <n>ms"),
        ("took 1.5 s, 12.25%", "took <n> s, <n>%"),
        ("Successfully joined room: worker:worker1", "Successfully joined room: worker:worker<n>"),
        ("connect ECONNREFUSED 127.0.0.1:3000", "connect ECONNREFUSED <ip>"),
        ("connect ::1:3000 refused", "connect <ip> refused"),
        ("read /var/log/app/x.log:12 failed", "read <path> failed"),
        (r"C:\Users\me\x.txt gone", "<path> gone"),
        ("user 'bob' said \"hi 3\"", "user <str> said <str>"),
        ("at 2025-11-14 16:29:52.608 lost", "at <time> lost"),
        ("queue conversation-notifications-12 drained", "queue conversation-notifications-<n> drained"),
        ("token conversation9notification drained", "token <id> drained"),
        ("commit deadbeefcafe0123 at 0x7ffe12", "commit <hex> at <hex>"),
    ],
)
def test_what_differs_from_line_to_line_is_masked(message: str, template: str) -> None:
    """Ids, numbers, addresses, paths, times and quotes are masked, the words around them stay."""
    assert mask_message(message) == template


@each(
    "message",
    [
        "📸 Data Snapshot",
        "worker:conversations:update",
        "internationalization",
        "don't stop, can't",
        "key::value",
        "账户状态上报",
        "",
    ],
)
def test_words_are_kept(message: str) -> None:
    """Words, event names, Chinese and emoji are not masked, a twenty-letter word included."""
    assert mask_message(message) == message


def test_chinese_around_a_number_is_kept() -> None:
    """A number between Chinese characters, where no word boundary is, is masked alone."""
    assert (
        mask_message("捕获新消息 757249542734 (苏苏: 333444), 第3次重连") == "捕获新消息 <n> (苏苏: <n>), 第<n>次重连"
    )


@each("unit", ["a-", "1", "::", "/a", "'", "a:", "\\", "x9_"])
def test_a_20_mb_message_costs_no_more_than_a_short_one(unit: str) -> None:
    """Only the first 300 characters are read."""
    message = unit * (20_000_000 // len(unit))
    template = mask_message(message)
    assert template == mask_message(message[:MESSAGE_LIMIT_CHARS])
    assert len(template) < 1500


@contextmanager
def suppress_power() -> Iterator[None]:
    """Let pass what takes the time of a power of the length, and nothing worse."""
    try:
        yield
    except SlowPatternError as slow:
        if slow.sentence.key != "pattern.repeats":
            raise


def test_no_mask_runs_away() -> None:
    """None of the masks takes a time that doubles with each character; of 300 any other is short."""
    held = (value for value in vars(templates).values() if isinstance(value, re.Pattern | DeferredPattern))
    masks = [str(value.pattern) for value in held]
    assert len(masks) >= 2
    for mask in masks:
        with suppress_power():
            check_speed(mask)


@given(st.text(max_size=80), st.integers(0, 10**12), st.integers(0, 10**12))
@examples(150)
def test_lines_that_differ_in_a_number_share_a_template(text: str, one: int, other: int) -> None:
    """The value of a lone number never shows."""
    assert mask_message(f"{text} {one} end") == mask_message(f"{text} {other} end")


@given(st.lists(st.sampled_from("AbC1_-9xYz"), min_size=20, max_size=20).map("".join))
def test_lines_that_differ_in_socket_ids_share_their_template(socket: str) -> None:
    """An id is masked the same whether it is found by its look or by the general masks."""
    if any(map(str.isdigit, socket)) and any(map(str.islower, socket)) and any(map(str.isupper, socket)):
        assert mask_message(f"Client {socket} connected") == "Client <id> connected"


def test_lines_of_two_sockets_are_one_text_where_their_numbers_are() -> None:
    """A word of 20 letters is no id, nor is a part of a longer word."""
    first, other = "s3 closed wTiVOuYopvjNKUN3AAAC", "s3 closed q1Xb1LmNPzRk1TtVAAAB"
    assert level_ids(first) == level_ids(other)
    assert level_ids(first).startswith("s3 closed ")
    for text in ("closed disconnectedByServer", "closed wTiVOuYopvjNKUN3AAACx", "short"):
        assert level_ids(text) == text


def test_requests_that_differ_in_their_time_stamp_alone_share_a_template() -> None:
    """Engine.IO's client sends `t=` against caches: letters in an order of their own, with or without a digit."""
    lines = [
        f"400 GET /socket.io/?EIO=3&t={stamp} (127.0.0.1) 2.7ms"
        for stamp in ("MnXbK_O", "MnXb-dA", "OabcdEf", "x1yz9qkl")
    ]
    assert {mask_message(line) for line in lines} == {"<n> GET <path>?EIO=<n>&t=<id> (<ip>) <n>ms"}
    assert mask_message("GET /a/b?t=all") == "GET <path>?t=all"
