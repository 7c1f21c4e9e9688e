"""Lines by which a client says in whatever words that it received something, and only while it is connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from logdiag.analyzers.clocks.learned_traffic import LineKind
from logdiag.analyzers.statistics.arrays import Floats
from logdiag.deferred import compile_later

EDGE_S: Final = 2.0  # a choice: stamps of whole seconds, and what is logged a moment late
LEAST_LINES: Final = 8  # a choice, as the fewest sessions that show a limit (`learned_traffic.LEAST_SESSIONS`)
RECEIVING: Final = compile_later(
    r"(?i)\brecv\b|\brx\b|\breceived?\b|\bincoming\b|\binbound\b|\bgot (?:an? |the )?(?:new )?(?:ws |socket )?"
    r"(?:message|event|data|packet|frame|reply|response|update|pong)|\bempfangen\b|\brecibid[oa]s?\b|\breçue?s?\b"
    r"|收到|接收|^\W{0,2}(?:<-+|<<+|←|<=|>>>)(?=\s|\{|\[|\")"
)
# What comes by another way, or is no message: what other systems send, signals, and what connections are opened by.
OTHERWISE: Final = compile_later(
    r"(?i)\b(?:kafka|redis|rabbit\w*|amqp|nats|mqtt|sqs|pubsub|queue|http\w*|GET|POST|PUT|DELETE|webhook|request|e?mail|sms|udp"
    r"|serial|usb|ble|bluetooth|signal|SIG[A-Z]{3,4}|clos\w*|disconnect\w*|error|fail\w*|connections?|handshake)\b"
)


def find_received(own: Sequence[LineKind], outages_s: Mapping[str, Floats]) -> tuple[LineKind, ...]:
    """The kinds of lines of clients that tell of something received; `outages_s` (n, 2) is when each was down.

    What still comes while the connection is down comes by another way, and then so may all that one says.
    """
    kinds = [kind for kind in own if tells_receiving(kind.name)]
    lines_count = sum(len(times) for kind in kinds for times in kind.times_s.values())
    is_of_others = any(
        _stands_within(times, outages_s[name])
        for kind in kinds
        for name, times in kind.times_s.items()
        if name in outages_s
    )
    return () if is_of_others or lines_count < LEAST_LINES else tuple(kinds)


@lru_cache(maxsize=4_096)  # a log has few wordings
def tells_receiving(template: str) -> bool:
    """Whether a line says that it received something over a connection it does not name as another's."""
    return RECEIVING.search(template) is not None and OTHERWISE.search(template) is None


def _stands_within(times: Floats, stretches: Floats) -> bool:
    """Whether any of the times lies inside of one of the stretches (n, 2), but for moments at their edges."""
    starts, ends = stretches[:, 0] + EDGE_S, stretches[:, 1] - EDGE_S
    return any(bool(np.any((times > start) & (times < end))) for start, end in zip(starts, ends, strict=True))
