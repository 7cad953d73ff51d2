"""Metrics, intervals and tests in plain NumPy."""
