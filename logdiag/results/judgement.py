"""What the causes and findings of a diagnosis amount to, by ids, for programs that would else decide it once more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the causes and findings amount to, for programs that would else decide it once more.

    `leading` names the causes to act upon, `candidates` those that something supports and nothing rules out, `doubt`
    the finding that forbids to speak of health. `sure`: to repair comes before any further test. `too_few`: too few
    disconnects to prefer a cause. `minority_explained`: the asserted causes leave more unexplained than they explain.
    """

    leading: tuple[str, ...]
    candidates: tuple[str, ...]
    sure: bool
    too_few: bool
    too_few_for_clocks: bool
    minority_explained: bool
    push_may_kill: bool
    doubt: str | None
