"""The hierarchical embedding prompt: a system text for both sides, one more line for queries."""

from __future__ import annotations

from dataclasses import dataclass

from embedding_lab.contracts import Turn
from embedding_lab.types import Modality, Role

SYSTEM = (
    "Given an image, summarize the provided image in one word. "
    "Given only text, describe the text in one word."
)
TEXT_SUFFIX = "\nRepresent the given text in one word."
IMAGE_SUFFIX = "\nRepresent the given text/image in one word."


@dataclass(frozen=True, kw_only=True)
class HierarchicalPrompt:
    r"""A system text and an end of the user's turn for either side of a search.

    The prompt ends where the model would begin to answer, so the state there is the one from which
    the first word of the answer would come; it is taken as the vector. The defaults are those of
    the paper (arXiv 2508.00955): one system text on both sides, and a suffix on queries only. With
    all texts empty it is the bare chat form.

    Parameters
    ----------
    query_system : str
        The system text of queries.
    document_system : str
        The system text of documents.
    query_text : str
        Put behind a query that is a text, as it stands: a line break at its start counts.
    query_image : str
        Put behind a query with a picture.
    document_text : str
        Put behind a document that is a text.
    document_image : str
        Put behind a document with a picture.

    Examples
    --------
    >>> from embedding_lab.types import Modality, Role
    >>> HierarchicalPrompt().turn(Role.QUERY, Modality.TEXT).suffix
    '\nRepresent the given text in one word.'
    >>> HierarchicalPrompt().turn(Role.DOCUMENT, Modality.TEXT).suffix
    ''
    """

    query_system: str = SYSTEM
    document_system: str = SYSTEM
    query_text: str = TEXT_SUFFIX
    query_image: str = IMAGE_SUFFIX
    document_text: str = ""
    document_image: str = ""

    def turn(self, role: Role, modality: Modality) -> Turn:
        """Return what stands around an input of this side and modality."""
        is_text = modality is Modality.TEXT
        if role is Role.QUERY:
            return Turn(self.query_system, self.query_text if is_text else self.query_image)
        return Turn(self.document_system, self.document_text if is_text else self.document_image)
