"""The sections of the report, one question each; `report.py` puts them in order."""
