"""What proxies say in the moment of each disconnect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from logdiag.analyzers.causes.case import tells_cut
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.events import Side
from logdiag.results.evidence import Evidence


class ProxyWords(NamedTuple):
    """The lines of proxies of one disconnect, as `DisconnectFacts` has them."""

    timeout: ProxyLine | None
    reload: Evidence | None


def list_common_moments(endings: Sequence[Ending]) -> list[datetime]:
    """When several connections were cut at once, on the server's clock; the first end of each such event."""
    moments: dict[int, datetime] = {}
    for ending in endings:
        if ending.drop.fleet_event is not None and _is_cut(ending):
            moments.setdefault(ending.drop.fleet_event, ending.on_server)
    return sorted(moments.values())


def find_proxy_words(lines: ProxyLines, endings: Sequence[Ending]) -> list[ProxyWords]:
    """What proxies say of each disconnect that is a cut; they keep the server's clock, where that is known."""
    cut = [ending for ending in endings if _is_cut(ending)]
    timeouts = lines.pair_timeouts([(end.drop.index, end.on_server, end.error_s) for end in cut])
    reloads = {end.drop.index: lines.find_reload(end.on_server, end.error_s) for end in cut}
    return [ProxyWords(timeouts.get(end.drop.index), reloads.get(end.drop.index)) for end in endings]


def _is_cut(ending: Ending) -> bool:
    is_server = ending.session.side is Side.SERVER
    return tells_cut(ending.drop.server_reason if is_server else ending.drop.reason) is True
