"""An import that is being prepared: what is known of the files, and what the user decided."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from embedding_lab.errors import UsageError
from embedding_lab.readers.options import ReadOptions
from embedding_lab.readers.preview import ImportPreview, preview_paths
from embedding_lab.readers.selection import Part
from embedding_lab.workflows.import_corpus import ImportCorpus
from embedding_lab_app.jobs.inquiry import Inquiry
from embedding_lab_app.widgets.wording import count, listed, size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.jobs.events import JobFailed
    from embedding_lab.workspace.workspace import Workspace
    from embedding_lab_app.jobs.runner import JobRunner


@dataclass(frozen=True)
class Target:
    """Where the rows will go: a new corpus with a name, or the corpus with the id ``into``."""

    name: str = ""
    into: str = ""
    again: bool = False


@dataclass(frozen=True)
class Draft:
    """Everything the user decided so far; what is left open is guessed."""

    paths: tuple[Path, ...] = ()
    options: ReadOptions = field(default_factory=ReadOptions)
    target: Target = field(default_factory=Target)


class ImportDraft(QObject):
    """Keeps a draft and a preview of what it would read, made in a worker thread.

    Signals
    -------
    changed()
        Draft or preview are different now.
    failed(event)
        The files cannot be previewed at all.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.draft = Draft()
        self.preview: ImportPreview | None = None
        self._inquiry = Inquiry(runner, self)
        self._inquiry.answered.connect(self._on_inquiry_answered)
        self._inquiry.failed.connect(self._on_inquiry_failed)

    @property
    def is_open(self) -> bool:
        """Whether files are waiting to be imported."""
        return bool(self.draft.paths)

    @property
    def is_reading(self) -> bool:
        """Whether the preview is being made."""
        return self._inquiry.is_waiting

    def start(self, paths: Sequence[Path]) -> None:
        """Begin with other files."""
        self.draft = Draft(paths=tuple(paths))
        self.preview = None
        self._ask()

    def close(self) -> None:
        """Forget the files; nothing was written."""
        self._inquiry.drop()
        self.draft, self.preview = Draft(), None
        self.changed.emit()

    def read_as(self, **options: Any) -> None:
        """Change how the files are read; roles of columns that may be gone are guessed anew."""
        old = self.draft.options
        roles = old.roles if options.keys() <= {"keeps_empty"} else {}
        self._replace_options(replace(old, roles=roles, **options))

    def set_role(self, column: str, role: str) -> None:
        """Decide what a column means."""
        old = self.draft.options
        self._replace_options(replace(old, roles=old.roles | {column: role}))

    def aim(self, target: Target) -> None:
        """Decide where the rows go."""
        self.draft = replace(self.draft, target=target)
        self.changed.emit()

    def _replace_options(self, options: ReadOptions) -> None:
        if options != self.draft.options:
            self.draft = replace(self.draft, options=options)
            self._ask()

    def _ask(self) -> None:
        paths, options = list(self.draft.paths), self.draft.options
        self._inquiry.ask(partial(_preview, paths, options))
        self.changed.emit()

    def _on_inquiry_answered(self, preview: ImportPreview) -> None:
        target = self.draft.target
        if self.preview is None:
            target = Target(name=preview.name)
        self.preview = preview
        self.aim(target)

    def _on_inquiry_failed(self, event: JobFailed) -> None:
        self.failed.emit(event)
        self.changed.emit()

    # What the view says

    @property
    def needs_choice(self) -> bool:
        """Whether some of the files are in a corpus already and nothing was decided about that."""
        target = self.draft.target
        return bool(
            self.preview and self.preview.already_imported and not target.again and not target.into
        )

    @property
    def is_hopeless(self) -> bool:
        """Whether no file can be read, and not because of how it is to be read."""
        preview = self.preview
        return (
            preview is not None
            and not preview.files
            and not preview.can_import
            and self.draft.options == ReadOptions()
        )

    @property
    def can_import(self) -> bool:
        """Whether the import may begin."""
        target = self.draft.target
        is_aimed = bool(target.name.strip() or target.into)
        is_ready = self.preview is not None and self.preview.can_import and not self.is_reading
        return is_ready and is_aimed and not self.needs_choice

    def act(self) -> str:
        """Return what the primary button says."""
        n_rows = self.preview.about_rows if self.preview else 0
        verb = "Add" if self.draft.target.into else "Import"
        if n_rows:
            return f"{verb} about {count(n_rows, 'row')}"
        return f"{verb} {count(self.preview.n_files, 'file')}" if self.preview else verb

    def summary(self) -> str:
        """Return what the files are, in a line."""
        preview = self.preview
        if preview is None:
            return ""
        amount = f"{count(preview.n_files, 'file')}, {size(preview.n_bytes)}"
        if preview.kind != "beir":
            return amount
        parts = [f"{preview.about_rows:,} documents" if preview.about_rows else "documents"]
        parts += ["queries"] if any(file.part is Part.QUERIES for file in preview.files) else []
        splits = [file.split for file in preview.files if file.part is Part.JUDGEMENTS]
        parts += [f"judgements for {listed(splits)}"] if splits else []
        return f"BEIR layout: {', '.join(parts)}. {amount}"

    def job(self) -> ImportCorpus:
        """Return the job that does it.

        Raises
        ------
        UsageError
            If something is still to be decided.
        """
        if not self.can_import:
            raise UsageError("The import is not ready yet.")
        target = self.draft.target
        return ImportCorpus(
            paths=tuple(str(path) for path in self.draft.paths),
            name="" if target.into else target.name.strip(),
            options=self.draft.options.to_record(),
            into=target.into,
            again=target.again,
        )


def _preview(paths: list[Path], options: ReadOptions, workspace: Workspace) -> ImportPreview:
    return preview_paths(paths, options, workspace)
