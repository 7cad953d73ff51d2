"""The jobs themselves, one per file."""
