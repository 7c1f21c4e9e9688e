"""Tests of logdiag.codebase."""
