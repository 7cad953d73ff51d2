"""What the Search page says where there are no results to show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from embedding_lab.encoders.starter import STARTER
from embedding_lab_app.widgets.surfaces import EmptyState
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.search.controller import SearchController


class SearchEmptyState(EmptyState):
    """Says why nothing can be searched, what to type, or why nothing was found.

    Signals
    -------
    asked(query)
        The user takes one of the queries offered.
    embedding_wanted()
        The user wants the corpus embedded.
    """

    asked = Signal(str)
    embedding_wanted = Signal()

    def __init__(self, context: AppContext, controller: SearchController) -> None:
        super().__init__("", "")
        self._context = context
        self._controller = controller

    def says_why_not(self) -> bool:
        """Say why nothing can be searched yet; return whether that is so."""
        controller = self._controller
        corpus = controller.corpus
        if corpus is None:
            self.say("Nothing to search yet", "Import a corpus first, then embed it.")
            self.set_actions(("Go to Corpora", lambda: self._context.navigate("corpora")))
            return True
        if not controller.encoders and controller.embedding.is_running:
            self.say(
                f"{corpus.name} is being embedded",
                "Type your question already. It is answered from the first rows in some seconds, "
                "and again when all of them are embedded.",
            )
            self.set_actions()
            return True
        if not controller.encoders:
            self.say(
                f"{corpus.name} is not embedded yet",
                f"Every row gets a vector once; after that it is searched by meaning. The "
                f"{STARTER} encoder is at hand.",
            )
            self.set_actions(
                (f"Embed {count(corpus.n_rows, 'row')}", self.embedding_wanted.emit),
                (
                    "Choose another encoder",
                    lambda: self._context.navigate(
                        "corpora", corpus=corpus.id, segment="embeddings"
                    ),
                ),
            )
            return True
        return False

    def say_what_to_type(self) -> None:
        """Ask for a query, and offer some of the corpus's own."""
        examples = self._controller.examples()
        more = " Or try one of the corpus's own queries:" if examples else ""
        self.say("Search by meaning", f"Type a question, a topic, or a whole sentence.{more}")
        self.set_actions(
            *((text, partial(self.asked.emit, text)) for text in examples), has_primary=False
        )

    def say_loading(self, message: str) -> None:
        """Say that the first search takes longer."""
        self.say(message, "The first search loads the encoder; this takes a few seconds.")
        self.set_actions()

    def say_nothing_fits(self, clear_filter: Callable[[], object]) -> None:
        """Say that the filter leaves nothing."""
        self.say("No row fits the filter", "Change the filter, or take it away.")
        self.set_actions(("Clear the filter", clear_filter))
