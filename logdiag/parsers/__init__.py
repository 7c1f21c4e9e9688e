"""From lines to events: how a line is laid out (`forms`), what its message means (rules, lexicon, lifecycles)."""
