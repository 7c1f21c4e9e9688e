"""Tests of `logdiag/codebase/trees/`."""
