"""How numbers, durations, times and odds are written: the one convention of all reports.

Seconds have at most three decimals, milliseconds none from 10 on, longer spans two units; thousands are grouped by
commas; a share never reads 0 % or 100 % unless it is; odds read "1 in 40,000", and from a million on "1 in 13 million"
(in Chinese from 万 on); the unknown is a word, not a blank.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from logdiag.times.stamps import ASSUMED_DAY
from logdiag.times.zones import find_zone

CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
BLANK_WITHIN: Final = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
SMALLEST_ODDS: Final = 1e-12
LEAST_ERROR_S: Final = 1e-6  # of a period: the finest stamps are of microseconds, and an error of 0 is never true


def load_zone(name: str) -> tzinfo:
    """Return the display zone, an IANA name or an offset; a name that this machine does not know means UTC."""
    try:
        return find_zone(name)
    except ValueError:
        return UTC


def trim(text: str) -> str:
    """Drop zeros that end a decimal fraction, and the sign of what is rounded to nothing."""
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short == "-0" else short


def two_digits(value: float) -> float:
    """Round a number of 1 or more to two significant digits."""
    return float(f"{value:.1e}") if value < 10 else int(float(f"{value:.1e}"))


@dataclass(frozen=True, slots=True)
class Formats:
    """The convention in one language (`words`: unit names) and one zone; `has_dates`: it is known which days it was."""

    words: Mapping[str, str]
    zone: tzinfo
    has_dates: bool = True

    def number(self, value: float | None) -> str:
        """Write a count in full, any other number with up to four significant digits."""
        if value is None or not math.isfinite(value):
            return self.words["unknown"]
        if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
            return f"{int(value):,}"
        if abs(value) >= 1e4 or abs(value) < 1e-3:
            return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.1e}"
        return trim(f"{value:.{max(0, 3 - math.floor(math.log10(abs(value))))}f}")

    def rough(self, value: float | None) -> str:
        """Write a number that is only an estimate with two significant digits."""
        if value is None or not math.isfinite(value):
            return self.words["unknown"]
        if value == 0 or abs(value) >= 100:
            return f"{value:,.0f}"
        return trim(f"{value:.{max(0, 1 - math.floor(math.log10(abs(value))))}f}")

    def share(self, value: float | None) -> str:
        """Write a ratio 0..1 as a percentage with as many decimals as keep it from reading 0 or 100."""
        if value is None or not math.isfinite(value):
            return self.words["unknown"]
        for decimals in (1, 2, 3, 4):
            text = trim(f"{value * 100:.{decimals}f}")
            if text not in {"0", "100"} or value in {0, 1}:
                return self._percent(text)
        return self._percent("> 99.9999" if value > 0.5 else "< 0.0001")

    def _percent(self, number: str) -> str:
        return self.words["percent"].format(number=number)

    def large(self, value: float) -> str:
        """Write a number of 1 or more with two significant digits, and in words from where the language has them."""
        rounded = two_digits(value)
        scales = (scale.split(":") for scale in self.words["scales"].split(", "))
        for name, power in sorted(scales, key=lambda scale: -int(scale[1])):
            if rounded >= 10 ** int(power):
                return f"{self.number(rounded / 10 ** int(power))} {name}"
        return f"{rounded:,}"

    def odds(self, probability: float | None) -> str:
        """Write a probability in words a person can weigh: "1 in 40,000"."""
        if probability is None or not math.isfinite(probability):
            return self.words["unknown"]
        if probability > 0.2:
            return self.share(min(1.0, probability))
        if probability < SMALLEST_ODDS:
            return self._fraction("less_than_odds", self.large(1 / SMALLEST_ODDS))
        return self._fraction("odds", self.large(1 / probability))

    def _fraction(self, key: str, number: str) -> str:
        """Write a fraction of one; Chinese has no blank within its words, and no figure before a bare scale."""
        bare = number.removeprefix("1 ") if CHINESE.search(number) else number
        return BLANK_WITHIN.sub("", self.words[key].format(number=bare))

    def likelihood(self, nats: float) -> str:
        """Write how many times likelier something is, given the logarithm of that."""
        most = -math.log(SMALLEST_ODDS)
        text = self.large(math.exp(min(max(nats, 0.0), most)))
        return self.words["more_than"].format(number=text) if nats > most else text

    def milliseconds(self, value: float | None) -> str:
        """Write a span given in milliseconds."""
        if value is None or not math.isfinite(value):
            return self.words["unknown"]
        if abs(value) >= 1000:
            return self.duration(value / 1000)
        return f"{trim(f'{value:.1f}') if abs(value) < 10 else f'{value:.0f}'} {self.words['ms']}"

    def duration(self, seconds: float | None) -> str:
        """Write a span given in seconds: ms under one second, s under a minute, then two units."""
        if seconds is None or not math.isfinite(seconds):
            return self.words["unknown"]
        if abs(seconds) < 0.9995:
            return f"{self.words['zero_s']}" if seconds == 0 else self.milliseconds(seconds * 1000)
        sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
        if rest < 59.9995:
            return f"{sign}{trim(f'{rest:.3f}')} {self.words['s']}"
        whole = round(rest)
        for size, big, small_size, small in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
            if whole >= size:
                left = whole % size // small_size
                tail = f" {left} {self.words[small]}" if left else ""
                unit = self.words["minutes" if big == "min" and not tail else big]
                return f"{sign}{whole // size:,} {unit}{tail}"
        return f"{sign}{whole} {self.words['s']}"

    def signed(self, seconds: float | None) -> str:
        """Write a distance in time with its sign, also where it is positive."""
        text = self.duration(seconds)
        return f"+{text}" if seconds is not None and seconds > 0 and not text.startswith("0 ") else text

    def seconds(self, value: float | None) -> str:
        """Write seconds for a column: always three decimals, no unit."""
        return self.words["unknown"] if value is None or not math.isfinite(value) else f"{round(value, 3) + 0.0:,.3f}"

    def with_error(self, value_s: float | None, error_s: float | None) -> str:
        """Write a period in seconds with as many decimals as its error allows; no error is less than a microsecond."""
        if value_s is None or not math.isfinite(value_s):
            return self.words["unknown"]
        if error_s is None or not math.isfinite(error_s) or error_s <= 0:
            return f"{trim(f'{value_s:.3f}')} {self.words['s']}"
        error_s = max(error_s, LEAST_ERROR_S)
        decimals = max(0, -math.floor(math.log10(error_s) + 1e-9))
        return f"{value_s:.{decimals}f} ± {error_s:.{decimals}f} {self.words['s']}"

    def local(self, instant: datetime) -> datetime:
        """Bring an instant into the display zone."""
        try:
            return instant.astimezone(self.zone)
        except (OverflowError, ValueError):
            return instant

    def stamp(self, instant: datetime | None) -> str:
        """Write date and time of day to the millisecond; where nothing tells the date, the number of a later day."""
        if instant is None:
            return self.words["unknown"]
        if not self.has_dates:
            day = (self.local(instant).date() - ASSUMED_DAY.date()).days + 1
            return self.clock(instant) if day <= 1 else self.words["day"].format(number=day, clock=self.clock(instant))
        return self.local(instant).strftime("%Y-%m-%d ") + self.clock(instant)

    def clock(self, instant: datetime | None) -> str:
        """Write the time of day to the millisecond."""
        if instant is None:
            return self.words["unknown"]
        local = self.local(instant)
        return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"
