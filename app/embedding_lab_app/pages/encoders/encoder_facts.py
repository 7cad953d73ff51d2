"""What there is to say of an encoder, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.encoders.record import ONNX, SENTENCE_TRANSFORMERS
from embedding_lab.encoders.starter import STARTER
from embedding_lab.types import Engine
from embedding_lab_app.widgets.wording import count, size

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord

KINDS = {SENTENCE_TRANSFORMERS: "sentence-transformers folder", ONNX: "ONNX file"}
MODALITY_TITLES = {"text": "texts", "image": "pictures", "image+text": "pictures with a text"}
ENGINES = {"torch": "full (torch)", "onnx": "fast (onnxruntime)"}
POOLING_TITLES = {
    "mean": "mean of the tokens",
    "cls": "first token (CLS)",
    "lasttoken": "last token",
    "max": "maximum over the tokens",
    "weightedmean": "mean weighted by position",
    "mean_sqrt_len_tokens": "sum over the square root of the length",
}


def pooling_title(pooling: str) -> str:
    """Return ``mean of the tokens`` for ``mean``; several poolings are joined."""
    names = [POOLING_TITLES.get(name, name) for name in pooling.split("+") if name]
    return ", then ".join(names) if names else "none"


def line_facts(record: EncoderRecord) -> str:
    """Return what the list says below the name."""
    engine = "fast engine" if record.engine == Engine.ONNX else "full engine"
    return f"{engine} · {count(record.dimension, 'dimension')}"


def facts(record: EncoderRecord) -> list[tuple[str, str]]:
    """Return names and values for the card; what the folder does not say is left out."""
    length = count(record.max_length, "token") if record.max_length else "no limit"
    prompts = [
        (f"Prompt “{name}”", f"“{text}”" if text else "empty")
        for name, text in record.prompts.items()
    ]
    default = record.default_prompt_name
    partner = record.text_encoder
    pairs = [
        ("Takes", ", ".join(MODALITY_TITLES[name] for name in record.modalities)),
        ("Texts by", partner.name if partner else ""),
        ("Dimensions", f"{record.dimension:,}"),
        ("Maximum length", length if "text" in record.modalities else ""),
        ("Pooling", pooling_title(record.pooling) if record.pooling else "by the encoder itself"),
        ("Normalized", "by the encoder itself" if record.is_normalized else "by the program"),
        ("Similarity", record.similarity),
        *prompts,
        ("Default prompt", f"“{default}”" if default else ""),
        ("Languages", ", ".join(record.languages)),
        ("Licence", record.licence or "not said"),
        ("Parameters", f"{record.n_parameters:,}" if record.n_parameters else ""),
        ("Size", f"{size(record.n_bytes)} in {count(len(record.files), 'file')}"),
        ("Kind", KINDS.get(record.kind, "Hugging Face folder")),
        ("Own code", _own_code(record)),
        ("Engine", ENGINES[record.engine]),
        ("File", record.model_file),
        ("Origin", "" if record.origin == "folder" else record.origin),
        ("Folder", record.folder if record.id != STARTER else ""),
        ("Fingerprint", record.fingerprint[:16]),
    ]
    return [(name, value) for name, value in pairs if value]


def file_facts(record: EncoderRecord) -> list[tuple[str, str]]:
    """Return names and sizes of the files."""
    return [(name, size(n_bytes)) for name, n_bytes in record.files]


def _own_code(record: EncoderRecord) -> str:
    names = ", ".join(name for name, _ in record.code_files)
    if not names:
        return ""
    return f"{names}: " + ("waits for your consent" if record.needs_consent else "runs, as agreed")
