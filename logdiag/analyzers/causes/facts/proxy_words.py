"""What proxies say in the moment of each disconnect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from logdiag.analyzers.causes.case import MOST_PROXY_CHANCE, tells_cut
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.events import Side
from logdiag.results.evidence import Evidence


class ProxyWords(NamedTuple):
    """The lines of proxies of one disconnect, as `DisconnectFacts` has them."""

    timeout: ProxyLine | None
    reload: Evidence | None
    failure: Evidence | None


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
    failures = {end.drop.index: lines.find_failure(end.on_server, end.error_s) for end in cut}
    if not _are_telling(lines, list_common_moments(endings)):
        failures = {}
    indices = [end.drop.index for end in endings]
    return [ProxyWords(timeouts.get(index), reloads.get(index), failures.get(index)) for index in indices]


def _are_telling(lines: ProxyLines, moments: Sequence[datetime]) -> bool:
    """Whether failed handshakes follow moments in which several were cut, by more than chance at their rate."""
    count = sum(lines.find_failure(moment, 0.0) is not None for moment in moments)
    return count > 0 and binomial_greater(count, len(moments), lines.away_share) <= MOST_PROXY_CHANCE


def _is_cut(ending: Ending) -> bool:
    is_server = ending.session.side is Side.SERVER
    return tells_cut(ending.drop.server_reason if is_server else ending.drop.reason) is True
