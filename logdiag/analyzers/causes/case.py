"""Everything that is known of each disconnect, laid out for the checks of causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from logdiag.analyzers.attempts.connect_errors import ConnectError
from logdiag.analyzers.attempts.refused_by_server import NO_CLASH, VersionClash
from logdiag.analyzers.causes.disconnect_facts import DisconnectFacts
from logdiag.analyzers.causes.proxies import NO_PROXIES, ProxyLines
from logdiag.analyzers.causes.reasons import SERVER_REASONS
from logdiag.analyzers.clocks.patterns import PatternReport
from logdiag.analyzers.connections.server_side import ServerView
from logdiag.analyzers.pushes.attempts import Attempt
from logdiag.analyzers.pushes.sizes import Bracket
from logdiag.analyzers.statistics.exact_tests import binomial_greater
from logdiag.analyzers.triggers.fits import TriggerFit
from logdiag.results.evidence import Evidence
from logdiag.results.patterns import PatternKind
from logdiag.results.pushes import Push

DEFAULT_PING_INTERVAL_S: Final = 25.0  # Engine.IO's pingInterval
DEFAULT_PING_TIMEOUT_S: Final = 20.0  # Engine.IO since version 4
PING_SUMS_S: Final = (30.0, 45.0, 85.0)  # ping interval plus timeout by default: Engine.IO 3 late, 4, and 3 early
PING_SUM_WIDTH: Final = 0.02  # a choice: 0.6 s of 30 s for the timers of both sides
MOSTLY_SILENT: Final = 0.8  # a choice: four of five
LEAST_SILENT: Final = 3  # with fewer four of five say nothing
MOST_PROXY_CHANCE: Final = 1e-3  # a choice, as for full minutes: one log in a thousand
OWN_WORDS: Final = SERVER_REASONS - {"ping timeout"}  # which libraries of plain WebSockets and brokers of MQTT say, too
MOST_KICK_CHANCE: Final = 1e-4  # as for sizes and common cuts


class Life(NamedTuple):
    """How long a connection is known to have lasted, in seconds: to its logged end, else to the end of its log."""

    connection: str
    source: str | None
    age_s: float


class Instances(NamedTuple):
    """How many processes the server consists of, and how many of them stop in these logs by their own word."""

    all_count: int = 0
    ended_count: int = 0


NO_INSTANCES: Final = Instances()


@dataclass(frozen=True)
class Case:
    """The whole incident as the checks see it.

    `engine_lines_count` counts lines near the disconnects in which the server's transport layer (Engine.IO, ws) speaks;
    `debug_seen` tells whether a client writes at debug level there. `bracket` is what the sizes of messages say of a
    limit, None where they do not part the messages that were survived from those that were not; `logged_limit_bytes` is
    the limit that the lines name which say that a message was too large, `max_payload_bytes` that of a setting. Of
    `lossy_sides` so many lines are missing that a silence of theirs shows nothing; `ids_seen` tells whether any line
    names whose connection it speaks of, `stuck_count` how often a supervisor says that it ends a server which does not
    answer, `server_crashes_count` how many lines say of what a server died; `are_beats_seen`: lines tell of heartbeats;
    `is_mqtt`: all connect to a broker, with a keepalive of their own and without close codes; `is_another_runtime`: a
    line shows a language that is not Node's. `mixed_counts` has, for each connection of several that share a file, how
    many messages of that file may be its own or another's. `lives` are the known ages of all connections, of
    those that nobody minds and of those that are still open as well.
    `clash` tells which of two sides that speak different versions is the newer one.
    """

    facts: tuple[DisconnectFacts, ...]
    errors: tuple[ConnectError, ...]
    patterns: PatternReport
    pattern_ids: Mapping[int, str]
    triggers: tuple[TriggerFit, ...]
    trigger_ids: Mapping[int, str]
    attempts: tuple[Attempt, ...]
    pushes: tuple[Push, ...]
    server: ServerView
    connections_count: int
    starts_seen: bool
    emits_seen: bool
    push_templates: frozenset[tuple[str, str]]
    push_reach_ms: float
    local_offsets_s: Mapping[str, Sequence[float]]
    payload_errors: tuple[Evidence, ...]
    kicks_count: int
    engine_lines_count: int
    debug_seen: bool
    resolution_s: float
    ping_interval_s: float | None = None
    ping_timeout_s: float | None = None
    max_payload_bytes: int | None = None
    logged_limit_bytes: int | None = None
    bracket: Bracket | None = None
    proxies: ProxyLines = NO_PROXIES
    lossy_sides: frozenset[str] = frozenset()
    mixed_counts: Mapping[str, int] = field(default_factory=dict)
    ids_seen: bool = True
    stuck_count: int = 0
    server_crashes_count: int = 0
    is_mqtt: bool = False
    are_beats_seen: bool = False
    is_another_runtime: bool = False
    is_another_protocol: bool = False  # than Socket.IO's: SignalR's, STOMP's
    lives: tuple[Life, ...] = ()
    clash: VersionClash = NO_CLASH
    instances: Instances = NO_INSTANCES

    @cached_property
    def by_index(self) -> Mapping[int, DisconnectFacts]:
        """The facts of each disconnect by its index."""
        return {fact.drop.index: fact for fact in self.facts}

    @cached_property
    def clients_fell_silent(self) -> bool:
        """Whether nearly all drops whose clients' messages tell came after a silence of the client."""
        known = [fact for fact in self.facts if fact.fell_silent is not None]
        silent_count = sum(fact.fell_silent is True for fact in known)
        return silent_count >= max(LEAST_SILENT, MOSTLY_SILENT * len(known))

    @cached_property
    def kick_chance(self) -> float:
        """How likely so many ends without a reason have a line of a kick so shortly before them by luck.

        The chance of one is the rate of such lines times the longest lead (docs/methods.md, "Pushes").
        """
        unstated = [fact for fact in self.facts if fact.reason is None and fact.drop.server_reason is None]
        leads_s = [fact.kick_lead_s for fact in unstated if fact.kick_lead_s is not None]
        if not leads_s:
            return 1.0
        span_s = max(1.0, (self.facts[-1].drop.time - self.facts[0].drop.time).total_seconds())
        chance = min(1.0, self.kicks_count / span_s * max(*leads_s, self.resolution_s))
        return binomial_greater(len(leads_s), len(unstated), chance)

    def find_heartbeat_s(self, ping_timeout_s: float = DEFAULT_PING_TIMEOUT_S) -> float:
        """Ping interval plus timeout in seconds: as stated, else Engine.IO's interval and `ping_timeout_s`."""
        return (self.ping_interval_s or DEFAULT_PING_INTERVAL_S) + (self.ping_timeout_s or ping_timeout_s)

    @cached_property
    def cut_facts(self) -> Sequence[DisconnectFacts]:
        """The connections that were cut from under Socket.IO."""
        return [fact for fact in self.facts if fact.is_cut]

    @cached_property
    def reload_of_moment(self) -> Mapping[str, Evidence | None]:
        """By each moment in which connections were cut, the line of the reload right before it."""
        return {fact.moment: fact.proxy_reload for fact in self.cut_facts}

    @cached_property
    def proxy_timeout_chance(self) -> float:
        """How likely so many cut connections have a line of a proxy's limit in their moment by luck."""
        told = {fact.stated for fact in self.facts if fact.is_told_by_proxy}
        tried = [fact for fact in self.facts if fact.may_be_cut or (fact.drop.has_end_line and fact.stated in told)]
        count = sum(fact.proxy_timeout is not None for fact in tried)
        return binomial_greater(count, len(tried), self.proxies.timeout_chance) if count else 1.0

    def find_stated_limit(self, fact: DisconnectFacts) -> PatternKind | None:
        """Which limit ran out on this very connection, by its own line or, beyond chance, by that of a proxy."""
        if fact.is_idled:
            return PatternKind.IDLE
        if fact.is_aged:
            return PatternKind.CONNECTION_AGE
        line = fact.proxy_timeout
        return line.limit if line is not None and self.proxy_timeout_chance <= MOST_PROXY_CHANCE else None

    @cached_property
    def proxy_reload_chance(self) -> float:
        """How likely so many moments in which connections are cut come right after a reload of a proxy by luck."""
        moments = self.reload_of_moment
        count = sum(line is not None for line in moments.values())
        if not count:
            return 1.0
        return min(1.0, self.proxies.lags_count * binomial_greater(count, len(moments), self.proxies.reload_chance))

    @property
    def is_reload_logged(self) -> bool:
        """Whether the reloads that proxies tell of end connections, by more than chance."""
        return self.proxy_reload_chance <= MOST_PROXY_CHANCE

    @cached_property
    def is_socketio(self) -> bool:
        """Whether any disconnect is told in Socket.IO's words: what holds by default there holds here."""
        return any(fact.drop.server_reason in SERVER_REASONS or fact.reason is not None for fact in self.facts)

    @cached_property
    def has_own_words(self) -> bool:
        """Whether the reason of any end is one that Socket.IO alone words so: heartbeats are others' as well."""
        return any(not OWN_WORDS.isdisjoint({fact.reason, fact.drop.server_reason}) for fact in self.facts)

    @cached_property
    def visible_pushes_count(self) -> int:
        """The pushes whose start the log holds."""
        return sum(attempt.has_start_line for attempt in self.attempts)

    @cached_property
    def tried_counts(self) -> Counter[tuple[str, str | None]]:
        """How many pushes each connection tried on each channel."""
        return Counter((attempt.connection, attempt.channel) for attempt in self.attempts)
