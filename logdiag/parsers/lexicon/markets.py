"""Pairs of a currency market, after which programs that follow it call their connections: `[ETH/USDT] connected`.

Half of such a name may be a word for something else, as for a network device, and would void the sentence.
"""

from __future__ import annotations

from typing import Final

from logdiag.deferred import compile_later

# The currency that a price is told in; of those that are no more than a word of three letters only behind a slash.
_PAIR: Final = (
    r"[A-Z0-9]{2,10}(?:[/_-](?:[A-Z]{0,2}USD[TC]?|EUR|GBP|JPY|KRW)|/(?:BTC|ETH|BNB|DAI|TRY))(?::USD[TC])?(?![\w/])"
)
_QUOTED: Final = compile_later(r"[/_-](?:[A-Z]{0,2}USD|EUR|GBP|JPY|KRW|BTC|ETH|BNB|DAI|TRY)")  # what most lines lack
_BEFORE: Final = compile_later(rf"^(\W{{0,3}}){_PAIR}\W{{1,3}}(?=(?i:re|dis)?(?i:connected)\b)")
_BEHIND: Final = compile_later(rf"(?<=onnected)\W{{1,3}}{_PAIR}\W{{0,2}}$")
_ANY: Final = compile_later(rf"(?<![\w/]){_PAIR}")


def mask_markets(text: str) -> str:
    """A text without the pair right before or behind `connected`, and with a plain word for any other one."""
    if _QUOTED.search(text) is None:
        return text
    return _ANY.sub("pair", _BEHIND.sub("", _BEFORE.sub(r"\1", text)))
