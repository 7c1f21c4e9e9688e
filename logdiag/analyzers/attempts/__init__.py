"""Who tries to connect and never gets in, and what answered."""
