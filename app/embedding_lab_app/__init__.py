"""The window: Qt widgets over the headless core; it holds no logic of its own."""
