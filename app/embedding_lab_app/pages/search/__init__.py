"""Search: find rows by meaning."""
