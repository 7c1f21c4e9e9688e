"""Which words say that another login took the place of a connection."""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later
from logdiag.events import TAKEN_OVER

# Another login took the place of this one: WhatsApp's stream error, XMPP's (RFC 6120, 4.9.3.3), MQTT 5's reason code,
# and what applications say.
REPLACING: Final = compile_later(
    r"(?i)stream errored \(conflict\)|<conflict\b|\bconnection replaced|\bsession taken over"
    r"|\bnew (?:connection|session) replac(?:es|ed|ing)|\b(?:due to|because of) (?:an? )?new (?:connection|login)\b"
    r"|\b(?:session|connection|socket) (?:was )?replaced by|\bduplicate (?:login|log-in|session|connection)"
    r"|already connected, closing old|\b0x8e\b"
    rf"|{TAKEN_OVER}"
)
REPLACED: Final = "replaced by another login"  # the reason of such an end, whatever its words
