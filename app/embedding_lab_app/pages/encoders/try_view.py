"""Two texts and how near they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QSizePolicy

from embedding_lab.workflows.compare_texts import CompareTexts
from embedding_lab_app.widgets.buttons import Button, CopyAsButton
from embedding_lab_app.widgets.copy_lines import command_line, python_lines
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.labels import ElidedLabel, Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.surfaces import Card, ErrorBox
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.events import JobFailed

FIRST = "A cat sleeps on the warm windowsill."
SECOND = "The kitten is napping in the sun."
TEXT_HEIGHT = 64
LONGEST = 100_000


class TextInput(QPlainTextEdit):
    """A few lines of text; Tab goes on to the next field."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFixedHeight(TEXT_HEIGHT)


class TryView(Card):
    """Compares as one types.

    Signals
    -------
    wanted(job)
        A :class:`CompareTexts` to run in a moment; ``None`` when a text is missing.
    wanted_now()
        Do not wait for a pause in the typing.
    """

    wanted = Signal(object)
    wanted_now = Signal()

    def __init__(self) -> None:
        self._record: EncoderRecord | None = None
        self.first = TextInput("First text", FIRST)
        self.second = TextInput("Second text", SECOND)
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
        first = boxed(column(Field("First text", self.first), self._prompts[0]))
        second = boxed(column(Field("Second text", self.second), self._prompts[1]))
        texts = row(first, second, spacing=16)
        texts.setStretch(0, 1)
        texts.setStretch(1, 1)
        result = row(self.compare_button, self.cosine, self.details, self.copy_as, spacing=12)
        result.setStretch(2, 1)
        super().__init__("Try it on two texts", texts, result, self.error)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        for box in (self.first, self.second):
            box.textChanged.connect(self._on_changed)
            for keys in ("Ctrl+Return", "Ctrl+Enter"):
                shortcut = QShortcut(QKeySequence(keys), box)
                shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
                shortcut.activated.connect(self._compare)
        for combo in (self.first_prompt, self.second_prompt):
            combo.activated.connect(self._on_activated)

    @property
    def job(self) -> CompareTexts | None:
        """What is to be compared; ``None`` while a text is missing."""
        first, second = self.first.toPlainText(), self.second.toPlainText()
        if self._record is None or not first.strip() or not second.strip():
            return None
        return CompareTexts(
            self._record.name,
            first[:LONGEST],
            second[:LONGEST],
            str(self.first_prompt.currentData() or ""),
            str(self.second_prompt.currentData() or ""),
        )

    def show_encoder(self, record: EncoderRecord) -> None:
        """Try another encoder on the same texts."""
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
        self._clear()

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
    chosen = {
        "first_prompt_name": job.first_prompt_name,
        "second_prompt_name": job.second_prompt_name,
    }
    choices = {name: value for name, value in chosen.items() if value}
    return python_lines(workspace, "compare", (job.encoder, job.first, job.second), choices)


def _words(job: CompareTexts) -> list[str]:
    words = ["encoder", "compare", job.encoder, job.first, job.second]
    words += ["--first-prompt", job.first_prompt_name] if job.first_prompt_name else []
    words += ["--second-prompt", job.second_prompt_name] if job.second_prompt_name else []
    return words
