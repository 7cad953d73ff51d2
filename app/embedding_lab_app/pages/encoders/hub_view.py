"""Looking for an encoder on a hub, and what would be downloaded of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from embedding_lab_app.jobs.job_card import JobCard
from embedding_lab_app.pages.encoders.consent_card import ConsentCard
from embedding_lab_app.pages.encoders.downloads_card import DownloadsCard
from embedding_lab_app.widgets.buttons import Button, PrimaryButton
from embedding_lab_app.widgets.data_table import DataTable
from embedding_lab_app.widgets.field import Field, SearchField
from embedding_lab_app.widgets.key_value_list import KeyValueList
from embedding_lab_app.widgets.labels import Label
from embedding_lab_app.widgets.layout import boxed, column, row
from embedding_lab_app.widgets.records_model import RecordsModel
from embedding_lab_app.widgets.surfaces import Banner, Card, Collapsible, ErrorBox, scrolled
from embedding_lab_app.widgets.wording import count, size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QModelIndex

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab_app.context import AppContext
    from embedding_lab_app.pages.encoders.hub_draft import HubDraft

MATCH_COLUMNS = (
    ("id", "Encoder"), ("downloads", "Downloads"), ("likes", "Likes"), ("library", "Library"),
)  # fmt: skip
FILE_COLUMNS = (("name", "File"), ("n_bytes", "Bytes"), ("is_fetched", "Fetched"))
TABLE_HEIGHT = 280


class HubView(QWidget):
    """Shows what the hub told. ``closed`` asks to put it away."""

    closed = Signal()

    def __init__(self, draft: HubDraft, context: AppContext) -> None:
        super().__init__()
        self._draft = draft
        self._shown: dict[str, Any] | None = None
        self._names: frozenset[str] = frozenset()
        self._why_not = ""
        self.query = SearchField(
            context.theme.icon("magnifying-glass"), "Encoder", "organisation/name, or some words"
        )
        self.ask_button = Button("Look up", self._ask)
        self.banner = Banner()
        self.error = ErrorBox()
        self.status = Label("", "muted", wraps=True)
        self.job_card = JobCard(context.runner)
        self._build()
        self._connect()
        self.show_draft()

    def _build(self) -> None:
        self.matches = RecordsModel(MATCH_COLUMNS, self)
        self.matches_table = _table("Encoders found", self.matches, 360, 100, 64, 184)
        self.files = RecordsModel(FILE_COLUMNS, self)
        self.files_table = _table("Files of the encoder", self.files, 360, 130)
        self.name = QLineEdit()
        self.name_field = Field("Name", self.name, "What the encoder is called from now on")
        self.warning = Label("", "warning", wraps=True)
        self.consent = ConsentCard()
        self.facts = KeyValueList()
        self._files_fold = Collapsible("Files", self.files_table)
        self.found_card = Card("", self.warning, self.name_field, self.facts, self._files_fold)
        self.fetch_button = PrimaryButton("Download", self._fetch)
        self.close_button = Button("Close", self.closed.emit)
        first = row(self.query, self.ask_button)
        first.setStretch(0, 1)
        self.found = boxed(column(self.consent, self.found_card, None, spacing=12))
        self.downloads_card = DownloadsCard(self._draft.downloads)
        self.title = Label("From the hub", "title")
        self.sentence = Label("", "muted", wraps=True)
        content = QWidget()
        content.setLayout(
            column(
                self.title,
                self.sentence,
                first,
                self.error,
                self.status,
                self.job_card,
                self.downloads_card,
                self.matches_table,
                self.found,
                None,
                spacing=12,
                margins=(24, 16, 24, 16),
            )
        )
        foot = row(self.fetch_button, None, self.close_button)
        foot.setContentsMargins(24, 12, 24, 12)
        layout = column(self.banner, scrolled(content), boxed(foot), spacing=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self._draft.changed.connect(self.show_draft)
        self.query.returnPressed.connect(self._ask)
        self.query.textChanged.connect(self._on_query_changed)
        self.name.textChanged.connect(self._on_name_changed)
        self.consent.changed.connect(self._show_act)
        self.matches_table.activated.connect(self._on_match_activated)
        self.matches_table.clicked.connect(self._on_match_activated)

    # Showing

    def show_rules(self, records: Iterable[EncoderRecord], why_not: str) -> None:
        """Tell which encoders there are, and why nothing can be added if that is so."""
        self._names, self._why_not = frozenset(item.name for item in records), why_not
        self._show_act()

    def show_draft(self) -> None:
        """Show how far the question and its answer have come."""
        draft = self._draft
        self.sentence.setText(
            f"A name such as organisation/name is looked up, other words are searched for. "
            f"{draft.host} is told what you type here and nothing else; a download begins when "
            "you say so."
        )
        if draft.is_offline:
            self.banner.say(
                "Embedding Lab is offline.", ("Allow the network here", self._draft.allow)
            )
        else:
            self.banner.say("")
        error = draft.error
        self.error.say(*((error.message, error.hint, error.details) if error else ("",)))
        self.status.setText(self._status())
        self.status.setVisible(bool(self.status.text()))
        self.job_card.follow(draft.fetch_run)
        self.matches.show_records(draft.matches or [])
        if draft.found is not None and draft.found is not self._shown:
            self._show_found(draft.found)
        self._shown = draft.found
        # One at a time: a stack of them would be as high as the highest.
        self.found.setVisible(bool(draft.found))
        self.matches_table.setVisible(bool(draft.matches) and not draft.found)
        self.downloads_card.setVisible(not (draft.found or draft.matches))
        self._show_act()

    def _status(self) -> str:
        draft = self._draft
        if draft.is_asking:
            return f"Asking {draft.host}…"
        if draft.matches is not None:
            n_matches = len(draft.matches)
            return f"{count(n_matches, 'encoder')} found." if n_matches else "Nothing was found."
        return ""

    def _show_found(self, found: dict[str, Any]) -> None:
        fetched = [file for file in found["files"] if file["is_fetched"]]
        self.warning.setText(found["refusal"])
        self.warning.setVisible(bool(found["refusal"]))
        self.name.setText(found["id"].rpartition("/")[2])
        self.name_field.setVisible(not found["refusal"])
        pairs = [
            ("Encoder", found["id"]),
            ("Commit", found["revision"]),
            ("Licence", found["licence"] or "not said"),
            ("Access", "accounts with access only" if found["is_gated"] else "open to everybody"),
            ("Library", found["library"]),
            ("Made for", found["pipeline"]),
            ("On the hub", f"{size(found['n_bytes'])} in {count(len(found['files']), 'file')}"),
            ("To download", f"{size(found['n_fetched_bytes'])} in {count(len(fetched), 'file')}"),
        ]
        self.facts.show_pairs([(name, value) for name, value in pairs if value])
        self.consent.ask([(file["name"], file["n_bytes"]) for file in found["code_files"]])
        self.files.show_records(found["files"])
        self._files_fold.rename(f"Files ({len(found['files']):,})")

    def _show_act(self) -> None:
        found, name = self._draft.found, self.name.text().strip()
        can_fetch = found is not None and not found["refusal"]
        problem = "" if name else "An encoder needs a name."
        if name in self._names and not self._draft.fetch_run:
            problem = f"There is an encoder named {name} already."
        self.name_field.set_error(problem if can_fetch else "")
        self.fetch_button.setVisible(can_fetch)
        is_busy = bool(self._draft.fetch_run)
        is_missing = can_fetch and self.consent.is_missing
        why_not = self._why_not or ("Its code needs your consent above" if is_missing else "")
        n_bytes = found["n_fetched_bytes"] if found else 0
        self.fetch_button.set_act(
            "Downloading…" if is_busy else f"Download {size(n_bytes)} and add",
            why_not,
            is_enabled=not (problem or is_busy or why_not),
        )
        can_ask = bool(self.query.text().strip()) and not self._draft.is_offline
        self.ask_button.setEnabled(can_ask)
        self.ask_button.setText("Look up" if "/" in self.query.text() else "Search")

    # Acting

    def _ask(self) -> None:
        if self.ask_button.isEnabled():
            self._draft.ask(self.query.text())

    def _fetch(self) -> None:
        name, is_given = self.name.text().strip(), self.consent.is_given
        self._draft.fetch(name, trusts_code=is_given)

    def _on_query_changed(self, _text: str) -> None:
        self._show_act()

    def _on_name_changed(self, _text: str) -> None:
        self._show_act()

    def _on_match_activated(self, index: QModelIndex) -> None:
        if index.isValid():
            self.query.setText(self.matches.records[index.row()]["id"])
            self._ask()


def _table(name: str, model: RecordsModel, *widths: int) -> DataTable:
    table = DataTable(name)
    table.setModel(model)
    table.set_widths(*widths)
    table.stretch(0)
    table.setFixedHeight(TABLE_HEIGHT)
    return table
