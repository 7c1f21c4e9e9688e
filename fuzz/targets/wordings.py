"""Whatever a message says and its record holds: rules and lexicon understand it or not, and fields are texts."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from logdiag.errors import RuleError
from logdiag.parsers.lexicon.messages import read_message
from logdiag.parsers.lexicon.needles import may_understand
from logdiag.parsers.rule_files import load_rules, parse_rules
from logdiag.parsers.rules import RuleSet
from logdiag.texts.sentences import Sentence

SEEDS: Final = (
    b'{"message":"Client a1b2c3d4e5f6g7h8AAAB disconnected: transport close","reason":"ping timeout"}',
    '{"message":"用户 7 已断开 (原因: 心跳超时)","sid":"x","data":{"code":1006}}'.encode(),
    b'{"message":"Server is listening on port 3000","event":"start"}',
    b'{"message":"Pushing 123456 bytes to master","size":-1}',
    (b'[[rule]]\nid = "x"\nkind = "connected"\ncontains = ["up"]\n'
    b'pattern = "up (?P<socket_id>\\\\w+)"\nexamples = ["up a"]\n'),
)  # fmt: skip


@cache
def _rules() -> RuleSet:
    return load_rules()


def check(data: bytes) -> None:
    """Understand a message, or a record, in three ways; take the same bytes for a file of rules."""
    text = data.decode("utf-8", "replace")
    record: dict[str, Any] = {}
    try:
        value = json.loads(text)
        record = value if isinstance(value, dict) else {}
    except (ValueError, RecursionError):
        pass
    message = record["message"] if isinstance(record.get("message"), str) else text
    match = _rules().match(message, "socket", record, "info")
    if match is not None and not all(isinstance(value, str) for value in match.extracted.values()):
        raise AssertionError(f"no texts: {match.extracted}")
    read_message(message, "socket", record)
    may_understand(data)
    problems: list[Sentence] = []
    rules = parse_rules(text, "x.toml", problems)
    for problem in problems:
        str(RuleError([problem]))
    for rule in rules:
        RuleSet((rule,)).match(message, None, record, None)
