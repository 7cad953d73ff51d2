"""Reading files and folders into a corpus."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.errors import InputError, LabError, UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.readers.estimate import total_bytes
from embedding_lab.readers.options import ReadOptions
from embedding_lab.readers.plan import make_plan
from embedding_lab.readers.preview import already_imported
from embedding_lab.readers.staging import Staging
from embedding_lab.storage import require_space
from embedding_lab.workspace.corpus import CORPUS_FILE, Corpus
from embedding_lab.workspace.corpus_merge import finished_merge, merge_staged
from embedding_lab.workspace.workspace import Workspace, slug

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.readers.plan import ImportPlan
    from embedding_lab.workspace.corpus_report import ReportLine

REJECTED_LISTED = 1000
REASONS_NAMED = 3
# What a corpus takes on the disk, in multiples of its plain files.
SPACE_FACTOR = 1.3


@dataclass(frozen=True)
class ImportCorpus(Job[Workspace]):
    """Read files and folders into a new corpus, or behind the rows of an old one.

    Rows are staged in the run's folder and appear all at once at the end; what is staged survives
    a cancelled or killed import, which goes on from there when it is continued.

    Attributes
    ----------
    paths : tuple of str
        Files and folders.
    name : str
        What to call the new corpus; without one, the files tell.
    options : dict
        A record of :class:`ReadOptions`.
    into : str
        Name or id of the corpus to add the rows to; those that are there already are left out.
    again : bool
        Read files into a new corpus although the workspace holds them already.
    """

    lane: ClassVar[Lane] = Lane.IO

    paths: tuple[str, ...]
    name: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    into: str = ""
    again: bool = False

    @property
    def title(self) -> str:
        """What the Jobs strip shows."""
        first = Path(self.paths[0]).name if self.paths else "nothing"
        more = f" and {len(self.paths) - 1:,} more" if len(self.paths) > 1 else ""
        return f"Importing {first}{more}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Import everything and return what came in and what did not."""
        started = time.monotonic()
        ctx.workspace.require_writable()
        plan = make_plan([Path(path) for path in self.paths], ReadOptions.from_record(self.options))
        if self.into and self.name:
            raise UsageError("Rows added to a corpus take its name.", hint="Leave the name out.")
        result = self._append(ctx, plan) if self.into else self._import(ctx, plan)
        return result | {"seconds": time.monotonic() - started}

    def _import(self, ctx: JobContext[Workspace], plan: ImportPlan) -> dict[str, Any]:
        workspace = ctx.workspace
        wanted = self.name or plan.selection.name
        corpus_id = f"{slug(wanted)}-{_token(ctx)}"
        target = workspace.corpora_folder / corpus_id
        # An import that was killed after its last step has nothing left to do.
        if not (target / CORPUS_FILE).exists():
            if not (self.again or ctx.is_continued):
                _refuse_repeats(plan, workspace)
            staging = self._stage(ctx, plan)
            staging.writer.publish(
                target,
                corpus_id=corpus_id,
                name=workspace.unused_corpus_name(wanted),
                extra_columns=tuple(staging.columns),
                sources=staging.sources(),
                roles=staging.roles(),
            )
        corpus = Corpus(target)
        return _result(corpus, corpus.n_rows)

    def _append(self, ctx: JobContext[Workspace], plan: ImportPlan) -> dict[str, Any]:
        corpus = ctx.workspace.corpus(self.into)
        run = _token(ctx)
        merge = finished_merge(corpus.folder, run)
        if merge is None:
            staging = self._stage(ctx, plan, corpus)
            ctx.progress(staging.n_items, staging.n_items, "Adding the rows")
            merge = merge_staged(corpus.folder, staging.finished(), run)
        shutil.rmtree(_staging_folder(ctx), ignore_errors=True)
        return _result(merge.corpus, merge.n_new, merge.report_after)

    def _stage(
        self, ctx: JobContext[Workspace], plan: ImportPlan, into: Corpus | None = None
    ) -> Staging:
        folder = _staging_folder(ctx)
        if not ctx.is_continued:
            shutil.rmtree(folder, ignore_errors=True)
        size = total_bytes(file.path for file in plan.selection.files)
        require_space(ctx.workspace.folder, int(size * SPACE_FACTOR), self.title)
        staging = Staging(ctx, plan, folder, into)
        try:
            staging.read_all()
            if staging.writer.n_rows == 0:
                raise _nothing_came_in(plan, staging)
        except InputError:
            staging.writer.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        except BaseException:
            staging.writer.close()
            raise
        return staging


def _token(ctx: JobContext[Workspace]) -> str:
    """Return what names a run: the same each time it is continued."""
    return ctx.folder.name.rpartition("-")[2]


def _staging_folder(ctx: JobContext[Workspace]) -> Path:
    """Return where rows are staged: on the workspace's disk, so that a rename publishes them."""
    if ctx.folder.is_relative_to(ctx.workspace.folder):
        return ctx.folder / "staging"
    return ctx.workspace.cache_folder / f"staging-{_token(ctx)}"


def _refuse_repeats(plan: ImportPlan, workspace: Workspace) -> None:
    files = [file.path for file in plan.selection.files]
    for path, name in already_imported(files, workspace):
        raise LabError(
            f"{Path(path).name} is in the corpus {name} already.",
            hint="Choose to import it again as a new corpus, or add what is new to that one.",
        )


def _nothing_came_in(plan: ImportPlan, staging: Staging) -> InputError:
    name = plan.selection.name
    n_rejected = staging.writer.n_rejected
    if not n_rejected:
        notes = (note for sample in plan.samples for note in sample.format.notes)
        sentences = " ".join(plan.problems) or " ".join(notes) or "It holds no rows."
        return InputError(f"Nothing of {name} could be imported. {sentences}")
    reports = staging.writer.first_reports(REASONS_NAMED)
    first = "; ".join(map(_sentence, reports))
    more = f" ({n_rejected:,} in all)" if n_rejected > REASONS_NAMED else ""
    is_about_rows = any(line.line for line in reports)
    hint = "Look at the preview, and change how the file is read if it is read wrongly."
    return InputError(
        f"Nothing of {name} could be imported: {first}{more}.", hint=hint if is_about_rows else ""
    )


def _sentence(line: ReportLine) -> str:
    where = f"{Path(line.file).name} line {line.line:,}: " if line.line else ""
    return where + line.reason.rstrip(".")


def _result(corpus: Corpus, n_new: int, report_after: int = 0) -> dict[str, Any]:
    n_rejected, n_notes = corpus.report_counts(report_after)
    rejected = corpus.report(REJECTED_LISTED, rejected_only=True, after=report_after)
    return {
        "corpus": corpus.name,
        "id": corpus.id,
        "rows": corpus.n_rows,
        "new_rows": n_new,
        "rejected": [
            {"file": line.file, "line": line.line, "reason": line.reason} for line in rejected
        ],
        "n_rejected": n_rejected,
        "notes": n_notes,
        "queries": corpus.n_queries,
        "judgements": corpus.n_judgements,
    }
