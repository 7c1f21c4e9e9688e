"""How a line is laid out: from the head of a file to its form, from a line to its records."""
