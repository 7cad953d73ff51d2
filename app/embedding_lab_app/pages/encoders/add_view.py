"""What is in a folder, before it becomes an encoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from embedding_lab.encoders.choices import POOLINGS, can_choose_pooling
from embedding_lab.encoders.record import ONNX
from embedding_lab.types import Modality
from embedding_lab_app.pages.encoders.consent_card import ConsentCard
from embedding_lab_app.pages.encoders.encoder_draft import Choices
from embedding_lab_app.pages.encoders.encoder_facts import facts, file_facts, pooling_title
from embedding_lab_app.widgets.buttons import Button, PrimaryButton
from embedding_lab_app.widgets.field import Field, NumberField
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, Collapsible, ErrorBox, scrolled
from embedding_lab_app.widgets.wording import size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab_app.pages.encoders.encoder_draft import EncoderDraft

NO_LIMIT = 1_000_000


class AddView(QWidget):
    """Shows a folder and asks what it does not say.

    Signals
    -------
    accepted(choices)
        Add it.
    cancelled(), other_wanted()
        Leave it; look at another folder.
    inspect_wanted(file)
        Show what the ONNX file holds, without adding it.
    """

    accepted = Signal(object)
    cancelled = Signal()
    other_wanted = Signal()
    inspect_wanted = Signal(object)

    def __init__(self, draft: EncoderDraft) -> None:
        super().__init__()
        self._draft = draft
        self._shown: EncoderRecord | None = None
        self._records: list[EncoderRecord] = []
        self._names: frozenset[str] = frozenset()
        self._why_not = ""
        self.name = QLineEdit()
        self.pooling = QComboBox()
        self.text_encoder = QComboBox()
        self.max_length = NumberField(1, NO_LIMIT, "tokens")
        self.query_prompt, self.document_prompt = QLineEdit(), QLineEdit()
        self.query_prompt.setPlaceholderText("none; such as query: ")
        self.document_prompt.setPlaceholderText("none; such as passage: ")
        for name in POOLINGS:
            self.pooling.addItem(pooling_title(name), name)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.title = Label("", "title")
        self.sentence = Label("", "muted", wraps=True)
        self.error = ErrorBox()
        self.warnings = Label("", "warning", wraps=True)
        self.name_field = Field("Name", self.name, "What the encoder is called from now on")
        self._pooling_field = Field(
            "Pooling", self.pooling, "How the tokens' vectors become one; its makers know which"
        )
        length = Field("Maximum length", self.max_length, "Longer texts are cut; fewer are faster")
        query = Field("Prompt for queries", self.query_prompt, "Put before every query")
        document = Field("Prompt for documents", self.document_prompt, "Put before every row")
        self._partner_field = Field(
            "Texts are encoded by",
            self.text_encoder,
            "The encoder of texts it was made for: then words find pictures",
        )
        self._length_field = length
        first = row(self.name_field, self._pooling_field, self._partner_field, length, spacing=12)
        second = row(query, document, spacing=12)
        for place in range(4):
            first.setStretch(place, 1)
        for place in range(2):
            second.setStretch(place, 1)
        self._prompts = boxed(second)
        self.choices_card = Card("How it is used", first, self._prompts)
        self.consent = ConsentCard()
        self.facts = KeyValueList()
        self.files = KeyValueList()
        self._files_fold = Collapsible("Files", self.files)
        self.facts_card = Card("What the folder says", self.facts, self._files_fold)
        content = QWidget()
        content.setLayout(
            column(
                self.title,
                self.sentence,
                self.error,
                self.warnings,
                self.consent,
                self.choices_card,
                self.facts_card,
                None,
                spacing=12,
                margins=(24, 16, 24, 16),
            )
        )
        self.add_button = PrimaryButton("Add encoder", self._accept)
        self.inspect_button = Button("Look inside…", self._inspect)
        self.inspect_button.setToolTip("What the ONNX file holds, without adding it")
        self.other_button = Button("Another folder…", self.other_wanted.emit)
        self.cancel_button = Button("Cancel", self.cancelled.emit)
        # The space behind the first button counts only while that is hidden.
        foot = row(
            self.add_button, None, self.inspect_button, self.other_button, self.cancel_button
        )
        foot.setStretch(0, 1000)
        foot.setContentsMargins(24, 12, 24, 12)
        layout = column(scrolled(content), boxed(foot), spacing=0)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self._draft.changed.connect(self.show_draft)
        self.name.textChanged.connect(self._on_name_changed)
        self.consent.changed.connect(self._show_act)

    def show_rules(self, records: Iterable[EncoderRecord], why_not: str) -> None:
        """Tell which encoders there are, and why nothing can be added if that is so."""
        self._records = list(records)
        self._names, self._why_not = frozenset(item.name for item in self._records), why_not
        self._show_act()

    def show_draft(self) -> None:
        """Show the folder as far as it is known."""
        draft = self._draft
        if draft.folder is None:
            self._shown = None
            return
        record, error = draft.record, draft.error
        self.title.setText(draft.folder.name or str(draft.folder))
        is_reading = record is None and error is None
        self.sentence.setText(f"Reading {draft.folder}…" if is_reading else str(draft.folder))
        self.error.say(*((error.message, error.hint, error.details) if error else ("",)))
        if record is None:
            self.consent.hide()
        for card in (self.choices_card, self.facts_card):
            card.setVisible(record is not None)
        self.warnings.setVisible(bool(record and record.warnings))
        if record is not None and record is not self._shown:
            self._shown = record
            self._show_record(record)
        self._show_act()

    def _show_record(self, record: EncoderRecord) -> None:
        self.warnings.setText("\n".join(record.warnings))
        self.name.setText(self._free_name(record.name))
        takes_texts = Modality.TEXT in record.modalities
        self._pooling_field.setVisible(can_choose_pooling(record))
        self._show_partners(record)
        self.consent.ask(record.code_files if record.needs_consent else ())
        for field in (self._length_field, self._prompts):
            field.setVisible(takes_texts)
        self.pooling.setCurrentIndex(max(0, self.pooling.findData(record.pooling)))
        self.max_length.setRange(1, record.max_length or NO_LIMIT)
        self.max_length.setValue(record.max_length or NO_LIMIT)
        self.max_length.setEnabled(record.max_length > 0)
        self.query_prompt.setText(record.prompts.get("query", ""))
        self.document_prompt.setText(record.prompts.get("document", ""))
        self.facts.show_pairs(facts(record))
        self.files.show_pairs(file_facts(record))
        self._files_fold.rename(f"Files ({len(record.files):,})")

    def _show_partners(self, record: EncoderRecord) -> None:
        """Offer the encoders of texts whose vectors are as long, for an encoder of pictures."""
        self.text_encoder.clear()
        self.text_encoder.addItem("None: pictures only", "")
        fitting = [
            item
            for item in self._records
            if item.dimension == record.dimension and Modality.TEXT in item.modalities
        ]
        for item in fitting:
            self.text_encoder.addItem(item.name, item.id)
        self._partner_field.setVisible(record.modalities == (Modality.IMAGE.value,))

    def _free_name(self, name: str) -> str:
        number = 2
        free = name
        while free in self._names:
            free, number = f"{name} {number}", number + 1
        return free

    def _show_act(self) -> None:
        record, name = self._draft.record, self.name.text().strip()
        problem = ""
        if record is not None and not name:
            problem = "An encoder needs a name."
        elif record is not None and name in self._names and not self._draft.is_adding:
            problem = f"There is an encoder named {name} already."
        self.name_field.set_error(problem)
        is_missing = self.consent.is_missing
        can_add = record is not None and not (problem or self._why_not or is_missing)
        busy = self._draft.is_adding
        self.add_button.setVisible(record is not None)
        self.inspect_button.setVisible(record is not None and record.kind == ONNX)
        cost = f"{size(record.n_bytes)} stay where they are" if record else ""
        cost = "Its code needs your consent above" if is_missing else cost
        self.add_button.set_act(
            "Adding…" if busy else "Add encoder",
            self._why_not or cost,
            is_enabled=can_add and not busy,
        )

    def _accept(self) -> None:
        record = self._draft.record
        if record is None:
            return
        typed = {"query": self.query_prompt.text(), "document": self.document_prompt.text()}
        prompts = {
            name: text for name, text in typed.items() if text != record.prompts.get(name, "")
        }
        pooling = str(self.pooling.currentData()) if can_choose_pooling(record) else ""
        length = self.max_length.value()
        self.accepted.emit(
            Choices(
                name=self.name.text().strip(),
                pooling=pooling,
                max_length=length if 0 < length < record.max_length else 0,
                prompts=prompts,
                text_encoder=str(self.text_encoder.currentData() or ""),
                trusts_code=self.consent.is_given,
            )
        )

    def _inspect(self) -> None:
        record = self._draft.record
        if record is not None:
            self.inspect_wanted.emit(Path(record.folder) / record.model_file)

    def _on_name_changed(self, _text: str) -> None:
        self._show_act()
