"""How large something is by what a line says, in any usual unit: `1.06 MB`, `bytes: 1_048_600`, `"sizeKb": 144.9`.

KB and MB are those that programs compute, 1,024 and its square; kB is a thousand, as the SI and `pretty-bytes` have it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from logdiag.deferred import compile_later

LONGEST_SIZE: Final = 12  # digits
UNITS: Final[Mapping[str, int]] = {
    "b": 1, "byte": 1, "octet": 1, "字节": 1, "バイト": 1, "바이트": 1, "байт": 1, "kib": 1024, "mib": 1024**2,
    "gib": 1024**3, "kb": 1024, "mb": 1024**2, "gb": 1024**3, "kilobyte": 1024, "megabyte": 1024**2, "кб": 1024,
    "мб": 1024**2, "ko": 1024, "mo": 1024**2,
}  # fmt: skip
_SI: Final = {"kB": 1000}
_UNIT: Final = r"(?P<unit>[kmg]i?b|kilobytes?|megabytes?|bytes?|octets?|[km]o|b|字节|バイト|바이트|байт\w{0,2}|[км]б)"
_NUMBER: Final = r"(?P<number>\d{1,12}(?:[.,]\d{1,6})?)"
_GROUPED: Final = (
    r"(?P<number>\d{1,3}(?:([.,'_ \u00a0\u202f])\d{3})(?:\2\d{3})*)"  # between thousands, as a locale has it
)
# No part of a longer number, of a version, or of a rate.
_BEFORE: Final = r"(?<![\w.,-])"
_BEHIND: Final = r"(?![\w/]|[.,]\d)"
_BYTES_GROUPED: Final = compile_later(rf"(?i){_BEFORE}{_GROUPED} ?(?:bytes?|octets?|b|字节|байт\w{{0,2}}){_BEHIND}")
_WITH_UNIT: Final = compile_later(rf"(?i){_BEFORE}{_NUMBER} ?{_UNIT}{_BEHIND}")
_WORDS: Final = r"(?:payload|message|msg|body|frame|packet|data|content|snapshot|batch|total)"
_KEYED: Final = compile_later(
    rf"(?i)(?<![\w.-]){_WORDS}?[_-]?(?:bytes|size|len(?:gth)?|sz)(?P<key>[_-]?(?:[km]i?b|bytes))?\"?(?:=|: ?)\"?"
    rf"(?P<digits>\d[\d_]{{0,14}}(?:\.\d{{1,6}})?)(?: ?{_UNIT})?(?![\w./]|,\d)"
)
# A key of a record, without its signs, in lower case.
_KEY: Final = compile_later(
    rf"{_WORDS}?(?:(?:bytes?|size|byte(?:length|count|size)|(?:content)?length|len|numbytes|nbytes)"
    r"(?P<unit>bytes?|b|[kmg]i?b)?|(?:[km]i?b|kilobytes|megabytes))"
)
_SIGNS: Final = compile_later(r"[_.-]")


def find_size(message: str, record: Mapping[str, Any]) -> str | None:
    """How many bytes a line speaks of, as a text of digits; None: of no size."""
    for key, value in record.items():
        if (named := _KEY.fullmatch(_SIGNS.sub("", key).lower())) is not None:
            unit = named["unit"] or ("" if "b" not in named[0][-2:] or "size" in named[0] else named[0][-2:])
            if (size := _read_value(value, unit if unit in UNITS else "")) is not None:
                return size
    if (found := _KEYED.search(message)) is not None:
        unit = found["unit"] or (found["key"] or "").strip("_-")
        return _write(found["digits"].replace("_", ""), unit)
    if (grouped := _BYTES_GROUPED.search(message)) is not None:
        return _write(re.sub(r"\D", "", grouped["number"]), "")
    told = _WITH_UNIT.search(message)
    return None if told is None else _write(told["number"].replace(",", "."), told["unit"])


def _read_value(value: object, unit: str) -> str | None:
    """The size in a key, in its unit unless it names one of its own."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _write(repr(value), unit)
    if not isinstance(value, str):
        return None
    if (found := _WITH_UNIT.fullmatch(value.strip())) is not None:
        return _write(found["number"].replace(",", "."), found["unit"])
    digits = value.replace("_", "").replace(",", "")
    return _write(digits, unit) if digits.isdecimal() else None


def _write(number: str, unit: str) -> str | None:
    """A number of a unit in bytes; None of what is no whole number of bytes, nothing, or beyond any message."""
    folded = unit.lower().rstrip("s") if unit.isascii() else re.sub(r"^(байт)\w*", r"\1", unit.lower())
    factor = _SI.get(unit) or UNITS.get(folded, 1)
    try:
        value = float(number) * factor
    except ValueError:
        return None
    if factor == 1 and not value.is_integer():
        return None
    return str(round(value)) if 0 < value < 10**LONGEST_SIZE else None
