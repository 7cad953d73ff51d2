"""Corpora: import files, look at rows, reports and queries, and embed."""
