"""What embedding a corpus with some encoder would come down to, before it is begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.encoders.fingerprint import is_current
from embedding_lab.encoders.prompts import missing_prompt_warning
from embedding_lab.encoders.two_sided import rendering_of
from embedding_lab.errors import LabError
from embedding_lab.jobs.meter import describe_seconds
from embedding_lab.types import Modality
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedding_lab.embedding_prompts.hierarchical_prompt import HierarchicalPrompt
    from embedding_lab.encoders.contract import EncodeOptions
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workflows.embed_corpus import EmbedCorpus
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab.workspace.workspace import Workspace

# Of fewer rows, loading and first batches decide the rate.
ENOUGH_ROWS = 64


@dataclass(frozen=True)
class EmbedPlan:
    """An embedding in words.

    Attributes
    ----------
    act : str
        What the button says.
    cost : str
        How long it will take, where an earlier embedding tells; else what stands in the way.
    warning : str
        A sentence worth reading first.
    n_rows : int
        How many rows would get a vector.
    """

    act: str
    cost: str = ""
    warning: str = ""
    n_rows: int = 0


def plan_embedding(
    workspace: Workspace,
    job: EmbedCorpus,
    corpus: Corpus,
    record: EncoderRecord,
    everywhere: Sequence[VectorSet],
) -> EmbedPlan:
    """Return what a job would do.

    Parameters
    ----------
    workspace : Workspace
        Where it would.
    job : EmbedCorpus
        The choices made so far.
    corpus, record : Corpus, EncoderRecord
        What the job names.
    everywhere : sequence of VectorSet
        The vectors of all corpora of the workspace.
    """
    try:
        plans = job.plans(workspace, corpus, record)
    except LabError as error:
        return EmbedPlan("Embed", str(error))
    keys = [plan.folder.name for plan in plans]
    same = next(
        (item for key in keys for item in everywhere if item.key == key and item.n_rows), None
    )
    options = plans[0].options
    wanted = plans[0].n_target
    n_rows = max(
        0,
        wanted
        - n_done(same, wanted)
        - n_left_out(corpus, wanted, options.modality, encodes_empty=job.encodes_empty),
    )
    warning = "" if options.rendering else missing_prompt_warning(record, options.prompt)
    if n_rows == 0:
        return EmbedPlan("Embed", "Every row wanted has its vector already.", warning)
    act = f"Embed {count(n_rows, 'more row' if same and same.n_rows else 'row')}"
    rate = known_rate(record.id, options, everywhere)
    cost = (
        f"about {describe_seconds(n_rows / rate)} at {rate:,.0f} rows/s, as before" if rate else ""
    )
    return EmbedPlan(act, cost, warning, n_rows)


def n_done(vector_set: VectorSet | None, wanted: int) -> int:
    """Return how many of the first ``wanted`` rows have a vector."""
    if vector_set is None or vector_set.n_rows == 0:
        return 0
    return int((vector_set.rows() < wanted).sum())


def n_left_out(corpus: Corpus, wanted: int, modality: str, *, encodes_empty: bool) -> int:
    """Return how many of the first ``wanted`` rows have nothing to encode and get no vector.

    With a limit nobody knows without reading them all; none is assumed then.
    """
    if wanted != corpus.n_rows:
        return 0
    if modality != Modality.TEXT:
        return corpus.n_rows - corpus.n_pictures
    return 0 if encodes_empty else corpus.n_empty


def n_to_add(corpus: Corpus, vector_set: VectorSet) -> int:
    """Return how many rows of a corpus a vector set lacks."""
    meta = vector_set.meta
    empty = n_left_out(corpus, corpus.n_rows, meta.modality, encodes_empty=meta.encodes_empty)
    return max(0, corpus.n_rows - empty - vector_set.n_rows)


def standing(
    corpus: Corpus,
    vector_set: VectorSet,
    records: Sequence[EncoderRecord],
    prompts: Mapping[str, HierarchicalPrompt],
) -> str:
    """Return how a vector set stands towards its corpus, its encoder and its embedding prompt."""
    record = next((item for item in records if item.id == vector_set.meta.encoder_id), None)
    if record is None:
        return "encoder is gone"
    if not is_current(vector_set, record):
        return "encoder has changed"
    two_sided = rendering_of(vector_set.meta)
    if two_sided and prompts.get(two_sided.name, two_sided.prompt) != two_sided.prompt:
        return f"prompt {two_sided.name} has changed"
    missing = n_to_add(corpus, vector_set)
    return f"{count(missing, 'row')} to add" if missing else "up to date"


def known_rate(encoder_id: str, options: EncodeOptions, vector_sets: Sequence[VectorSet]) -> float:
    """Return the rows a second of the latest measured embedding; 0 where there is none."""
    measured = [
        item
        for item in vector_sets
        if item.meta.encoder_id == encoder_id
        and item.meta.precision == options.precision
        and item.meta.modality == options.modality
        and bool(item.meta.rendering) == (options.rendering is not None)
        and item.n_rows >= ENOUGH_ROWS
        and item.state.seconds > 0
    ]
    newest = max(measured, key=lambda item: item.meta.created, default=None)
    return newest.n_rows / newest.state.seconds if newest else 0.0
