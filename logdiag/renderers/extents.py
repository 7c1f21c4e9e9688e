"""How much of a report is written: apart from its tree, which `logdiag --help` has no use for."""

from __future__ import annotations

from enum import StrEnum


class Extent(StrEnum):
    """How much of the report is asked for."""

    DETAILED = "detailed"  # also on a screen whatever other formats hold
    WHOLE = "whole"
    BRIEF = "brief"  # the first screen, and the commands for more
    VERDICT = "verdict"  # the headline alone
