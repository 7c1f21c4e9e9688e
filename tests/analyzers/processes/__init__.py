"""Tests of `logdiag/analyzers/processes/`."""
