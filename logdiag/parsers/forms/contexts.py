"""What loggers write around a message of what they run in: Rust's spans, .NET's scopes, Java's MDC, Elixir's metadata.

Their keys are fields of the line, as those of a JSON record are, and no words of its message. `BESIDE_COLUMNS` stand
among stamp, level and logger, and are taken out before these are told apart; `BEFORE_MESSAGE` stand behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.parsers.forms.spans import SCOPE_PAIR, name_own_keys
from logdiag.parsers.lexicon.vocabulary import names_a_thing

HEAD_CHARACTERS: Final = 400  # a choice: metadata of Elixir's with a request's id, a trace's and a span's has 200
FEWEST_LIFTED: Final = 2  # lines with metadata before their level: of fewer, a message may look so
ERLANG_PID: Final = "erlang_pid"  # the key of the process that writes, one of many of one program

_LEVEL: Final = (
    r"(?:TRACE|DEBUG|VERBOSE|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|SEVERE|FATAL|CRITICAL|ALERT|EMERGENCY|FINE(?:R|ST)?)"
)
_VALUE: Final = r'(?:"[^"\n]{0,120}"|#?(?:PID|Reference)?<[\w.]{1,40}>|[^\s\[\](){}",;=]{0,120})'
_PAIR: Final = rf"[A-Za-z_@][\w.-]{{0,40}}={_VALUE}"
# What may stand between the clock of a line and its metadata: level, thread, logger and what parts them.
_COLUMNS: Final = (
    rf"(?:\[[^\[\]=\n]{{0,80}}\]|\([^()=\n]{{0,60}}\)|(?i:{_LEVEL})\b|[\w$-]{{1,60}}(?:\.[\w$-]{{1,60}}){{1,12}}"
    r"|[-|:,]|\d{1,7}(?= )|[ \t]){0,16}?"
)
_CLOCK: Final = r"^[^a-z\n]{0,40}?\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
_BRACED: Final = r'\{(?:[^{}"\n]|"(?:[^"\\\n]|\\.){0,200}"|\{[^{}\n]{0,200}\}){0,400}\}'
_SPAN_NAME: Final = r"[A-Za-z_][\w.-]{0,60}(?:::\w{1,60}){0,4}"
_SPAN: Final = rf"(?P<span>{_SPAN_NAME})(?P<fields>{_BRACED}):"
_SCOPE: Final = r"[A-Za-z_]\w{0,40}:[^\s,]{1,200}(?:,? (?=[A-Za-z_]\w{0,40}:)|(?= |$))"


class Context(NamedTuple):
    """A form of context, with a line that has it, its message and what its keys say."""

    name: str
    pattern: str
    example: str
    message: str
    fields: Mapping[str, str]


# The group `said` is cut out of the line.
BESIDE_COLUMNS: Final = (
    Context(
        "metadata of Elixir's Logger",
        rf"{_CLOCK}[ \t]{{1,3}}(?P<said>{_PAIR}(?:[ \t]+{_PAIR}){{0,20}}[ \t]+)(?=\[(?i:{_LEVEL})\]|{_LEVEL}[ :\]])",
        "12:00:01.123 request_id=F2Kb pid=<0.123.0> [info] Connected to master",
        "Connected to master",
        {"request_id": "F2Kb", ERLANG_PID: "0.123.0"},
    ),
    Context(
        "MDC in brackets",
        rf"{_CLOCK}{_COLUMNS}(?P<said>\[(?!(?:id|cid|c)=[^,\s\]]*\]){_PAIR}(?:,? +{_PAIR}){{0,20}}\][ \t]*)(?=\S)",
        "2025-11-14 16:25:52,756 [http-1] [sid=k7, user=mira] INFO c.e.Hub - Connected to master",
        "Connected to master",
        {"sid": "k7", "user": "mira"},
    ),
    Context(
        "MDC in braces",
        rf"{_CLOCK}{_COLUMNS}(?P<said>\{{{_PAIR}(?:,? +{_PAIR}){{0,20}}\}}[ \t]*)(?=\S)",
        "2025-11-14 16:25:52,756 INFO [c.e.Hub] (executor-1) {sid=k7, user=mira} Connected to master",
        "Connected to master",
        {"sid": "k7", "user": "mira"},
    ),
)
BEFORE_MESSAGE: Final = (
    Context(
        "spans of Rust's tracing",
        rf"(?:{_SPAN_NAME}(?:{_BRACED})?:(?!:)){{1,16}} (?:(?P<name>[a-z_]\w{{0,60}}(?:::\w{{1,60}}){{0,8}}): )?",
        'request{method=GET}:conn{id=7 peer="1.2.3.4:51000"}: server::ws: Connected to master',
        "Connected to master",
        {"method": "GET", "id": "7", "conn_id": "7", "peer": "1.2.3.4:51000"},
    ),
    Context(
        "scopes of .NET",
        rf"(?:(?P<name>[A-Za-z_][\w.`+]{{1,120}})\[\d{{1,9}}\]:?[ \t]+)?=> (?:[^\n]{{0,600}}? => )??(?P<scopes>"
        rf"(?:{_SCOPE}){{1,12}}(?: => (?:{_SCOPE}){{1,12}}){{0,12}})(?: => [\w.`+]{{1,160}} \([\w.]{{1,80}}\))? ",
        "Chat.Hub[0] => SpanId:1f, TraceId:2e => ConnectionId:0HMVB7 => RequestPath:/hub Connected to master",
        "Connected to master",
        {"SpanId": "1f", "TraceId": "2e", "ConnectionId": "0HMVB7", "RequestPath": "/hub"},
    ),
    Context(
        "columns of zap and zerolog",
        r"(?:(?P<name>[A-Za-z][\w.-]{0,60})\t)?(?P<caller>[\w./@-]{1,160}\.go:\d{1,6})(?:\t| > )",
        "hub\tservice/rtc.go:401\tConnected to master",
        "Connected to master",
        {"caller": "service/rtc.go:401"},
    ),
)
_ERLANG: Final = compile_later(r"(?:#PID)?<(\d{1,5}\.\d{1,9}\.\d{1,5})>")
_GROUP: Final = compile_later(r"[\[{][A-Za-z_@][\w.-]{0,40}=")  # few lines have one, and it is found fast
_PAIRS: Final = compile_later(rf"(?P<key>[A-Za-z_@][\w.-]{{0,40}})[=](?P<value>{_VALUE})")
_SPAN_PAIRS: Final = compile_later(
    r'(?P<key>[A-Za-z_][\w.-]{0,60})=(?P<value>"(?:[^"\\\n]|\\.)*"|[A-Za-z]\w*\([^()\n]*\)|[^\s{}]*)'
)
_SOME: Final = compile_later(r'Some\("?([^"()]*)"?\)')  # Rust's Debug of what may be missing
_TARGET: Final = compile_later(r"(?:(?:[a-z_]\w{0,60}:(?!:)){1,16} )?([a-z_]\w{0,60}(?:::\w{1,60}){1,8}): ")
_CATEGORY: Final = compile_later(r"([A-Z][\w`+]{0,60}(?:\.[\w`+]{1,60}){1,10})\[\d{1,9}\]:? ")


class Opened(NamedTuple):
    """A message without its context: what is left, who speaks if that stands there, and the fields."""

    message: str
    name: str | None
    fields: Mapping[str, str]


def lift(text: str) -> tuple[str, str]:
    """A line without the metadata among its columns, and that: each `key=value` of it. Most lines have none."""
    said: list[str] = []
    if "=" in text[:HEAD_CHARACTERS]:
        for row in BESIDE_COLUMNS if _GROUP.search(text, 0, HEAD_CHARACTERS) else BESIDE_COLUMNS[:1]:
            found = _compile(row.pattern).match(text, 0, HEAD_CHARACTERS)
            if found is not None:
                said.append(found["said"].strip())
                text = text[: found.start("said")] + text[found.end("said") :]
    return text, " ".join(said)


def read_lifted(said: str) -> dict[str, str]:
    """The fields of what `lift` has taken out; a process of Erlang's is none of the system's."""
    fields = dict(_list_pairs(_PAIRS, said))
    pid = _ERLANG.fullmatch(fields.get("pid", ""))
    if pid is not None:
        del fields["pid"]
        fields[ERLANG_PID] = pid[1]
    return fields


def open_context(message: str) -> Opened | None:
    """A message without the spans or scopes before it, or None: it has none."""
    if "}:" in message and (opened := _open_spans(message)) is not None:
        return opened
    if "=> " in message and (found := _compile(BEFORE_MESSAGE[1].pattern).match(message)) is not None:
        said = message[: found.end()]
        return Opened(message[found.end() :], found["name"], dict(_list_pairs(SCOPE_PAIR, said)))
    if ".go:" in message and (found := _compile(BEFORE_MESSAGE[2].pattern).match(message)) is not None:
        return Opened(message[found.end() :], found["name"], {"caller": found["caller"]})
    pattern = _TARGET if "::" in message else _CATEGORY if "] " in message else None
    found = pattern.match(message) if pattern is not None else None
    return None if found is None else Opened(message[found.end() :], found[1], {})


def _open_spans(message: str) -> Opened | None:
    found = _compile(BEFORE_MESSAGE[0].pattern).match(message)
    if found is None:
        return None
    fields: dict[str, str] = {}
    name, end = found["name"], found.end()
    if name is not None and "::" not in name and not names_a_thing(name):
        name, end = None, found.start("name")  # `conn{id=7}: closed: 1006`, of a program that hides its targets
    for span in _compile(_SPAN).finditer(message, 0, end):
        own = dict(_list_pairs(_SPAN_PAIRS, span["fields"][1:-1]))
        fields |= name_own_keys(span["span"].rpartition(":")[2], own)
    return Opened(message[end:], name, fields) if fields else None


def _list_pairs(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    for found in pattern.finditer(text):
        value = found["value"].strip('"')
        inner = _SOME.fullmatch(value)
        yield found["key"], inner[1] if inner else value


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
