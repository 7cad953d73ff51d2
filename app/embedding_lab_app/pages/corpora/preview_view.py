"""What an import would read, shown before anything is written."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from embedding_lab_app.pages.corpora.import_draft import ImportDraft, Target
from embedding_lab_app.pages.corpora.preview_models import FILE_HEADERS, TextTableModel, file_rows
from embedding_lab_app.pages.corpora.reading_form import ReadingForm
from embedding_lab_app.pages.corpora.role_header import RoleHeader
from embedding_lab_app.widgets.buttons import Button, PrimaryButton
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.field import Field
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.pictures import PictureBox
from embedding_lab_app.widgets.surfaces import Banner, ErrorBox, Surface, scrolled

if TYPE_CHECKING:
    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.readers.preview import ImportPreview
    from embedding_lab_app.widgets.named_list import NamedLine

NAMED_WIDTH, TEXT_WIDTH = 140, 420
FILES_HEIGHT = 30


DOCUMENT_HEIGHT = 96


class PreviewView(QWidget):
    """The preview with its choices.

    Signals
    -------
    accepted()
        The user wants the import as it is shown.
    cancelled()
        The user thought better of it.
    others_wanted()
        Nothing of these files can be read; the user wants to choose others.
    """

    accepted = Signal()
    cancelled = Signal()
    others_wanted = Signal()

    def __init__(self, draft: ImportDraft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._why_not = ""
        self._shown: ImportPreview | None = None
        self._build()
        draft.changed.connect(self._on_draft_changed)
        draft.failed.connect(self._on_draft_failed)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.cancelled)

    # Building

    def _build(self) -> None:
        self.title = Label("", "title")
        self.summary = Label("", "muted", wraps=True)
        self.banner = Banner()
        self.error = ErrorBox()
        self.problems = Label("", "warning", wraps=True).make_selectable()
        self.notes = Label("", "small", wraps=True).make_selectable()
        self.form = ReadingForm()
        self.form.changed.connect(self._on_form_changed)
        content = boxed(
            column(
                column(self.title, self.summary, spacing=4),
                self.banner,
                self.error,
                self.problems,
                self._make_choices(),
                self.notes,
                None,
                spacing=12,
                margins=(24, 16, 24, 16),
            )
        )
        self.setLayout(column(scrolled(content), self._make_bar(), spacing=0))

    def _make_choices(self) -> QWidget:
        parts = (self._make_target(), self.form, self._make_rows(), self._make_files())
        self.choices = boxed(column(*parts, spacing=12))
        return self.choices

    def _make_target(self) -> QWidget:
        self.target = QComboBox()
        self.target.currentIndexChanged.connect(self._on_target_changed)
        self.name = QLineEdit()
        self.name.textEdited.connect(self._on_name_edited)
        self._target_field = Field("Import into", self.target, "A new corpus, or one that is there")
        self._name_field = Field("Name of the corpus", self.name, "What the corpus will be called")
        layout = row(self._target_field, self._name_field, spacing=12)
        layout.setStretch(0, 1)
        layout.setStretch(1, 1)
        return boxed(layout)

    def _make_rows(self) -> QWidget:
        self.rows = TextTableModel(self)
        self.header = RoleHeader()
        self.header.role_chosen.connect(self._draft.set_role)
        self.table = DataTable("First rows")
        self.table.setHorizontalHeader(self.header)
        self.header.setStretchLastSection(True)
        self.header.setHighlightSections(False)
        self.table.setModel(self.rows)
        self.table.setMinimumHeight(236)
        self.table.selectionModel().currentRowChanged.connect(self._on_row_chosen)
        self.document = QPlainTextEdit()
        self.document.setReadOnly(True)
        self.document.setAccessibleName("How a document will look")
        self.document.setFixedHeight(DOCUMENT_HEIGHT)
        self.picture = PictureBox("Picture of the row", DOCUMENT_HEIGHT)
        self.picture.setFixedWidth(DOCUMENT_HEIGHT)
        self.picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.document_heading = Label("How a document will look to the encoder", "field")
        return boxed(
            column(
                Label("First rows, and what each column means", "field"),
                self.table,
                4,
                self.document_heading,
                row(self.picture, self.document, spacing=12),
                spacing=4,
            )
        )

    def _make_files(self) -> QWidget:
        self.files = TextTableModel(self)
        self.files_table = DataTable("Files")
        self.files_table.setModel(self.files)
        self.files_table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return boxed(column(Label("Files", "field"), self.files_table, spacing=4))

    def _make_bar(self) -> QWidget:
        self.primary = PrimaryButton("Import", self.accepted.emit)
        self.others_button = Button("Choose other files…", self.others_wanted.emit, kind="primary")
        self.cancel_button = Button("Cancel", self.cancelled.emit)
        acts = row(self.primary, self.others_button)
        acts.setAlignment(self.others_button, Qt.AlignmentFlag.AlignLeft)
        bar = row(acts, self.cancel_button, margins=(24, 12, 24, 12))
        bar.setStretch(0, 1)
        return Surface("strip", bar)

    # Showing

    def show_corpora(self, lines: list[NamedLine], why_not: str) -> None:
        """Offer the corpora that rows may be added to, or say why nothing can be imported."""
        self._why_not = why_not
        blocked = self.target.blockSignals(True)
        self.target.clear()
        self.target.addItem("A new corpus", "")
        for line in lines:
            self.target.addItem(f"{line.name} (add to its rows)", line.id)
        self.target.setCurrentIndex(max(0, self.target.findData(self._draft.draft.target.into)))
        self.target.blockSignals(blocked)
        self._show_act()

    def show_error(self, event: JobFailed) -> None:
        """Say why the import did not succeed."""
        self.error.say(event.message, event.hint, event.details)

    def _on_draft_failed(self, event: JobFailed) -> None:
        self.show_error(event)

    def _on_draft_changed(self) -> None:
        preview = self._draft.preview
        if preview is None:
            self._show_waiting()
        elif preview is not self._shown:
            self._show_preview(preview)
        self._shown = preview
        # Empty boxes would only hide the sentence that says why.
        is_hopeless = self._draft.is_hopeless
        self.choices.setHidden(is_hopeless)
        self.primary.setHidden(is_hopeless)
        self.others_button.setVisible(is_hopeless)
        self._show_target()
        self._show_act()

    def _show_waiting(self) -> None:
        paths = self._draft.draft.paths
        self.title.setText(f"Import {paths[0].name}" if paths else "")
        self.summary.setText("Looking at the files…" if self._draft.is_reading else "")
        self.error.say("")
        self.problems.hide()
        self.notes.hide()
        self.rows.show_rows((), ())
        self.files.show_rows((), ())
        self.document.clear()

    def _show_preview(self, preview: ImportPreview) -> None:
        self.error.say("")
        self.title.setText(f"Import {preview.name}")
        self.summary.setText(self._draft.summary())
        self.form.show_preview(preview, self._draft.draft.options)
        self.problems.setText("\n".join(preview.problems))
        self.problems.setVisible(bool(preview.problems))
        self.notes.setText("\n".join(preview.notes))
        self.notes.setVisible(bool(preview.notes))
        self._show_rows(preview)
        self.files.show_rows(FILE_HEADERS, file_rows(preview))
        self.files_table.set_widths(170, 110, 90, 150, 80, 120)
        n_lines = self.files.rowCount()
        self.files_table.setFixedHeight(FILES_HEIGHT + 4 + n_lines * 28 + 12)

    def _show_rows(self, preview: ImportPreview) -> None:
        names = [item.name for item in preview.columns]
        widths = self.table.widths() if names == list(self.header.combos) else []
        current = max(0, self.table.currentIndex().row())
        self.rows.show_rows(names, preview.rows)
        self.header.show_columns(preview.columns)
        self.table.set_widths(*(widths or [_width(item.samples) for item in preview.columns]))
        self.table.setCurrentIndex(self.rows.index(min(current, len(preview.rows) - 1), 0))
        self._show_document()

    def _show_document(self) -> None:
        preview = self._draft.preview
        number = max(0, self.table.currentIndex().row())
        if preview is None or number >= len(preview.document_preview):
            self.document.setPlainText("")
            self.picture.show_picture(b"")
            return
        picture = preview.pictures[number]
        self.picture.show_picture(picture)
        nothing = "(its picture alone)" if picture else "(empty: no column is the text)"
        self.document.setPlainText(preview.document_preview[number] or nothing)

    def _show_target(self) -> None:
        target = self._draft.draft.target
        if self.name.text() != target.name:
            self.name.setText(target.name)
        self._name_field.setVisible(not target.into)
        blocked = self.target.blockSignals(True)
        self.target.setCurrentIndex(max(0, self.target.findData(target.into)))
        self.target.blockSignals(blocked)
        needs_name = self._draft.preview is not None and not (target.into or target.name.strip())
        self._name_field.set_error("A corpus needs a name." if needs_name else "")
        self._show_repeats()

    def _show_repeats(self) -> None:
        preview = self._draft.preview
        if preview is None or not preview.already_imported or not self._draft.needs_choice:
            self.banner.say("")
            return
        path, name = preview.already_imported[0]
        n_more = len({path for path, _ in preview.already_imported}) - 1
        others = f" and {n_more:,} more files are" if n_more else " is"
        self.banner.say(
            f"{PurePath(path).name}{others} in the corpus {name} already.",
            ("Add new rows only", self._add_to_known),
            ("Import again", self._import_again),
            level="warning",
        )

    def _show_act(self) -> None:
        note = self._why_not
        if not note and self._draft.is_reading:
            note = "Looking at the files…"
        elif not note and self._draft.needs_choice:
            note = "Choose above what to do with files that were imported before."
        self.primary.set_act(
            self._draft.act(), note, is_enabled=self._draft.can_import and not self._why_not
        )

    # Choosing

    def _on_row_chosen(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_document()

    def _on_form_changed(self, options: dict[str, object]) -> None:
        self._draft.read_as(**options)

    def _on_name_edited(self, text: str) -> None:
        target = self._draft.draft.target
        self._draft.aim(Target(name=text, again=target.again))

    def _on_target_changed(self, _number: int) -> None:
        into = str(self.target.currentData() or "")
        self._draft.aim(Target(name=self.name.text(), into=into))

    def _add_to_known(self) -> None:
        preview = self._draft.preview
        names = [self.target.itemText(number) for number in range(self.target.count())]
        if preview is not None:
            wanted = f"{preview.already_imported[0][1]} (add to its rows)"
            self.target.setCurrentIndex(names.index(wanted) if wanted in names else 0)

    def _import_again(self) -> None:
        self._draft.aim(Target(name=self.name.text(), again=True))


def _width(samples: tuple[str, ...]) -> int:
    longest = max((len(sample) for sample in samples), default=0)
    return max(NAMED_WIDTH, min(TEXT_WIDTH, 8 * longest))
