"""The address of a client in a server's line."""

from __future__ import annotations

from logdiag.analyzers.names.addresses import find_address
from tests.folding import each


@each(
    ("text", "address"),
    [
        ("New connection from ::ffff:192.168.1.38", "192.168.1.38"),
        ("New connection from 192.168.1.38", "192.168.1.38"),
        ("New connection from 2001:DB8::7", "2001:db8::7"),
        ("peer fe80::1.", "fe80::1"),
        ("listening on 0.0.0.0, then 10.0.0.7 came", "10.0.0.7"),
        ("listening on ::", None),
        ("New connection from 192.168.1.38:51210", None),
        ("version 10.0.0.7.1", None),
        ("engine v10.0.0.7", None),
        ("address 10.0.0.256", None),
        ("at 16:25:52", None),
        ("nothing at all", None),
    ],
)
def test_an_address_without_a_port_names_a_client(text: str, address: str | None) -> None:
    """The first that is one: neither a version, nor a clock, nor what a server listens on, nor one connection's."""
    assert find_address(text) == address
