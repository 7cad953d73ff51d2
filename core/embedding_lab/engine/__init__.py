"""The engine for graphics cards: what the machine has, what fits it, and installing that.

The program comes with an engine for the processor. One for NVIDIA cards is several gigabytes large
and is installed into the user's own folder on request; the program finds it there at its next
start. Nothing here imports the engine itself.
"""

from embedding_lab.engine.start import use_installed_engine

__all__ = ["use_installed_engine"]
