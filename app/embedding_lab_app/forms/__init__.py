"""Forms made from the cards of methods."""
