"""Vectors to test prompts on: those a corpus has, or new ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from embedding_lab.encoders.fingerprint import find_vector_set
from embedding_lab.encoders.modality import choose_modality
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.errors import LabError, UsageError
from embedding_lab.workflows.embed_corpus import EmbedCorpus

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSet
    from embedding_lab.workspace.workspace import Workspace


@dataclass(frozen=True)
class Wanted:
    """Which vectors of a corpus.

    Attributes
    ----------
    modality : str
        What is encoded of a row; the most natural if empty.
    prompt : str or None
        The literal prompt before every row; any if ``None``.
    embedding_prompt : str or None
        The embedding prompt by name, empty for none; any if ``None``.
    """

    modality: str = ""
    prompt: str | None = None
    embedding_prompt: str | None = None


def vectors_of(
    ctx: JobContext[Workspace],
    corpus: Corpus,
    record: EncoderRecord,
    wanted: Wanted,
    *,
    embeds: bool = True,
) -> VectorSet:
    """Return the vectors of a corpus, embedding it first if it has none of this kind.

    Parameters
    ----------
    ctx : JobContext
        Of the job that needs them.
    corpus : Corpus
        Whose rows.
    record : EncoderRecord
        The encoder.
    wanted : Wanted
        Which vectors.
    embeds : bool, default True
        Whether the corpus may be embedded here.

    Raises
    ------
    LabError
        If there are none and none can be made.
    """
    if wanted.prompt == "" and resolve_prompt(record):
        raise UsageError(
            f"The encoder {record.name} puts a prompt of its own before every row.",
            hint="Name the document instruction to compare, or leave it out.",
        )
    wanted = replace(wanted, modality=choose_modality(corpus, record, wanted.modality).value)
    found = find_vector_set(ctx.workspace, corpus, record, **asdict(wanted))
    if found is None and not embeds:
        raise LabError(
            f"The corpus {corpus.name} is not embedded yet with {record.name}.",
            hint="Embed it first.",
        )
    if found is None:
        ctx.log(f"{corpus.name} is embedded first.")
        EmbedCorpus(
            corpus.id,
            record.id,
            prompt=wanted.prompt or "",
            modality=wanted.modality,
            embedding_prompt=wanted.embedding_prompt or "",
        ).run(ctx)
        found = find_vector_set(ctx.workspace, corpus, record, **asdict(wanted))
    if found is None:
        raise LabError(
            f"No row of {corpus.name} could be embedded with {record.name}.",
            hint="Look at its import report: its rows may all be empty.",
        )
    n_missing = corpus.n_rows - found.n_rows
    if n_missing:
        ctx.log(
            f"{n_missing:,} of {corpus.n_rows:,} rows of {corpus.name} have no vector and are left "
            "out.",
            level="warning",
        )
    return found
