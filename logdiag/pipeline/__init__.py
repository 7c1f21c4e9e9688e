"""The stages from paths to a Diagnosis, and what they need from the files a second time."""
