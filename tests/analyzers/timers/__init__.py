"""Tests of `logdiag/analyzers/timers/`."""
