"""Searching for the prompts that make a zero-shot classifier good."""
