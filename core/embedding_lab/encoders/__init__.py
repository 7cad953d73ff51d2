"""Text to vectors: describing, loading and running encoders."""
