"""What may hide a text of a message in its raw line: a line that holds one of these is decoded to be searched."""

from __future__ import annotations

import re
from typing import Final

from logdiag.deferred import compile_later

ESCAPE: Final = b"\\u"  # JSON may write any character by its number
# journald exports a message with control characters, such as colours, as a list of bytes.
BYTE_LISTS: Final = (b'"MESSAGE":[', b'"MESSAGE": [')
HIDING_TEXTS: Final = (ESCAPE, *BYTE_LISTS)
# Colours inside a phrase, as in `client \x1b[31mdisconnected`; those around a stamp, a level in capitals or a whole
# message, which coloured logs have in each line, hide none. The m that ends another code is no letter of the phrase.
COLOURED: Final = rb"(?-i:(?:[a-ln-z]|[^0-9;\[]m),? ?\x1b\[[0-9;]*m ?[A-Za-z])"
# Serilog's messages are filled in from other fields; what is sought may lie across the edge of a hole, or of a colour.
JOINING_TEXTS: Final = (*BYTE_LISTS, b'"@mt"', b"\x1b")

_COLOURED: Final = compile_later(COLOURED, re.DOTALL)


def may_hide(raw: bytes) -> bool:
    """Whether a text that a rule needs may be hidden in a raw line."""
    return any(text in raw for text in HIDING_TEXTS) or (b"\x1b" in raw and _COLOURED.search(raw) is not None)
