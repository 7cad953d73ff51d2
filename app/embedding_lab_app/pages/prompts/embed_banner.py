"""The line that says that the rows to test on have no vectors yet, and makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from embedding_lab.errors import LabError
from embedding_lab_app.pages.prompts.act_bar import ZERO_SHOT
from embedding_lab_app.widgets.surfaces import Banner
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.prompts.choices import PromptChoices
    from embedding_lab_app.pages.prompts.zero_shot import ZeroShotController


class EmbedBanner(Banner):
    """Offers to embed the labelled rows of the chosen corpus with the chosen encoder.

    Signals
    -------
    started(run_id)
        They are being embedded.
    """

    started = Signal(str)

    def __init__(
        self, context: AppContext, choices: PromptChoices, zero_shot: ZeroShotController
    ) -> None:
        super().__init__()
        self._context = context
        self._choices = choices
        self._zero_shot = zero_shot

    def explain(self, part: str) -> None:
        """Say what is missing for a part of the page; nothing hides the line."""
        choices = self._choices
        corpus, encoder = choices.corpus, choices.encoder
        is_lacking = part == ZERO_SHOT and choices.vector_set is None
        if not is_lacking or corpus is None or encoder is None or not corpus.has_labels:
            self.say("")
            return
        self.say(
            f"{corpus.name} is not embedded with {encoder.name} yet.",
            (f"Embed {count(choices.n_missing, 'row')}", self._embed),
        )

    def _embed(self) -> None:
        try:
            self.started.emit(self._zero_shot.embed())
        except LabError as error:
            self._context.notices.error(error)
