"""Measuring an encoder on queries with judgements."""
