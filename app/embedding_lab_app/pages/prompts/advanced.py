"""What a test may be told beyond classes and templates: which rows, and how they are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from embedding_lab.registry.parameter import Parameter, ParameterType
from embedding_lab.search.filters import filter_problem
from embedding_lab_app.forms.parameter_form import ParameterForm
from embedding_lab_app.subsets import SubsetMenu
from embedding_lab_app.widgets.choice_box import ChoiceBox
from embedding_lab_app.widgets.field import Field, SearchField
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import column, row
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab_app.context import AppContext

NONE = "-"
TOP_K = (3, 5)
INT, FLOAT = ParameterType.INT, ParameterType.FLOAT
# By the field of the job that each of them sets.
NUMBERS = {
    "sample": Parameter(
        "rows", INT, 0, "So many labelled rows at random; 0 for all", 0, unit="0 for all"
    ),
    "seed": Parameter("seed", INT, 0, "For everything that is drawn", 0),
    "shots": Parameter(
        "examples_of_each_class", INT, 0,
        "Taken out of the rows that are judged, at most half of a class; they classify the others "
        "alone, and together with the words", 0, 1000, unit="0 for none",
    ),
    "beta": Parameter(
        "weight_of_the_examples", FLOAT, 1.0, "Beside the words, which have the weight 1", 0
    ),
    "scale": Parameter(
        "softmax_scale", FLOAT, 0.0,
        "Times the cosine, one over the temperature; 0 takes the encoder's own", 0,
        unit="0 for its own",
    ),
    "synonym_cosine": Parameter(
        "near_synonyms_from", FLOAT, 0.8,
        "Classes whose vectors have this cosine are told, if they are taken for each other", 0, 1,
    ),
}  # fmt: skip


class AdvancedChoices(QWidget):
    """Rows, prompt, pool and numbers of a test; :meth:`values` are the fields of the job.

    Signals
    -------
    changed()
        Something else is chosen now, or something invalid was typed.
    """

    changed = Signal()

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._theme = theme = context.theme
        self._corpus: Corpus | None = None
        self.filter = SearchField(theme.icon("funnel"), "Filter", "year > 2000")
        SubsetMenu(context, self.filter, lambda: self._corpus)
        self.prompt = QLineEdit()
        self.prompt.setPlaceholderText("As usual")
        self.pool = ChoiceBox()
        self.top_k = QLineEdit()
        self.form = ParameterForm(tuple(NUMBERS.values()))
        self.told = Label("", "muted", wraps=True)
        self._filter_field = Field(
            "Filter", self.filter, 'Only rows that fit: label != "space" and year > 2000'
        )
        self._top_k_field = Field(
            "Depths of top-k", self.top_k, "A row counts as right if its class is among so many"
        )
        fields = row(
            self._filter_field,
            Field(
                "Before class texts",
                self.prompt,
                "Nothing typed: as the encoder does. Else as it stands, so spaces at the end "
                "count; a hyphen stands for none",
            ),
            Field("Calibrate by", self.pool, "Rows whose mean similarity to a class is taken off"),
            self._top_k_field,
            spacing=12,
        )
        for place, stretch in enumerate((4, 3, 3, 2)):
            fields.setStretch(place, stretch)
            item = fields.itemAt(place)
            if item is not None:
                item.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(fields, self.form, self.told, spacing=12))
        self.show_values({})
        for line in (self.filter, self.prompt, self.top_k):
            line.textChanged.connect(self._on_changed)
        self.pool.currentIndexChanged.connect(self._on_changed)
        self.form.changed.connect(self._on_changed)
        theme.changed.connect(self._on_theme_changed)

    @property
    def error(self) -> str:
        """What is wrong, field by field; empty if nothing is."""
        own = (self._filter_field.error, self._top_k_field.error)
        return " ".join(filter(None, (*own, *self.form.errors.values())))

    def values(self) -> dict[str, Any]:
        """Return what differs from a plain test, by fields of the job; nothing if it is wrong."""
        if self.error:
            return {}
        prompt, chosen = self.prompt.text(), self.form.chosen()
        found: dict[str, Any] = {"filter": self.filter.text().strip(), "pool": self.pool.chosen}
        found = {name: value for name, value in found.items() if value}
        found |= {"prompt": "" if prompt.strip() == NONE else prompt} if prompt else {}
        found |= {"top_k": _depths(self.top_k.text())} if self.top_k.text().strip() else {}
        if found.get("top_k") == TOP_K:
            del found["top_k"]
        return found | {
            name: chosen[item.name] for name, item in NUMBERS.items() if item.name in chosen
        }

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show what :meth:`values` returned; the defaults where it has nothing."""
        prompt = values.get("prompt")
        self.filter.setText(str(values.get("filter", "")))
        self.prompt.setText("" if prompt is None else str(prompt) or NONE)
        self.top_k.setText(", ".join(map(str, values.get("top_k", TOP_K))))
        self.pool.setCurrentIndex(max(0, self.pool.findData(values.get("pool", ""))))
        self.form.show_values(
            {item.name: values.get(name, item.default) for name, item in NUMBERS.items()}
        )

    def offer(self, corpus: Corpus | None, corpora: list[Corpus]) -> None:
        """Fit the fields to a corpus: its columns, and the others as pools."""
        is_other = self._corpus is not None and corpus is not None and corpus.id != self._corpus.id
        self._corpus = corpus
        others = [item.name for item in corpora if corpus is None or item.id != corpus.id]
        before = self.pool.chosen
        self.pool.offer([("These rows", ""), *((name, name) for name in others)])
        if is_other:
            self.filter.clear()
        self._show_errors()
        if self.pool.chosen != before:
            self.changed.emit()

    def tell(self, result: Mapping[str, Any]) -> None:
        """Say how many rows were looked at, and what is held out."""
        n, n_labelled, few_shot = result["n"], result["n_labelled"], result.get("few_shot")
        rows = "all" if n == n_labelled else f"{n:,} of"
        parts = [f"Judged: {rows} {count(n_labelled, 'labelled row')}."]
        if few_shot:
            parts.append(
                f"Held out: {count(few_shot['n_examples'], 'example')}, at most "
                f"{few_shot['shots']:,} of each class. {few_shot['note']}"
            )
            without = few_shot["classes_without_examples"]
            if without:
                parts.append(f"Without an example: {', '.join(without[:3])}"
                             f"{', …' if len(without) > 3 else ''}.")  # fmt: skip
        self.told.setText(" ".join(parts))

    def _on_changed(self, _now: object = None) -> None:
        self._show_errors()
        self.changed.emit()

    def _show_errors(self) -> None:
        self._filter_field.set_error(_filter_error(self.filter.text(), self._corpus))
        typed = self.top_k.text()
        wrong = "Whole numbers of at least 1, such as: 3, 5" if _depths(typed) == () else ""
        self._top_k_field.set_error(wrong if typed.strip() else "")

    def _on_theme_changed(self) -> None:
        self.filter.glass.setIcon(self._theme.icon("funnel"))


def _filter_error(text: str, corpus: Corpus | None) -> str:
    return filter_problem(text, corpus) if corpus is not None else ""


def _depths(text: str) -> tuple[int, ...]:
    """Return the whole numbers that are typed; none if anything else is."""
    parts = text.replace(",", " ").split()
    is_right = all(part.isdecimal() and int(part) > 0 for part in parts)
    return tuple(int(part) for part in parts) if is_right else ()
