"""The training loop, its checkpoints and what is measured on the way."""
