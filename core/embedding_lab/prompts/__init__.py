"""Prompts that are tested like an experiment: classes, templates, patterns, scores, records."""
