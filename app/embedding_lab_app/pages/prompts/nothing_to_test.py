"""What is said where there is nothing to test, and the way to something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab import resources
from embedding_lab_app.widgets.surfaces import EmptyState

if TYPE_CHECKING:
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.context import AppContext

SAMPLE = "samples/python-library"
OPEN_SAMPLE = "Open the sample Python library"
GO_TO_CORPORA = "Go to Corpora"


class NothingToTest(EmptyState):
    """Says what a part of the page lacks."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("", "")
        self._context = context

    def explain(self, part: str, corpus: Corpus | None) -> bool:
        """Say what is missing for a part of the page, and return whether anything is."""
        if corpus is None:
            self.say(
                "Nothing to test yet",
                "Prompts are tested on rows with labels. The sample has some, and works offline.",
            )
            self.set_actions((OPEN_SAMPLE, self._open_sample), (GO_TO_CORPORA, self._go_to_corpora))
        elif part == "zero-shot" and not corpus.has_labels:
            self.say(
                f"{corpus.name} has no labels",
                "Choose a corpus with a label column, or import this one again with that role.",
            )
            self.set_actions((GO_TO_CORPORA, self._go_to_corpora))
        elif part == "instructions" and not corpus.splits:
            self.say(
                f"{corpus.name} has no judged queries",
                "Instructions are compared on queries whose answers are known. Choose a corpus "
                "in the BEIR layout, such as the sample Python library.",
            )
            self.set_actions((OPEN_SAMPLE, self._open_sample))
        elif part == "embedding" and not (corpus.has_labels or corpus.splits):
            self.say(
                f"{corpus.name} has neither labels nor judged queries",
                "Embedding prompts are compared by the labels of nearest rows, or by queries whose "
                "answers are known. The sample has both.",
            )
            self.set_actions((OPEN_SAMPLE, self._open_sample))
        else:
            return False
        return True

    def _open_sample(self) -> None:
        self._context.drop([resources.path(SAMPLE)])

    def _go_to_corpora(self) -> None:
        self._context.navigate("corpora")
