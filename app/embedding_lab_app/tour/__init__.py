"""The tour: the main job on the bundled samples through the real window, with pictures."""
