"""Tests of `logdiag/analyzers/replays/`."""
