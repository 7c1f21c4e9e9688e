"""Tests of `logdiag/analyzers/findings/`."""
