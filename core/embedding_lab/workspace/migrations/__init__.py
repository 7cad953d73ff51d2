"""The way from every earlier format of the workspace to the present one, step by step."""

from embedding_lab.workspace.migrations.format_2 import FORMAT_2
from embedding_lab.workspace.migrations.step import Step

__all__ = ["STEPS", "Step"]

# In order; the last one leads to the format this program writes.
STEPS: tuple[Step, ...] = (FORMAT_2,)
