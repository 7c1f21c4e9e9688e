"""Source trees of the application, read but never executed: what in them may end the connections."""
