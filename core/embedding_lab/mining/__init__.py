"""Hard negatives found before training, and what is told of them."""
