"""Time stamps, time zones, and the stretch of time that is asked for."""
