"""What can be chosen when a corpus is embedded, and what it comes down to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from embedding_lab.backends import require_precision
from embedding_lab.embedding_prompts.store import EmbeddingPromptStore
from embedding_lab.encoders.contract import EncodeOptions
from embedding_lab.encoders.embed_plan import EmbedPlan
from embedding_lab.encoders.fingerprint import fingerprint, vector_set_key
from embedding_lab.encoders.modality import choose_modality
from embedding_lab.encoders.plain_rendering import record_that_renders
from embedding_lab.encoders.prepared import on_engine
from embedding_lab.encoders.prompt_tokens import pooling_of
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.encoders.two_sided import TwoSidedRendering, rendering_of
from embedding_lab.errors import UsageError
from embedding_lab.types import Engine, Modality, Precision, Role

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.vector_set import VectorSetMeta
    from embedding_lab.workspace.workspace import Workspace

# Bfloat16 keeps three digits; encoders that lose more than this by it are told apart from it.
LEAST_AGREEMENT = 0.9999


def choices_of(workspace: Workspace, meta: VectorSetMeta) -> dict[str, Any]:
    """Return the choices that go on with vectors: fields of :class:`EmbedChoices`."""
    found: dict[str, Any] = {
        "prompt": meta.prompt,
        "precision": meta.precision,
        "modality": meta.modality,
        "encodes_empty": meta.encodes_empty,
    }
    two_sided = rendering_of(meta)
    if two_sided is None:
        return found
    found |= {"pooling": two_sided.pooling, "layer": two_sided.layer}
    if EmbeddingPromptStore(workspace).all().get(two_sided.name) == two_sided.prompt:
        return found | {"embedding_prompt": two_sided.name}
    # The name has another meaning now, or never had one: all its texts are given.
    return found | {"embedding_prompt": "none", "changes": asdict(two_sided.prompt)}


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
    embedding_prompt : str
        Read every row with the embedding prompt of this name, a preset or one saved in the
        workspace, in the place of a ``prompt``. Searches then read queries as it says.
    changes : dict
        Texts that differ from it, by the names of the method's parameters.
    pooling : str
        With it: ``last``, ``mean`` or ``eos``; the usual way without one.
    layer : int
        With it: which hidden state, 0 for what goes into the first layer; -1 for the last.
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
    embedding_prompt: str = ""
    changes: dict[str, str] = field(default_factory=dict)
    pooling: str = ""
    layer: int = -1

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
        require_precision(Precision(self.precision))
        corpus = workspace.corpus(self.corpus)
        record = EncoderStore(workspace).get(self.encoder)
        plans = self.plans(workspace, corpus, record)
        return next((plan for plan in plans if plan.state().n_rows), plans[0])

    def plans(self, workspace: Workspace, corpus: Corpus, record: EncoderRecord) -> list[EmbedPlan]:
        """Return what the choices may come down to, the first unless another has been begun.

        What the full engine has begun, it goes on with: vectors are never mixed.

        Raises
        ------
        LabError
            If something that is chosen does not fit.
        """
        rendering = self.rendering(workspace)
        modality = choose_modality(corpus, record, self.modality)
        options = EncodeOptions(
            prompt="" if rendering else self._prompt(record),
            precision=Precision(self.precision),
            modality=modality,
            rendering=rendering.side(Role.DOCUMENT, modality) if rendering else None,
        )
        usual = self._on_engine(record, options)
        full = replace(usual, engine=Engine.TORCH.value)
        has_choice = bool(record.prepared) and not self.engine and usual != full
        return [
            self._plan(workspace, corpus, item, options, rendering)
            for item in ([usual, full] if has_choice else [usual])
        ]

    def rendering(self, workspace: Workspace) -> TwoSidedRendering | None:
        """Return the embedding prompt that is chosen; ``None`` without one.

        Raises
        ------
        UsageError
            If there is none of that name, or what belongs to one is chosen without it.
        """
        if not self.embedding_prompt:
            if self.changes or self.pooling or self.layer != -1:
                raise UsageError(
                    "Texts, pooling and layer belong to an embedding prompt, and none is chosen.",
                    hint="The embedding prompt none is the bare chat form.",
                )
            return None
        if self.prompt or self.prompt_name:
            raise UsageError(
                "An embedding prompt says all that stands around a row; there can be no prompt "
                "beside it.",
                hint="Choose one of the two.",
            )
        found = EmbeddingPromptStore(workspace).get(self.embedding_prompt, self.changes)
        name = f"{self.embedding_prompt}, changed" if self.changes else self.embedding_prompt
        two_sided = TwoSidedRendering(name, found, self.pooling, self.layer)
        pooling_of(two_sided.side(Role.DOCUMENT, Modality.TEXT))
        return two_sided

    def _prompt(self, record: EncoderRecord) -> str:
        return resolve_prompt(
            record, prompt=self.prompt or None, prompt_name=self.prompt_name or None
        )

    def _on_engine(self, record: EncoderRecord, options: EncodeOptions) -> EncoderRecord:
        found = on_engine(record, self.engine, options.precision)
        if options.rendering is None:
            return found
        able = record_that_renders(found, options.rendering)
        if self.engine and able.engine != self.engine:
            raise UsageError(
                f"Only the full engine reads {record.name} with this embedding prompt.",
                hint="Leave the engine out.",
            )
        return able

    def _plan(
        self,
        workspace: Workspace,
        corpus: Corpus,
        record: EncoderRecord,
        options: EncodeOptions,
        rendering: TwoSidedRendering | None,
    ) -> EmbedPlan:
        mark = fingerprint(
            record,
            prompt=options.prompt,
            precision=options.precision,
            modality=options.modality,
            rendering=rendering.decisive if rendering else None,
        )
        return EmbedPlan(
            corpus=corpus,
            record=record,
            options=options,
            fingerprint=mark,
            folder=workspace.embeddings_folder / vector_set_key(corpus.id, mark),
            n_target=min(self.limit, corpus.n_rows) if self.limit else corpus.n_rows,
            encodes_empty=self.encodes_empty,
            rendering=rendering,
        )
