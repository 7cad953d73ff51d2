"""Two texts or pictures and how near they are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QSizePolicy

from embedding_lab.types import Modality
from embedding_lab.workflows.compare_texts import CompareTexts
from embedding_lab_app.pages.encoders.trial_input import TrialInput
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.copy_lines import command_line, python_lines
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, ErrorBox
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.events import JobFailed

FIRST = "A cat sleeps on the warm windowsill."
SECOND = "The kitten is napping in the sun."
LONGEST = 100_000


class TryView(Card):
    """Compares as one types.

    Signals
    -------
    wanted(job)
        A :class:`CompareTexts` to run in a moment; ``None`` when a text is missing.
    wanted_now()
        Do not wait for a pause in the typing.
    picture_wanted(input)
        The user wants to choose a picture for one of the two :class:`TrialInput`.
    """

    wanted = Signal(object)
    wanted_now = Signal()
    picture_wanted = Signal(object)

    def __init__(self) -> None:
        self._record: EncoderRecord | None = None
        self.first = TrialInput("First text", FIRST)
        self.second = TrialInput("Second text", SECOND)
        self.among = QComboBox()
        self._among_field = Field(
            "Rank the second among",
            self.among,
            "How many rows of a corpus are nearer to the first than the second is",
        )
        self.first_prompt, self.second_prompt = QComboBox(), QComboBox()
        self.cosine = Label("", "title")
        self.cosine.setAccessibleName("Cosine of the two texts")
        self.details = ElidedLabel("", "small")
        self.copy_as = CopyAsButton()
        self.compare_button = Button("Compare", self._compare, kind="primary")
        self.compare_button.setToolTip("Encode both texts (Ctrl+Enter)")
        self.error = ErrorBox()
        self._prompts = (
            Field("Prompt of the first", self.first_prompt, "Put before the first text"),
            Field("Prompt of the second", self.second_prompt, "Put before the second text"),
        )
        first = boxed(column(Field("First", self.first), self._prompts[0], None))
        second = boxed(column(Field("Second", self.second), self._prompts[1], None))
        texts = row(first, second, spacing=16)
        texts.setStretch(0, 1)
        texts.setStretch(1, 1)
        result = row(self.compare_button, self.cosine, self.details, self.copy_as, spacing=12)
        result.setStretch(2, 1)
        super().__init__("Try it", texts, self._among_field, result, self.error)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        for box in (self.first, self.second):
            box.changed.connect(self._on_changed)
            box.picture_wanted.connect(partial(self.picture_wanted.emit, box))
            for keys in ("Ctrl+Return", "Ctrl+Enter"):
                shortcut = QShortcut(QKeySequence(keys), box.text)
                shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
                shortcut.activated.connect(self._compare)
        for combo in (self.first_prompt, self.second_prompt, self.among):
            combo.activated.connect(self._on_activated)

    @property
    def job(self) -> CompareTexts | None:
        """What is to be compared; ``None`` while a text is missing."""
        first, second = self.first, self.second
        if self._record is None or first.is_missing or second.is_missing:
            return None
        return CompareTexts(
            self._record.name,
            "" if first.image else first.text.toPlainText()[:LONGEST],
            "" if second.image else second.text.toPlainText()[:LONGEST],
            str(self.first_prompt.currentData() or ""),
            str(self.second_prompt.currentData() or ""),
            first.image,
            second.image,
            str(self.among.currentData() or ""),
        )

    def show_encoder(self, record: EncoderRecord, corpora: Sequence[str]) -> None:
        """Try another encoder on the same texts, among the rows of corpora it has embedded."""
        self._show_corpora(corpora)
        if self._record == record:
            return
        self._record = record
        names = [name for name, text in record.prompts.items() if text]
        default = record.prompts.get(record.default_prompt_name, "")
        for combo, field in zip(
            (self.first_prompt, self.second_prompt), self._prompts, strict=True
        ):
            combo.clear()
            combo.addItem(f"As the encoder does: {default}" if default else "None", "")
            for name in names:
                combo.addItem(f"{name}: {record.prompts[name]}", name)
            field.setVisible(bool(names))
        for box in (self.first, self.second):
            box.offer_pictures(is_offered=Modality.IMAGE in record.modalities)
        self._clear()

    def _show_corpora(self, names: Sequence[str]) -> None:
        chosen = self.among.currentData()
        self.among.clear()
        self.among.addItem("Nothing", "")
        for name in names:
            self.among.addItem(f"the rows of {name}", name)
        self.among.setCurrentIndex(max(0, self.among.findData(chosen)))
        self._among_field.setVisible(bool(names))

    def _compare(self) -> None:
        self.wanted.emit(self.job)
        self.wanted_now.emit()

    def show_waiting(self, message: str) -> None:
        """Say that it takes a moment, and why."""
        self.error.say("")
        if message or not self.cosine.text():
            self.cosine.setText("")
            self.details.setText(message or "Encoding…")

    def show_result(self, result: dict[str, Any], workspace: Path) -> None:
        """Show how near the texts are."""
        job = self.job
        if job is None:
            return
        self.cosine.setText(f"cosine {result['cosine']:.4f}")
        cut = [text["truncated"] for text in result["texts"]]
        first, second = (count(text["tokens"], "token") for text in result["texts"])
        words = f"{first} and {second}, {result['encode_ms']:,.0f} ms"
        if any(cut):
            which = "Both are" if all(cut) else f"The {'first' if cut[0] else 'second'} is"
            words += f". {which} cut at {count(result['max_length'], 'token')}"
        if "rank" in result:
            words = f"rank {result['rank']:,} among {count(result['n_among'], 'row')} · {words}"
        self.details.setText(words)
        self.copy_as.offer(
            python=_as_python(workspace, job), command=command_line(workspace, _words(job))
        )

    def show_failure(self, event: JobFailed) -> None:
        """Say why the texts could not be compared."""
        self._clear()
        self.error.say(event.message, event.hint, event.details)

    def _clear(self) -> None:
        self.cosine.setText("")
        self.details.setText("" if self.job else "Write two texts to see how near they are.")
        self.compare_button.setEnabled(self.job is not None)
        self.copy_as.setEnabled(False)
        self.error.say("")

    def _on_changed(self) -> None:
        self.compare_button.setEnabled(self.job is not None)
        if self.job is None:
            self._clear()
        self.wanted.emit(self.job)

    def _on_activated(self, _number: int) -> None:
        self.wanted.emit(self.job)


def _as_python(workspace: Path, job: CompareTexts) -> str:
    names = ("first_prompt_name", "second_prompt_name", "first_image", "second_image", "among")
    choices = {name: getattr(job, name) for name in names if getattr(job, name)}
    texts = (job.first, job.second)
    return python_lines(workspace, "compare", (job.encoder, *texts), choices)


def _words(job: CompareTexts) -> list[str]:
    words = ["encoder", "compare", job.encoder, *filter(None, (job.first, job.second))]
    options = {
        "--first-prompt": job.first_prompt_name,
        "--second-prompt": job.second_prompt_name,
        "--among": job.among,
    }
    for flag, value in options.items():
        words += [flag, value] if value else []
    for image in filter(None, (job.first_image, job.second_image)):
        words += ["--image", image]
    return words
