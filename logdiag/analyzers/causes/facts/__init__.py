"""What is known of each disconnect: a module finds one kind of evidence, `gathering` lays it all before the checks."""
