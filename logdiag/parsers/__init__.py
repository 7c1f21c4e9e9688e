"""From lines to events: dialects, time stamps, rules, scanner."""
