"""Which sessions each connection had and how they ended, by both sides."""
