"""Logs that grow: what is new in them, what that changes, and whether what was expected comes true."""
