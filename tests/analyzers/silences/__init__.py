"""Tests of `logdiag/analyzers/silences/`."""
