"""Timers that the logs announce or that lines show: which of them keep the beat of the disconnects."""
