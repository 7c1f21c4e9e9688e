"""Connections that a library tells of in the log of a program that tells of its own: a speaker's, a broker's.

`[pychromecast.socket_client] [Kitchen] Connection lost` among Home Assistant's own clients is no end of theirs. It
counts where nothing else of the process tells of both connects and ends: then it is what the log is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import BOUNDS, CLOSINGS, OPENINGS, Event, EventKind

# Loggers of libraries for devices, brokers and stores. A name of an application's own is never here: what it loses may
# be the connection that matters.
_LIBRARIES: Final = compile_later(
    r"(?i)(?:pychromecast|paho|aiomqtt|gmqtt|hass_nabucasa|snitun|aiohomekit|pyatv|samsungtvws|bleak|zigpy|roombapy"
    r"|plexapi|soco|androidtv|adb_shell|pymodbus|aiocoap|tplinksmarthome|aiokafka|pika|aio_pika|asyncpg|psycopg"
    r"|pymongo|urllib3|paramiko|asyncssh|ldap3)(?:[.:/-]|$)"
)
_OF_A_BROKER: Final = ("mqtt-client-", "mqtt-js-")  # ids of rules
_TOLD: Final = BOUNDS | {EventKind.CONNECT_ERROR, EventKind.RECONNECT_ATTEMPT}


def drop_other_loggers(events: Sequence[Event]) -> list[Event]:
    """The events without those of libraries' own connections, in processes that tell of connects and of ends."""
    others = {id(event) for event in events if event.kind in _TOLD and _is_of_a_library(event)}
    if not others:
        return list(events)
    kinds: dict[str, set[EventKind]] = defaultdict(set)
    for event in events:
        if event.kind in BOUNDS and id(event) not in others:
            kinds[event.source].add(event.kind)
    telling = {source for source, told in kinds.items() if told & OPENINGS and told & CLOSINGS}
    return [event for event in events if id(event) not in others or event.source not in telling]


def _is_of_a_library(event: Event) -> bool:
    if event.rule is not None and event.rule.startswith(_OF_A_BROKER):
        return True
    named = event.service if event.is_service_stated else event.message.lstrip("[")
    return _LIBRARIES.match(named) is not None
