"""Trainable losses: one file and one card for each."""
