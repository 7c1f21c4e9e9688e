"""Tests of `logdiag/analyzers/names/`."""
