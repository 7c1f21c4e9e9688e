"""Tests of `logdiag/analyzers/sides/`."""
