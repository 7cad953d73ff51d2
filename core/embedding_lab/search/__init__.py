"""Nearest neighbours, filters and highlighting."""
