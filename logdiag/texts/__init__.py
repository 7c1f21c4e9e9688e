"""Every text that a person reads, in English and Chinese, and what puts them into words."""
