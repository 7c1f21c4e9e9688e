"""What proxies say in the moment of each disconnect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from logdiag.analyzers.causes.case import MOST_PROXY_CHANCE
from logdiag.analyzers.causes.facts.endings import Ending
from logdiag.analyzers.causes.proxies import ProxyLine, ProxyLines
from logdiag.analyzers.causes.reasons import UNSTATED_CODES, tells_cut
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
    timeouts = _find_timeouts(lines, cut, [ending for ending in endings if _is_untold(ending)])
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


def _find_timeouts(lines: ProxyLines, cut: Sequence[Ending], untold: Sequence[Ending]) -> dict[int, ProxyLine]:
    """By the index of the disconnect, the line by which a proxy says that a limit ran out on it.

    An end of which no log says why, or only in words that leave it open, may be a cut as well: it is one where a proxy
    says so in its moment, if chance does not bring so many ends in the same words a line.
    """
    told = lines.pair_timeouts([_place(end) for end in (*cut, *untold)])
    alike: dict[str | None, list[Ending]] = defaultdict(list)
    for end in untold:
        alike[_find_words(end)].append(end)
    telling = [end for ends in alike.values() if _are_told(lines, ends, told) for end in ends]
    return told if len(telling) == len(untold) else lines.pair_timeouts([_place(end) for end in (*cut, *telling)])


def _are_told(lines: ProxyLines, ends: Sequence[Ending], told: Mapping[int, ProxyLine]) -> bool:
    count = sum(end.drop.index in told for end in ends)
    return binomial_greater(count, len(ends), lines.timeout_chance) <= MOST_PROXY_CHANCE


def _place(ending: Ending) -> tuple[int, datetime, float]:
    return ending.drop.index, ending.on_server, ending.error_s


def _is_cut(ending: Ending) -> bool:
    return tells_cut(_find_words(ending)) is True


def _is_untold(ending: Ending) -> bool:
    """Whether a line tells of the end, and nothing tells why it came: no word, or `closed by the peer` and its like."""
    drop, session = ending.drop, ending.session
    is_open = all(tells_cut(said) is None for said in (drop.reason, drop.server_reason, session.reason))
    return drop.has_end_line and not session.orderly and session.code in UNSTATED_CODES and is_open


def _find_words(ending: Ending) -> str | None:
    return ending.drop.server_reason if ending.session.side is Side.SERVER else ending.drop.reason
