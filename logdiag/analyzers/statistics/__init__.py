"""Tails of distributions, exact tests, permutations, the resolution of stamps; nothing of logs."""
