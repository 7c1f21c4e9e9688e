"""What the report says beside its causes: what was seen, noticed, doubted, one kind of finding a module."""
