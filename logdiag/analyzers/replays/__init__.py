"""The logs played again under other retry policies: what would have been lost."""
