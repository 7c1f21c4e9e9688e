"""How hard property tests try: a little in every run, much more where HYPOTHESIS_PROFILE=long asks for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Final

from hypothesis import HealthCheck, settings

LIGHT_COUNT: Final = 100
LONG_COUNT: Final = 2000


def load_profile() -> None:
    """Register both profiles and take the one that the environment names.

    How long an example takes says nothing about what is tested, and much about what else the machine does.
    """
    settings.register_profile("light", deadline=None, max_examples=LIGHT_COUNT)
    settings.register_profile("long", deadline=None, max_examples=LONG_COUNT)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "light"))


def examples(count: int, suppress: Iterable[HealthCheck] = (), *, long_count: int | None = None) -> settings:
    """The settings of a property that tries `count` examples in the light profile.

    In the long one it tries `long_count`, by default 20 times as many.
    """
    is_long = settings().max_examples > LIGHT_COUNT
    most = long_count if is_long and long_count else count * settings().max_examples // LIGHT_COUNT
    return settings(max_examples=most, suppress_health_check=list(suppress))


def count_calls(work: Callable[[int], None], count: int) -> int:
    """How many functions, those of C among them, are called for so much work: what it costs, whatever else runs."""
    calls_count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls_count
        calls_count += event in {"call", "c_call"}

    usual = sys.getprofile()
    sys.setprofile(note)
    try:
        work(count)
    finally:
        sys.setprofile(usual)
    return calls_count
