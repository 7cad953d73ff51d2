"""The Training page: choose, watch, steer, and see what came of it."""
