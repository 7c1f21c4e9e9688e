"""What is known of one disconnect, as the checks of causes ask for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logdiag.analyzers.attempts.connect_errors import ConnectError
from logdiag.analyzers.attempts.turned_away import KICK_LAG
from logdiag.analyzers.causes.crashes import tells_how
from logdiag.analyzers.causes.own_words import REPLACED, RuleKind, Said, StatedRule, states_reload
from logdiag.analyzers.causes.proxies import ProxyLine
from logdiag.analyzers.causes.reasons import (
    AGED,
    DECODER,
    IDLED,
    IN_ORDER,
    IN_ORDER_NAMES,
    LOGIN_LAPSED,
    TOO_LARGE,
    UNSTATED_CODES,
    names_no_party,
    says,
    tells_cut,
)
from logdiag.analyzers.clocks.patterns import ClockFit
from logdiag.analyzers.connections.sessions import SessionRecord
from logdiag.events import Side
from logdiag.results.connections import Silence
from logdiag.results.disconnects import Disconnect
from logdiag.results.evidence import Evidence
from logdiag.results.pushes import Push

FELL_SILENT: Final = 1.2  # times the pause that 19 of 20 pauses of the client do not exceed
SHORTEST_SILENCE_S: Final = 5.0  # the shortest ping timeout by default
LONGEST_DEPLOY_S: Final = 60.0  # a choice, as `health.LONG_STOP_S`: what is deployed anew is back within a minute
RESTART_CODES: Final = frozenset({"1001", "1012"})  # RFC 6455, 7.4.1, and the registry of IANA: going away, restart
# No close frame, an error, no time, a gateway: no server that stops in order says so of the sockets that it closes.
NOT_IN_ORDER: Final = frozenset({"1006", "1011", "1013", "1014", "ping timeout", "transport error"})
RESTARTS: Final = "1012"  # says it by itself: a browser that leaves sends 1001 as well


@dataclass(frozen=True, slots=True)
class DisconnectFacts:
    """What is known of one disconnect. `reason` is None where the log does not state one in Socket.IO's words.

    `kick` is a line just before by which the server says that it disconnects a socket, `server_error` what the server's
    line of this disconnect gives as its error, `sent_bytes` the largest message known to be sent just before, `heard_s`
    how long before the end a message last came through from one side to the other, in seconds, `sent_s` how long before
    it the client last logged that it sent one, `server_stop` the line by which the server that held this very socket
    says, right before, that it stops, `usual_s` how long the client usually pauses between two messages at most, where
    the server alone tells of it, `kick_lead_s` how long before the end the server said that it disconnects a socket, by
    a line of this end alone, `client_ran_on` and `server_ran_on` whether that process wrote on a beat of its own
    through the drop (None: it keeps none, or its lines are unknown), `lonely_pause` a pause of the server before it
    gave its only client up, too long for chance, `crowd_pause` one before it gave several clients up at once, longer
    than any other that it makes, `ticked_to_end` whether what comes regularly over the connection came up to the end
    (None: nothing does), `too_large` the line of this end, or of the server right before it, that says that a message
    was too large, `proxy_timeout` the line of this end by which a proxy says that a limit of its own ran out,
    `proxy_reload` that by which one says, right before, that it takes over a new configuration or stops,
    `proxy_failure` the first handshake then for which a proxy found no server behind it, `shared_id` the id under which
    `rival` came as well, `speakers` the clients that the server hears by turns over the sockets of that id,
    `client_exit` and `server_exit` what the platform that runs the process at that end says, in this moment, of its end
    or its new start, `server_crash` the server's own last words, where it died of an error, `restart_said` the line of
    the end where it names the end of the server as its reason, `stuck` that by which a supervisor says that it ends the
    server because it did not answer, `replaced` what the server says right before it throws this socket out, if that is
    that another login took its place, `turned_away` what it says right before of this very client's credentials,
    `rule` which rule of its own it names as it ends this very connection,
    `expired` what the client says of its own at an end by the server, `unread_start` its line before the next connect
    that may be the first of a new process, `is_alone` whether no other connection was open then that could have ended
    with it, `taken_over` the line by which another instance of the server, up since before the end, let a client in
    until this one was back, `replaced_s` how long after an end whose client no name knows again a new one came in its
    place, in seconds.
    """

    drop: Disconnect
    session: SessionRecord
    reason: str | None
    errors: tuple[ConnectError, ...]
    fit: ClockFit | None
    silence: Silence | None
    server_silence: Silence | None
    server_start: datetime | None
    push: Push | None
    push_arrived: bool | None
    notice_s: float | None
    notice_error_s: float | None
    rival: str | None
    fleet_wide: bool
    kick: Evidence | None
    server_error: str | None
    sent_bytes: float | None
    heard_s: float | None
    server_stop: Evidence | None = None
    usual_s: float | None = None
    sent_s: float | None = None
    kick_lead_s: float | None = None
    client_ran_on: bool | None = None
    server_ran_on: bool | None = None
    lonely_pause: Silence | None = None
    crowd_pause: Silence | None = None
    ticked_to_end: bool | None = None
    too_large: Evidence | None = None
    proxy_timeout: ProxyLine | None = None
    proxy_reload: Evidence | None = None
    proxy_failure: Evidence | None = None
    shared_id: str | None = None
    speakers: tuple[str, ...] = ()
    client_exit: Said | None = None
    server_exit: Said | None = None
    server_crash: Said | None = None
    restart_said: Said | None = None
    stuck: Evidence | None = None
    replaced: str | None = None
    turned_away: Said | None = None
    rule: StatedRule | None = None
    expired: Said | None = None
    unread_start: Said | None = None
    is_alone: bool = False
    taken_over: Evidence | None = None
    replaced_s: float | None = None

    @property
    def client_died_of(self) -> Said | None:
        """What says why the client's process ended: its own last words, else its platform's."""
        own, place = self.session.crash_error, self.session.evidence
        return Said(own, place) if own and place is not None else _if_telling(self.client_exit)

    @property
    def server_died_of(self) -> Said | None:
        """What says why the server's process ended: its own last words, else its platform's."""
        return self.server_crash or _if_telling(self.server_exit)

    @property
    def is_cut(self) -> bool:
        """Whether the connection was cut from under Socket.IO, by the word of the log that tells of it."""
        return self.states_cut is True and self.drop.has_end_line

    @property
    def is_ended_by_line(self) -> bool:
        """Whether the server says right before that it ends this very connection, or refuses its credentials."""
        return self.turned_away is not None or (
            self.kick_lead_s is not None and self.kick_lead_s <= KICK_LAG.total_seconds()
        )

    @property
    def moment(self) -> str:
        """What the ends have in common that several connections met in the same moment."""
        return self.drop.moment

    @property
    def is_timed(self) -> bool:
        """Whether it belongs to a pattern that keeps time."""
        return self.fit is not None and self.fit.keeps_time

    @property
    def is_replaced(self) -> bool:
        """Whether one side states that another login took its place, at the end or right before it."""
        return self.replaced is not None or self._states(REPLACED)

    @property
    def is_aged(self) -> bool:
        """Whether a proxy states that it had lasted as long as it lets any."""
        return self._states(AGED)

    @property
    def is_idled(self) -> bool:
        """Whether one side states that an idle limit of its own ran out."""
        return self._states(IDLED)

    def _states(self, pattern: re.Pattern[str]) -> bool:
        """Whether the reason that either side gives has such words."""
        return says(pattern, self.drop.reason) or says(pattern, self.drop.server_reason)

    @property
    def refused_itself(self) -> bool:
        """Whether a client says that it closed first, with 1009: what it got was too large for it, not what it sent."""
        return is_closed_by_client(self.session) and self.session.code in TOO_LARGE

    @property
    def refuses_received(self) -> bool:
        """Whether the client's own line says that a message which it received was too large, and no other side does.

        So it does where it closed first, with 1009, and in the words of what decodes messages where it sent none,
        unless these stood in a close frame that it got.
        """
        drop = self.drop
        is_own = self.too_large is not None and self.too_large == drop.evidence and self.session.side is Side.CLIENT
        if not is_own or drop.server_reason is not None or self.server_error is not None:
            return False
        is_told = (self.session.error or "").startswith("received ")
        return self.refused_itself or (self.push is None and not is_told and says(DECODER, drop.reason))

    @property
    def reload_said(self) -> str | None:
        """The reason of the end, where that is that a proxy on the way restarts, reloads or stops."""
        reason = self.drop.server_reason or self.drop.reason
        return reason if states_reload(reason) else None

    @property
    def is_stated_by_both(self) -> bool:
        """Whether client and server both state why it ended."""
        return self.reason is not None and self.drop.server_reason is not None

    @property
    def is_ping_timeout(self) -> bool:
        """Whether one side states that the other did not answer its pings."""
        return "ping timeout" in {self.reason, self.drop.server_reason}

    @property
    def broken_rule(self) -> StatedRule | None:
        """The rule by which the server ended it; that it reads slowly tells no more of a client that stood still."""
        if self.rule is None or (self.rule.kind is RuleKind.SLOW and self.silence is not None):
            return None
        return self.rule

    @property
    def is_silent(self) -> bool:
        """Whether one of the two processes stood still."""
        return self.silence is not None or self.server_silence is not None

    @property
    def both_ran_on(self) -> bool:
        """Whether lines of both processes show that they ran on through the drop."""
        return not self.is_silent and self.client_ran_on is True and self.server_ran_on is True

    @property
    def stated(self) -> str | None:
        """Why it ended, by the log that tells of the connection."""
        return self.drop.server_reason if self.session.side is Side.SERVER else self.reason

    @property
    def states_cut(self) -> bool | None:
        """Whether its reason is that the transport ended from below; None for none and for the application's words.

        A client that states no reason but code 1006 got no close frame, one that states 1000 got or sent one (RFC 6455,
        7.1.5 and 7.4.1). Of an end without a reason a proxy may say that it cut the connection. Where ends keep time,
        1001 tells nothing: leaving browsers say it, and a gateway whose limit ran out; nor does 1000 to a client, from
        a server at its own limit, as Cowboy. A server that tells of 1000 mostly got it, from a client that left. Where
        the client states neither, as OkHttp's `onFailure`, the server's reason for the same end counts. A client that
        gave up waiting for somebody to log in ended it itself, whatever time that takes.
        """
        if says(LOGIN_LAPSED, self.drop.reason):
            return False
        if self.is_closed_in_order:
            return None if self.is_timed and self.session.side is Side.CLIENT else False
        told = self.stated or self.session.code or self.drop.server_reason
        if told is not None:
            is_cut = tells_cut(told)
            is_open = is_cut is False and (self.is_timed or self.stated is None)
            if is_cut is not None:
                return None if is_open and names_no_party(told) else is_cut
        return True if self.is_told_by_proxy else None

    @property
    def words_of_end(self) -> str:
        """By which words, or code, its end is known: the server's where the client states neither."""
        code = self.session.code
        return self.stated or (f"code {code}" if code is not None else self.drop.server_reason or "")

    @property
    def is_told_by_proxy(self) -> bool:
        """Whether a proxy says that it cut the connection, and its end itself names no party that ended it.

        `closed by the peer` is what a server sees of whoever hangs up, a proxy at its limit among them.
        """
        is_unstated = tells_cut(self.stated) is None and self.session.code in UNSTATED_CODES
        return is_unstated and self.proxy_timeout is not None

    @property
    def may_be_cut(self) -> bool:
        """Whether it was cut, or its line gives no reason: what tells of cuts is held against chance with these."""
        return self.drop.has_end_line and (self.states_cut is True or (self.stated is None and self.states_cut is None))

    @property
    def is_closed_in_order(self) -> bool:
        """Whether code 1000 is all that is stated: an end closed it, or a proxy that speaks WebSocket."""
        return self.session.code == IN_ORDER and self.stated in IN_ORDER_NAMES

    @property
    def is_restarted_in_order(self) -> bool:
        """Whether the server stopped in order, and the client was soon back."""
        return self.is_stopped_in_order and self.away_s is not None and self.away_s <= LONGEST_DEPLOY_S

    @property
    def is_stopped_in_order(self) -> bool:
        """Whether the server announced its stop, and the end says the same, or nothing against it.

        Where a client tells of 1012, that code is the server's announcement. A server that said that it stops may
        close its sockets with any code, or tell none: what its own log, or else the client's, calls cut off was not
        closed in order.
        """
        announced = self.server_stop is not None or self.session.code == RESTARTS
        stopped = announced and self.server_exit is None and self.stuck is None and self.server_crash is None
        told = self.session.code or self.drop.server_reason or self.reason
        is_own_word = self.server_stop is not None and told not in NOT_IN_ORDER
        return stopped and self.drop.has_end_line and (is_own_word or self.session.code in RESTART_CODES)

    @property
    def server_off_s(self) -> float | None:
        """How long after the end the server started anew, in seconds, where its own log has both."""
        if self.server_start is None or self.session.side is not Side.SERVER:
            return None
        return (self.server_start - self.drop.time).total_seconds()

    @property
    def away_s(self) -> float | None:
        """How long its client was away, or, where no name knows it again, until a new one came in its place."""
        return self.replaced_s if self.drop.outage_s is None else self.drop.outage_s

    @property
    def is_kicked_unstated(self) -> bool:
        """Whether the server said right before that it disconnects a socket, and no side states why this one ended."""
        return self.reason is None and self.drop.server_reason is None and self.kick_lead_s is not None

    @property
    def fell_silent(self) -> bool | None:
        """Whether the client had been silent for longer than it ever is; None where its messages do not tell."""
        if self.heard_s is None or self.usual_s is None:
            return None
        return self.heard_s > max(FELL_SILENT * self.usual_s, SHORTEST_SILENCE_S)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The line of the disconnect, where there is one."""
        return () if self.drop.evidence is None else (self.drop.evidence,)


def _if_telling(said: Said | None) -> Said | None:
    return said if said is not None and tells_how(said.text) else None


def is_closed_by_client(session: SessionRecord) -> bool:
    """Whether a client's own record says that it sent the close frame first."""
    return session.side is Side.CLIENT and (session.error or "").startswith("sent ")
