"""An embedding prompt as vectors keep it: what stands around the inputs of both sides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.embedding_prompts.hierarchical_prompt import HierarchicalPrompt
from embedding_lab.encoders.contract import EncodeOptions, Rendering
from embedding_lab.encoders.plain_rendering import record_that_renders
from embedding_lab.encoders.prompts import resolve_prompt
from embedding_lab.errors import UsageError
from embedding_lab.types import Modality, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.workspace.vector_set import VectorSetMeta


@dataclass(frozen=True)
class TwoSidedRendering:
    """How documents are read, and how the queries that are compared with them are.

    Attributes
    ----------
    name : str
        The embedding prompt, for a person.
    prompt : HierarchicalPrompt
        Its texts, for either side and modality.
    pooling, layer : str, int
        As in :class:`~embedding_lab.encoders.contract.Rendering`.
    """

    name: str
    prompt: HierarchicalPrompt
    pooling: str = ""
    layer: int = -1

    def side(self, role: Role, modality: Modality) -> Rendering:
        """Return the rendering of one side of a search."""
        return Rendering(self.prompt.turn(role, modality), self.pooling, self.layer)

    @property
    def decisive(self) -> dict[str, Any]:
        """What decides vectors, as a JSON object: all but the name.

        The texts of queries are among it although they change no document's vector: vectors belong
        to one way of asking, so that no query can be read in another.
        """
        return {"texts": asdict(self.prompt), "pooling": self.pooling, "layer": self.layer}

    def to_record(self) -> dict[str, Any]:
        """Return all of it as a JSON object."""
        return {"name": self.name} | self.decisive

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> TwoSidedRendering:
        """Return what :meth:`to_record` returned."""
        prompt = HierarchicalPrompt(**record["texts"])
        return cls(record["name"], prompt, record["pooling"], record["layer"])


def rendering_of(meta: VectorSetMeta) -> TwoSidedRendering | None:
    """Return the embedding prompt that vectors were made with; ``None`` without one."""
    return TwoSidedRendering.from_record(meta.rendering) if meta.rendering else None


@dataclass(frozen=True)
class QuerySide:
    """The encoder on the engine, and the options, with which queries are read."""

    record: EncoderRecord
    options: EncodeOptions


def query_side(
    record: EncoderRecord,
    meta: VectorSetMeta,
    *,
    prompt: str | None = None,
    modality: Modality = Modality.TEXT,
) -> QuerySide:
    """Return how queries must be read to be compared with vectors.

    Parameters
    ----------
    record : EncoderRecord
        The encoder of the vectors.
    meta : VectorSetMeta
        What the vectors are.
    prompt : str, optional
        Text put before each query; without it, the encoder's own for queries.
    modality : Modality, default text
        What the queries are. Nothing is put before pictures.

    Raises
    ------
    UsageError
        If a prompt is given and the vectors have an embedding prompt, which says all that stands
        around a query.
    """
    two_sided = rendering_of(meta)
    if two_sided is None:
        return plain_queries(record, prompt, modality)
    if prompt:
        raise UsageError(
            f"These vectors were made with the embedding prompt {two_sided.name}, which says all "
            "that stands around a query.",
            hint="Leave the prompt out.",
        )
    rendering = two_sided.side(Role.QUERY, modality)
    options = EncodeOptions(role=Role.QUERY, modality=modality, rendering=rendering)
    return QuerySide(record_that_renders(record, rendering), options)


def plain_queries(
    record: EncoderRecord, prompt: str | None = None, modality: Modality = Modality.TEXT
) -> QuerySide:
    """Return how queries are read for vectors without an embedding prompt."""
    is_text = modality is Modality.TEXT
    literal = resolve_prompt(record, prompt=prompt, role=Role.QUERY) if is_text else ""
    return QuerySide(record, EncodeOptions(literal, Role.QUERY, modality=modality))
