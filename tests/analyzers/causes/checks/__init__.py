"""Tests of the checks that the cause catalogue refers to."""
