"""Figures that follow the theme, are written to files, and have a table beside them."""
