"""Prompts: zero-shot classes, templates and instructions tested like an experiment."""
