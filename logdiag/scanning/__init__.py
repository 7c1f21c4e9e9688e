"""All files scanned: which lines are looked at, and what becomes of each."""
