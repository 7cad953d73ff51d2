"""The command ``embedding-lab``."""
