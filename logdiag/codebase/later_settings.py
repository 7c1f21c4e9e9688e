"""Options that a server is given once it is made: `io.set(…)`, `sio.eio.ping_interval = …`, `io.engine.opts.… = …`."""

from __future__ import annotations

from typing import Final

from logdiag.codebase.trees.definitions import Definition
from logdiag.codebase.trees.modules import Module
from logdiag.codebase.trees.syntax import MEMBERS, argument, called_chain, chain_of, read_string

OLD_NAMES: Final = {
    "heartbeat interval": "pingInterval", "heartbeat timeout": "pingTimeout",
    "destroy buffer size": "maxHttpBufferSize", "transports": "transports",
}  # fmt: skip
# What holds the options that each handshake reads: python-engineio's server itself, the `opts` of engine.io.
HOLDERS: Final = {"python": "eio", "script": "opts"}


def find_assigned(module: Module) -> dict[str, Definition]:
    """What is assigned to the options of an Engine.IO server, whoever made it: name → where its value stands."""
    holder = HOLDERS["python" if module.is_python else "script"]
    found: dict[str, Definition] = {}
    for one in module.others:
        chain = chain_of(one.target) if one.target.type in MEMBERS else ()
        if len(chain) > 2 and chain[-2] == holder and not chain[-1].startswith("_"):
            found[chain[-1]] = Definition(module, one.value)
    return found


def find_set(module: Module) -> dict[str, Definition]:
    """What `io.set('heartbeat timeout', …)` sets: the way of Socket.IO before 1.0, which 2.x still takes."""
    found: dict[str, Definition] = {}
    for call in module.called.get("set", ()):
        key, value = argument(call, 0), argument(call, 1)
        name = None if key is None else OLD_NAMES.get(read_string(key) or "")
        if name is not None and value is not None and len(called_chain(call)) > 1:
            found[name] = Definition(module, value)
    return found
