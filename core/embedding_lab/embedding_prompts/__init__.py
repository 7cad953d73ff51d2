"""What stands around a text or picture so that a language model's state becomes its vector."""
