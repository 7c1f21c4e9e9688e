"""Headers whose columns no look tells apart: syslog, logcat, Spring Boot, Django; a row for each."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from logdiag.times.stamps import STAMP_FORMS

STAMP: Final = "|".join(re.sub(r"\(\?P<\w+>", "(?:", form.pattern) for form in STAMP_FORMS)
LEVEL: Final = (
    r"(?:TRACE|DEBUG|VERBOSE|SILLY|INFO(?:RMATION)?|NOTICE|LOG|HTTP|WARN(?:ING)?|ERROR|ERR|SEVERE|FATAL|CRIT(?:ICAL)?"
    r"|ALERT|EMERG(?:ENCY)?|PANIC|FINE(?:R|ST)?|CONFIG|SUCCESS|DBG|INF|WRN|FTL|TRC|VRB)"
)
MESSAGE: Final = "(?P<message>.*)"


class FixedHeader(NamedTuple):
    """A header whose columns no look tells apart, with an example of a whole line."""

    name: str
    pattern: str
    example: str


FIXED_HEADERS: Final = (
    FixedHeader(
        "syslog RFC 5424",
        rf"<\d{{1,3}}>\d{{1,2}} (?P<t0>{STAMP}) \S+ (?P<n0>\S+) \S+ \S+ (?:-|(?:\[[^\]]*\])+) ?",
        "<14>1 2025-11-14T16:25:52.756Z host node 812 - - Connected to master",
    ),
    FixedHeader(
        "syslog",
        rf"(?:<\d{{1,3}}>)?(?P<t0>{STAMP}) \S+ (?P<n0>[\w./@-]+)(?:\[\d+\])?: ",
        "Nov 14 16:25:52 host node[812]: Connected to master",
    ),
    FixedHeader(
        "Spring Boot",
        rf"(?P<t0>{STAMP}) +(?P<level>{LEVEL}) \d+ --- (?:\[[^\]\n]{{0,60}}\] ){{1,2}}(?P<n0>\S{{1,80}}) +: ",
        "2025-11-14 16:25:52.756  INFO 812 --- [           main] c.e.chat.MasterLink : Connected to master",
    ),
    # `{levelname} {asctime} {module} {process:d} {thread:d} {message}`, the "verbose" of Django's documentation.
    FixedHeader(
        "Django",
        rf"(?P<level>{LEVEL}) (?P<t0>{STAMP}) (?P<n0>[A-Za-z_][\w.]{{0,60}}) \d{{1,7}} \d{{2,20}} ",
        "INFO 2025-11-14 16:25:52,756 runserver 812 140168559085312 Connected to master",
    ),
    # Applications of traitlets: Jupyter's servers; those of JupyterHub name the line of code as well.
    FixedHeader(
        "traitlets",
        rf"\[(?P<level>[DIWEC]) (?P<t0>{STAMP}) (?P<n0>[A-Z]\w{{1,60}})(?: \w{{1,60}}:\d{{1,6}})?\] ",
        "[W 2025-11-14 16:25:52.756 ServerApp zmqhandlers:227] Connected to master",
    ),
    FixedHeader(
        "logcat",
        rf"(?P<t0>{STAMP}) +\d+ +\d+ (?P<level>[VDIWEF]) (?P<n0>[^:]{{1,60}}?) *: ",
        "11-14 16:25:52.756  1234  1250 I SocketIO: Connected to master",
    ),
    FixedHeader(
        "Android Studio",
        rf"(?P<t0>{STAMP}) +\d+-\d+(?:/\S+)? +(?P<level>[VDIWEFA])/(?P<n0>[^:\n]{{1,60}}?) *: ",
        "2025-11-14 16:25:52.756 21873-21900/com.example.chat I/SocketIO: Connected to master",
    ),
    FixedHeader(
        "Android Studio of 2022 and later",
        rf"(?P<t0>{STAMP}) +\d+-\d+ +(?P<n0>\S{{1,60}}) +\S+ +(?P<level>[VDIWEFA]) +",
        "2025-11-14 16:25:52.756 21873-21900 SocketIO  com.example.chat  I  Connected to master",
    ),
    FixedHeader(
        "NSLog",
        rf"(?P<t0>{STAMP}) (?P<n0>[^\[\n]{{1,60}})\[\d+:\d+\] (?:(?P<level>LOG|ERROR) )?",
        "2025-11-14 16:25:52.756123+0000 Chat[5209:2753923] LOG Connected to master",
    ),
)
FIXED_PATTERNS: Final = {row.name: f"{row.pattern}{MESSAGE}" for row in FIXED_HEADERS}
# What tells it from "time client gone: x".
_SYSLOG: Final = r"(?:<\d+>)?(?:[A-Z][a-z]{2} +\d|\S+ \S+ [\w./@-]+\[\d+\]: )"


@cache
def compile_once(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled when it is first needed: logs of JSON lines need none of those for text."""
    return re.compile(pattern, re.ASCII | re.DOTALL)


def is_fixed(name: str, line: str) -> bool:
    """Whether a line is in the form of that row of FIXED_HEADERS."""
    return compile_once(FIXED_PATTERNS[name]).match(line) is not None and (
        name != "syslog" or compile_once(_SYSLOG).match(line) is not None
    )
