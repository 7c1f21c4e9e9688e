"""From the evidence of each disconnect to ranked causes: facts, checks, claims, ranking."""
