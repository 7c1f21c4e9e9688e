"""What proxies say in the moment of each disconnect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from logdiag.analyzers.causes.case import MOST_PROXY_CHANCE
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.analyzers.causes.reasons import tells_cut
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
    timeouts = _find_timeouts(lines, cut, [ending for ending in endings if _is_unstated(ending)])
    reloads = {end.drop.index: lines.find_reload(end.on_server, end.error_s) for end in cut}
    failures = {end.drop.index: lines.find_failure(end.on_server, end.error_s) for end in cut}
    if not _are_telling(lines, list_common_moments(endings)):
        failures = {}
    indices = [end.drop.index for end in endings]
    return [ProxyWords(timeouts.get(index), reloads.get(index), failures.get(index)) for index in indices]


def _are_telling(lines: ProxyLines, moments: Sequence[datetime]) -> bool:
    """Whether failed handshakes begin at moments in which several were cut, by more than chance at their rate.

    What a proxy asks in vain all the time is another server.
    """
    begins = lines.keep_first_failures()
    count = sum(begins.find_failure(moment, 0.0) is not None for moment in moments)
    return count > 0 and binomial_greater(count, len(moments), begins.away_share) <= MOST_PROXY_CHANCE


def _find_timeouts(lines: ProxyLines, cut: Sequence[Ending], unstated: Sequence[Ending]) -> dict[int, ProxyLine]:
    """By the index of the disconnect, the line by which a proxy says that a limit ran out on it.

    An end of which no log says why may be a cut as well: it is one where a proxy says so in its moment, if chance does
    not bring so many of them a line.
    """
    told = lines.pair_timeouts([_place(end) for end in (*cut, *unstated)])
    count = sum(end.drop.index in told for end in unstated)
    if binomial_greater(count, len(unstated), lines.timeout_chance) <= MOST_PROXY_CHANCE:
        return told
    return lines.pair_timeouts([_place(end) for end in cut])


def _place(ending: Ending) -> tuple[int, datetime, float]:
    return ending.drop.index, ending.on_server, ending.error_s


def _is_cut(ending: Ending) -> bool:
    is_server = ending.session.side is Side.SERVER
    return tells_cut(ending.drop.server_reason if is_server else ending.drop.reason) is True


def _is_unstated(ending: Ending) -> bool:
    """Whether a line tells of the end, and nothing tells why it came."""
    drop, session = ending.drop, ending.session
    said = (drop.reason, drop.server_reason, session.reason, session.code)
    return drop.has_end_line and not session.orderly and not any(said)
