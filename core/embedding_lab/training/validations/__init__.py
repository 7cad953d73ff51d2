"""How well an encoder does on rows it was not trained on, by what suits their form."""
