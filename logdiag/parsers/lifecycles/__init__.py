"""Connections in words that no rule knows: recognised by what opens and closes under one id."""

from logdiag.parsers.lifecycles.learning import LEARNED, learn_rules, write_pattern

__all__ = ["LEARNED", "learn_rules", "write_pattern"]
