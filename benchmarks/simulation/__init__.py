"""A small world of one master, its workers and the network between them, which writes logs with a known cause."""
