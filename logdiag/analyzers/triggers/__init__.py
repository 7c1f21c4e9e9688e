"""Which lines come before disconnects far more often than chance explains."""
