"""The checks that the cause catalogue refers to: one function a check, grouped by the kind of evidence they read."""
