"""``encoder.json``: what an exported ONNX encoder says of itself beside its graph."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import EncoderError
from embedding_lab.storage import read_json

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS_NAME = "encoder.json"
PROOF_NAME = "proof.json"
FORMAT = "embedding-lab-onnx"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class OnnxSettings:
    """How an exported encoder is to be used, and what it was made of.

    Attributes
    ----------
    name : str
        What the encoder it was exported from was called.
    source_fingerprint : str
        SHA-256 over the files of that encoder which decide its vectors.
    dimension : int
        Length of its vectors.
    text_file, picture_file : str
        The ONNX file of each modality; empty where it does not take that.
    max_length : int
        Tokens it takes of a text, special ones included; 0 for no limit.
    padded_to : int
        Tokens every text is filled up to; 0 to fill a batch up to its longest.
    truncation_side, padding_side : str
        ``right`` or ``left``: where texts are cut off, and where rows are filled up.
    pad_id : int
        The token rows are filled up with.
    text_before, text_after : str
        What stands around every text, as the encoder's chat template has it.
    prompt_before, prompt_after : str
        What stands around a prompt; the text follows. Without a prompt, ``text_before`` does.
    takes_prompts : bool
        Whether prompts can be put in so at all.
    split_tokens : tuple of str
        Tokens that would stand for a picture; in a text they are split, so that they do not.
    pooling : str
        How its graph pools tokens, for a person: the graph does it.
    normalization : str
        ``l2``: the graph scales every vector to length 1.
    similarity, prompts, default_prompt_name, licence, languages
        As of the encoder it was exported from.
    precision : str
        Number format or recipe of its weights, such as ``fp32`` or ``int8``.
    opset : int
        Version of the ONNX operators it uses.
    """

    name: str
    source_fingerprint: str
    dimension: int
    text_file: str = ""
    picture_file: str = ""
    max_length: int = 0
    padded_to: int = 0
    truncation_side: str = "right"
    padding_side: str = "right"
    pad_id: int = 0
    text_before: str = ""
    text_after: str = ""
    prompt_before: str = ""
    prompt_after: str = ""
    takes_prompts: bool = True
    split_tokens: tuple[str, ...] = ()
    pooling: str = ""
    normalization: str = "l2"
    similarity: str = "cosine"
    prompts: dict[str, str] = field(default_factory=dict)
    default_prompt_name: str = ""
    licence: str = ""
    languages: tuple[str, ...] = ()
    precision: str = "fp32"
    opset: int = 0

    def to_record(self) -> dict[str, Any]:
        """Return the settings as a JSON object."""
        return {"format": FORMAT, "version": FORMAT_VERSION} | asdict(self)


def read_onnx_settings(folder: Path) -> OnnxSettings | None:
    """Return the settings in a folder; ``None`` if there are none of this kind.

    Raises
    ------
    EncoderError
        If the file is damaged or was written by a newer version of the program.
    """
    path = folder / SETTINGS_NAME
    if not path.is_file():
        return None
    value = read_json(path)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        return None
    if int(value.get("version", 0)) > FORMAT_VERSION:
        raise EncoderError(
            f"The file {path} was written by a newer version of this program.",
            hint="Update the program, or export the encoder again with this version.",
        )
    known = {item.name for item in fields(OnnxSettings)}
    try:
        values = {name: item for name, item in value.items() if name in known}
        lists = {name: tuple(values.get(name, ())) for name in ("languages", "split_tokens")}
        return OnnxSettings(**values | lists)
    except TypeError as error:
        raise EncoderError(
            f"The file {path} is damaged: it lacks what it must say of the encoder.",
            hint="Export the encoder again.",
        ) from error
