"""Ranking metrics in plain NumPy."""
