"""Timeouts and limits of proxies whose configuration lies in the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from logdiag.codebase.trees.tree import LOCKS, SourceFile
from logdiag.results.code import CodeSetting


class Proxy(NamedTuple):
    """How a product writes its timeouts: which files are its own, and what a line with one looks like."""

    product: str
    files: re.Pattern[bytes]
    line: re.Pattern[bytes]


PROXIES: Final = (
    Proxy(
        "nginx",
        re.compile(rb"proxy_pass|server\s*\{|upstream\s+\w+\s*\{"),
        re.compile(rb"(?m)^[ \t]*(proxy_(?:read|send|connect)_timeout|keepalive_timeout|client_max_body_size)[ \t]+"
            rb"([^;\n]+);"),
    ),
    Proxy(
        "ingress-nginx",
        re.compile(rb"nginx\.ingress\.kubernetes\.io/"),
        re.compile(
            rb"(?m)^[ \t]*nginx\.ingress\.kubernetes\.io/(proxy-(?:read|send|connect)-timeout|proxy-body-size|affinity)"
            rb"[ \t]*:[ \t]*[\"']?([^\"'\n#]+)"
        ),
    ),
    Proxy(
        "HAProxy",
        re.compile(rb"(?m)^(?:frontend|backend|defaults|listen)\b"),
        re.compile(rb"(?m)^[ \t]*(timeout (?:client|server|tunnel|connect|http-keep-alive))[ \t]+(\S+)"),
    ),
    Proxy(
        "Caddy",
        re.compile(rb"reverse_proxy"),
        re.compile(rb"(?m)^[ \t]*((?:read|write|dial|response_header|keepalive)(?:_timeout)?|stream_timeout)"
            rb"[ \t]+(\d\S*)"),
    ),
    Proxy(
        "Traefik",
        re.compile(rb"respondingTimeouts|forwardingTimeouts"),
        re.compile(rb"(?m)^[ \t]*(readTimeout|writeTimeout|idleTimeout|idleConnTimeout|responseHeaderTimeout)"
            rb"[ \t]*[:=][ \t]*[\"']?([^\"'\n#]+)"),
    ),
)  # fmt: skip


def read_proxy(file: SourceFile) -> Iterator[CodeSetting]:
    """The timeouts of a proxy's configuration, as they are written."""
    for proxy in PROXIES if file.name not in LOCKS else ():
        if not proxy.files.search(file.data):
            continue
        for match in proxy.line.finditer(file.data):
            name, value = (part.decode("utf-8", "replace").strip() for part in match.groups())
            line = file.data.count(b"\n", 0, match.start(1)) + 1
            yield CodeSetting(
                name,
                value,
                default=False,
                side=None,
                file=file.path,
                line=line,
                expression=value,
                product=proxy.product,
            )
