"""What the words of an end mean: a cut, a close in order, or a party that nobody names."""

from __future__ import annotations

import re

from logdiag.analyzers.causes.reasons import CLEAN, CUT_OFF, IDLED, PAYLOAD, names_no_party, says, tells_cut
from tests.folding import each


@each(
    ("reason", "is_cut"),
    [
        (None, None),
        ("transport close", True),
        ("transport error", True),
        ("abnormal closure", True),
        ("unexpected EOF", True),
        ("java.io.EOFException", True),
        ("geofence left", None),
        ("read tcp 10.0.0.7:443: connection reset by peer", True),
        ("idle timeout", True),
        ("Idle for 300241ms > 300000ms", True),  # Jetty 8, with code 1000
        ("ping timeout", False),
        ("io server disconnect", False),
        ("server shutting down", False),
        ("parse error", False),
        ("closed with 1001", False),
        ("closed with 1006", True),
        ("user logged out", False),
        ("see you", None),
    ],
)
def test_a_cut_is_told_from_a_close_in_order(reason: str | None, is_cut: bool | None) -> None:
    """From below, in order, or in words that only the application understands."""
    assert tells_cut(reason) is is_cut


@each(
    ("reason", "is_open"),
    [
        ("going away", True),
        ("1001", True),
        ("1012", True),
        ("1014", True),
        ("bad gateway", True),
        ("client disconnected", True),
        ("The connection was disconnected.", True),
        ("see you", True),
        ("1002", False),
        ("1008", False),
        ("going away: logged out", False),
        ("user 7 disconnected", False),
        ("transport close", False),
        ("io client disconnect", False),
    ],
)
def test_a_code_that_proxies_send_as_well_names_no_party(reason: str, is_open: bool) -> None:
    """API Gateway says 1001 at its own limit; a policy, a logout or a kick is somebody's."""
    assert names_no_party(reason) is is_open


@each(
    ("code", "is_clean"),
    [
        *((code, True) for code in (1000, 1001, 1003, 1005, 1007, 1009, 1010, 1014)),
        *((code, False) for code in (999, 1004, 1006, 1015, 11000, 10001)),
    ],
)
def test_the_codes_that_a_side_sends_are_those_of_rfc_6455(code: int, is_clean: bool) -> None:
    """1004, 1006 and 1015 are never sent, and no digit stands beside a code."""
    assert says(CLEAN, f"close {code}") is is_clean


@each(
    ("pattern", "reason", "is_said"),
    [
        (PAYLOAD, "Max payload size exceeded", True),
        (PAYLOAD, "message was too big", True),
        (PAYLOAD, "close 1009", True),
        (PAYLOAD, "request entity too large", True),
        (PAYLOAD, "close 10090", False),
        (PAYLOAD, "too many messages", False),
        (IDLED, "WebSocket timed out from inactivity", True),
        (IDLED, "idle_timeout", True),
        (IDLED, "ping timeout", False),
        (CUT_OFF, "write EPIPE", True),
        (CUT_OFF, "code 1006", True),
        (CUT_OFF, "code 11006", False),
        (CUT_OFF, "eof", False),
        (IDLED, None, False),
    ],
)
def test_words_of_a_kind(pattern: re.Pattern[str], reason: str | None, is_said: bool) -> None:
    """A message too large, an idle limit, a stream that ended: no part of another number or word."""
    assert says(pattern, reason) is is_said
