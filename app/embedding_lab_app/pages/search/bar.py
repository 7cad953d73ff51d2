"""The form above the results: corpus, encoder, query, filter, number of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QWidget

from embedding_lab.search.filter_tokens import quoted
from embedding_lab_app.widgets.buttons import Button
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, NumberField, SearchField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab_app.pages.search.controller import SearchController
    from embedding_lab_app.theme import Theme

ANY_LABEL = "Any label"
MOST_RESULTS = 1000


class SearchBar(QWidget):
    """Shows the controller's wish and changes it.

    Signals
    -------
    query_entered()
        Search now, not in a moment.
    picture_wanted()
        The user wants to choose a picture to search by.
    """

    query_entered = Signal()
    picture_wanted = Signal()

    def __init__(self, controller: SearchController, theme: Theme) -> None:
        super().__init__()
        self._controller = controller
        self._theme = theme
        self.corpus = ChoiceBox()
        self.encoder = ChoiceBox()
        self.prompt = ChoiceBox()
        self.n_results = NumberField(1, MOST_RESULTS, "results")
        self.n_results.setAccessibleName("Number of results")
        self.n_results.setToolTip("How many rows to show")
        self.n_results.setValue(controller.wish.k)
        self.query = SearchField(
            theme.icon("magnifying-glass"), "Query", "What are you looking for? Use your own words."
        )
        for widget in (self.query, self.n_results):
            widget.setFixedHeight(36)
        self.picture_button = Button("By picture…", self.picture_wanted.emit)
        self.picture_button.setToolTip("Find the rows nearest to a picture; it can be dropped here")
        self.picture_button.setFixedHeight(36)
        self.picture_button.hide()
        self.filter = SearchField(theme.icon("funnel"), "Filter", "year > 2000")
        self.label = ChoiceBox()
        self._recent = QStringListModel(self)
        self._place()
        self._connect()

    def _place(self) -> None:
        self._filter_field = Field(
            "Filter", self.filter, 'Compare columns with values: label = "space" and year > 2000'
        )
        self._prompt_field = Field("Prompt", self.prompt, "Put before the query")
        self._prompt_field.hide()
        self.like_label = Label("", "chip")
        self.like_button = Button("Search by text again", self._forget_row, kind="link")
        self.like_line = boxed(row(self.like_label, self.like_button, None))
        self.like_line.hide()
        completer = QCompleter(self._recent, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.query.setCompleter(completer)
        first = row(self.query, self.picture_button, self.n_results)
        first.setStretch(0, 1)
        second = row(
            Field("Corpus", self.corpus, "Where to search"),
            Field("Encoder", self.encoder, "Whose vectors are compared"),
            self._prompt_field,
            self._filter_field,
            Field("Label", self.label, "Only rows with this label"),
            spacing=12,
        )
        for place, stretch in enumerate((3, 3, 3, 4, 3)):
            second.setStretch(place, stretch)
            item = second.itemAt(place)
            if item is not None:
                item.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(first, self.like_line, second, spacing=12))

    def _connect(self) -> None:
        self.corpus.activated.connect(self._on_corpus_activated)
        self.encoder.activated.connect(self._on_encoder_activated)
        self.prompt.activated.connect(self._on_prompt_activated)
        self.label.activated.connect(self._on_label_activated)
        self.n_results.valueChanged.connect(self._on_n_results_changed)
        self.query.textChanged.connect(self._on_query_changed)
        self.query.returnPressed.connect(self._on_query_entered)
        self.filter.textChanged.connect(self._on_filter_changed)
        self._theme.changed.connect(self._on_theme_changed)

    # Showing

    def show_choices(self) -> None:
        """Fill the combos anew."""
        controller = self._controller
        wish = controller.wish
        self.corpus.offer((corpus.name, corpus.id) for corpus in controller.corpora)
        self.corpus.choose(wish.corpus_id)
        self.encoder.offer(
            (_partly(item.title, item.n_rows) if item.n_missing else item.title, item.key)
            for item in controller.encoders
        )
        self.encoder.choose(controller.choice.key if controller.choice else "")
        self._show_encoder()
        labels = controller.labels()
        self.label.offer([(ANY_LABEL, ""), *((label, label) for label in labels)])
        self.label.choose("")
        self.label.setEnabled(bool(labels))
        self._show_filter_error()

    def _show_encoder(self) -> None:
        """Offer what the chosen encoder can do: search by pictures, and its own prompts."""
        controller = self._controller
        self.picture_button.setVisible(controller.takes_pictures)
        prompts = {name: text for name, text in controller.prompts.items() if text}
        usual = controller.usual_prompt
        self.prompt.clear()
        self.prompt.addItem(f"As the encoder does: {usual}" if usual else "As the encoder does")
        for name, text in prompts.items():
            self.prompt.addItem(f"{name}: {text}", text)
        self.prompt.addItem("None", "")
        chosen = controller.wish.prompt
        self.prompt.setCurrentIndex(0 if chosen is None else self.prompt.findData(chosen))
        self._prompt_field.setVisible(bool(prompts))

    def show_row(self, name: str) -> None:
        """Say that rows like a row or a picture are shown; no name says that the query counts."""
        self.like_label.setText(f"Like {name}")
        self.like_line.setVisible(bool(name))

    def remember(self, query: str) -> None:
        """Offer a query again while another is typed."""
        known = self._recent.stringList()
        if query and query not in known:
            self._recent.setStringList([query, *known][:50])

    def _show_filter_error(self) -> None:
        self._filter_field.set_error(self._controller.filter_error(self.filter.text()))

    # Changing

    def _forget_row(self) -> None:
        self._controller.want(like_row=-1, image="")
        self.query.setFocus()

    def _on_corpus_activated(self, _index: int) -> None:
        self.filter.clear()
        self._controller.want(corpus_id=self.corpus.chosen, filter="")

    def _on_encoder_activated(self, _index: int) -> None:
        self._controller.choose_vectors(self.encoder.chosen)
        self._show_encoder()

    def _on_prompt_activated(self, _index: int) -> None:
        self._controller.want(prompt=self.prompt.currentData())

    def _on_label_activated(self, _index: int) -> None:
        label = self.label.chosen
        self.filter.setText(f"label = {quoted(label)}" if label else "")

    def _on_n_results_changed(self, number: int) -> None:
        self._controller.want(k=number)

    def _on_query_changed(self, text: str) -> None:
        self._controller.want(query=text, like_row=-1, image="")

    def _on_query_entered(self) -> None:
        self.remember(self.query.text().strip())
        self.query_entered.emit()

    def _on_filter_changed(self, text: str) -> None:
        self._show_filter_error()
        self._controller.want(filter=text)

    def _on_theme_changed(self) -> None:
        self.query.glass.setIcon(self._theme.icon("magnifying-glass"))
        self.filter.glass.setIcon(self._theme.icon("funnel"))


def _partly(name: str, n_rows: int) -> str:
    return f"{name} ({count(n_rows, 'row')})"
