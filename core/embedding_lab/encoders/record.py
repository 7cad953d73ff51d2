"""What is known of an encoder without loading it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from embedding_lab.types import Engine, Modality

SENTENCE_TRANSFORMERS = "sentence-transformers"
TRANSFORMERS = "transformers"
ONNX = "onnx"


@dataclass(frozen=True)
class EncoderRecord:
    """One encoder as its folder describes it.

    Attributes
    ----------
    id, name : str
        The id never changes; the name is the user's.
    folder : str
        Where its files lie; they are used in place.
    kind : str
        ``sentence-transformers`` (has ``modules.json``), ``transformers`` (has not), or ``onnx``.
    dimension : int
        Length of its vectors.
    max_length : int
        Tokens it takes of a text; 0 for no limit.
    pooling : str
        How token vectors become one: ``mean``, ``cls``, ``lasttoken``...; empty where nothing is
        pooled.
    is_normalized : bool
        Whether the folder itself normalizes; the vectors always come out normalized.
    similarity : str
        The similarity its makers recommend.
    prompts : dict
        Prompts by name, as the folder or the user gave them.
    default_prompt_name : str
        The prompt that is used when none is named; empty for none.
    licence : str
        As its card says; empty if it does not say.
    n_bytes : int
        Size of all its files.
    files : tuple
        ``(name, bytes)`` of every file.
    n_parameters : int
        From the weights' headers.
    languages : tuple
        As its card says.
    origin : str
        Where it came from, for a person.
    added : float
        Seconds since the epoch.
    warnings : tuple
        Plain sentences worth showing.
    fingerprint : str
        SHA-256 over the names and contents of all files that decide its vectors.
    engine : str
        What computes its vectors: ``torch`` or ``onnx``.
    modalities : tuple
        What it takes: ``text``, ``image``, ``image+text``.
    model_file : str
        The ONNX file among its files; empty for other kinds.
    text_encoder : EncoderRecord, optional
        For a picture encoder, the encoder whose vectors of texts lie in the same space.
    code_files : tuple
        ``(name, bytes)`` of the program files that run when it is opened; empty if none need to.
    code_digest : str
        SHA-256 over their names and contents; empty if there are none.
    trusted_code : str
        The digest of the program files the user agreed to; empty if to none.
    prepared : str
        The folder of its proven ONNX files, which the fast engine computes with; empty if it has
        not been prepared.
    """

    id: str
    name: str
    folder: str
    kind: str
    dimension: int
    max_length: int
    pooling: str
    is_normalized: bool
    fingerprint: str
    similarity: str = "cosine"
    prompts: dict[str, str] = field(default_factory=dict)
    default_prompt_name: str = ""
    licence: str = ""
    n_bytes: int = 0
    files: tuple[tuple[str, int], ...] = ()
    n_parameters: int = 0
    languages: tuple[str, ...] = ()
    origin: str = ""
    added: float = 0.0
    warnings: tuple[str, ...] = ()
    engine: str = Engine.TORCH.value
    modalities: tuple[str, ...] = (Modality.TEXT.value,)
    model_file: str = ""
    text_encoder: EncoderRecord | None = None
    code_files: tuple[tuple[str, int], ...] = ()
    code_digest: str = ""
    trusted_code: str = ""
    prepared: str = ""

    @property
    def needs_consent(self) -> bool:
        """Whether program code would run to which the user has not agreed."""
        return self.code_digest != self.trusted_code and bool(self.code_digest)

    def to_record(self) -> dict[str, Any]:
        """Return the encoder as a JSON object."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> EncoderRecord:
        """Make an encoder from what :meth:`to_record` returned; unknown fields are ignored."""
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in record.items() if name in known}
        for name in ("files", "code_files"):
            values[name] = tuple((file, size) for file, size in values.get(name, ()))
        for name in ("languages", "warnings", "modalities"):
            if name in values:
                values[name] = tuple(values[name])
        partner = values.get("text_encoder")
        values["text_encoder"] = cls.from_record(partner) if partner else None
        return cls(**values)
