"""Tests of `logdiag/parsers/forms/`."""
