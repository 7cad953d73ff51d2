"""The parts of the window around its pages: header, panels, dialogs."""
