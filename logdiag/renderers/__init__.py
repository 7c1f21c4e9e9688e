"""From the Diagnosis to bytes: one format a module."""
