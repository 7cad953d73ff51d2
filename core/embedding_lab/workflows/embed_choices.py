"""What can be chosen when a corpus is embedded, and what it comes down to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from embedding_lab.backends import require_precision
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.embed_plan import EmbedPlan
from embedding_lab.encoders.fingerprint import fingerprint, vector_set_key
from embedding_lab.encoders.modality import choose_modality
from embedding_lab.encoders.prepared import on_engine
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import UsageError
from embedding_lab.types import Engine, Precision

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

# Bfloat16 keeps three digits; encoders that lose more than this by it are told apart from it.
LEAST_AGREEMENT = 0.9999


@dataclass(frozen=True)
class EmbedChoices:
    """The inputs of embedding a corpus.

    Attributes
    ----------
    corpus, encoder : str
        Names or ids.
    prompt, prompt_name : str
        Text put before every row, literally or by the encoder's name for it; without either, the
        encoder's default prompt if it has one.
    precision : str
        ``fp32``, or ``bf16`` on processors that have it.
    engine : str
        ``torch`` or ``onnx``; without it, that of vectors begun with the same choices, else the
        fast one for prepared encoders.
    limit : int
        Encode only the first so many rows of the corpus; 0 for all.
    encodes_empty : bool
        Encode empty rows as the empty string instead of leaving them out.
    modality : str
        What to encode of a row: ``text`` (title and text), ``image``, or ``image+text``; without
        it, pictures where the corpus has them and the encoder takes them, else texts.
    least_agreement : float
        With ``bf16``, the smallest cosine to the vectors of ``fp32`` that is accepted.
    """

    corpus: str
    encoder: str = "starter"
    prompt: str = ""
    prompt_name: str = ""
    precision: str = Precision.FP32.value
    engine: str = ""
    limit: int = 0
    encodes_empty: bool = False
    modality: str = ""
    least_agreement: float = LEAST_AGREEMENT

    def plan(self, workspace: Workspace) -> EmbedPlan:
        """Return what is to be encoded, and how, after checking that it can be.

        Raises
        ------
        LabError
            If something that is named is not there, or does not fit.
        """
        if self.precision not in set(Precision):
            raise UsageError(
                f"There is no precision {self.precision}.",
                hint=f"Choose {' or '.join(Precision)}.",
            )
        if self.limit < 0:
            raise UsageError("The limit cannot be negative.", hint="0 stands for every row.")
        precision = Precision(self.precision)
        require_precision(precision)
        corpus = workspace.corpus(self.corpus)
        record = EncoderStore(workspace).get(self.encoder)
        prompt = resolve_prompt(
            record, prompt=self.prompt or None, prompt_name=self.prompt_name or None
        )
        modality = choose_modality(corpus, record, self.modality)
        options = EncodeOptions(prompt=prompt, precision=precision, modality=modality)
        record = on_engine(record, self.engine, precision)
        plan = self._plan(workspace, corpus, record, options)
        if record.prepared and not self.engine and not plan.state().n_rows:
            # What the full engine has begun, it goes on with: vectors are never mixed.
            full = replace(record, engine=Engine.TORCH.value)
            begun = self._plan(workspace, corpus, full, options)
            return begun if begun.state().n_rows else plan
        return plan

    def _plan(
        self, workspace: Workspace, corpus: Corpus, record: EncoderRecord, options: EncodeOptions
    ) -> EmbedPlan:
        mark = fingerprint(
            record,
            prompt=options.prompt,
            precision=options.precision,
            modality=options.modality,
        )
        return EmbedPlan(
            corpus=corpus,
            record=record,
            options=options,
            fingerprint=mark,
            folder=workspace.embeddings_folder / vector_set_key(corpus.id, mark),
            n_target=min(self.limit, corpus.n_rows) if self.limit else corpus.n_rows,
            encodes_empty=self.encodes_empty,
        )
