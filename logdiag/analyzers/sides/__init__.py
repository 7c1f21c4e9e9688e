"""On which side of its connections a log was written, and which of its lines tell of one and the same event."""
