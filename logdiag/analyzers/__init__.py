"""From the timeline to findings: one question a module."""
