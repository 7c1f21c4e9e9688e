"""Tests of `logdiag/analyzers/attempts/`."""
