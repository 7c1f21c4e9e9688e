"""Whose connection it is, its sessions and their ends, by both sides, and who fell silent."""
