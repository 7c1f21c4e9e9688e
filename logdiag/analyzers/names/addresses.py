"""The address of a client in a server's line: `New connection from ::ffff:192.168.1.38`."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from logdiag.deferred import compile_later

_WRITTEN: Final = compile_later(
    r"(?<![\w.:])(?:(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}(?![\w.]|:\d)|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{1,36}(?![\w:]|\.\d))"
)


@lru_cache(maxsize=1024)
def find_address(text: str) -> str | None:
    """The first IP address of a text that has no port behind it; that of IPv4 where it is mapped to IPv6."""
    return next((found for match in _WRITTEN.finditer(text) if (found := _normalize(match[0]))), None)


def _normalize(text: str) -> str | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return None if address.is_unspecified else str(mapped or address)
