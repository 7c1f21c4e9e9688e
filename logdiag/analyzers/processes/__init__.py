"""Which process wrote which file, when it started, and what several of them share."""
