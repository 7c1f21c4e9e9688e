"""What `logdiag timeline` shows: every line of every file in one order of time."""
