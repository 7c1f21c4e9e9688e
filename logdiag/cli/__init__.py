"""The command line: arguments into a call, a result into bytes, an outcome into a status."""
