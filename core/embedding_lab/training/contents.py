"""From contents of training rows to what an encoder takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.encoders.contract import Picture
from embedding_lab.errors import InputError
from embedding_lab.pictures import PictureError, open_picture
from embedding_lab.training.rows import PictureContent
from embedding_lab.types import Modality
from embedding_lab.workspace.corpus_pictures import picture_content, picture_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.encoders.contract import Input
    from embedding_lab.training.rows import Content
    from embedding_lab.workspace.corpus import Corpus


class ContentReader:
    """Opens the pictures among contents; texts pass as they are."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def __call__(self, content: Content) -> Input:
        """Return a text, or an opened picture.

        Raises
        ------
        WorkspaceError, InputError
            If the picture is gone, has changed or is damaged.
        """
        if isinstance(content, str):
            return content
        try:
            return Picture(open_picture(picture_content(self._corpus, content.digest)))
        except PictureError as error:
            raise InputError(
                f"The picture {picture_facts(self._corpus, content.digest).path} cannot be "
                f"trained on: {error}."
            ) from error

    def words(self, content: Content) -> str:
        """Return a text, or where a picture lies, to show to a person."""
        if isinstance(content, PictureContent):
            return picture_facts(self._corpus, content.digest).path
        return content


def modality_of(contents: Sequence[Content]) -> Modality:
    """Return what all contents of one side are: texts or pictures."""
    is_picture = bool(contents) and isinstance(contents[0], PictureContent)
    return Modality.IMAGE if is_picture else Modality.TEXT
