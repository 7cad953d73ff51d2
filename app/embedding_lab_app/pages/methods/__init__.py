"""Methods: what each does, when it is a good choice, and what was measured."""
