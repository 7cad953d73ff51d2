"""Embedding Lab's headless core: corpora, encoders, embeddings and search, with no window."""

from embedding_lab.workspace.workspace import Workspace, create_workspace, open_workspace

__version__ = "0.1.0"

__all__ = ["Workspace", "__version__", "create_workspace", "open_workspace"]
