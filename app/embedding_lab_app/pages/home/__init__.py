"""Home: where to begin, and what is here."""
