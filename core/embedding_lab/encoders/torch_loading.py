"""Loading an encoder's folder into the full engine. Heavy: imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tqdm import tqdm

from embedding_lab.backends import n_threads
from embedding_lab.encoders.record import TRANSFORMERS
from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord


def load_model(record: EncoderRecord) -> SentenceTransformer:
    """Load an encoder's files, in float32, safetensors only, running none of its own code.

    Raises
    ------
    EncoderError
        If the libraries cannot make an encoder of the folder.
    """
    torch.set_num_threads(n_threads())
    # Nobody sees their progress bars, which would keep a thread running for good.
    tqdm.monitor_interval = 0
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    try:
        model = SentenceTransformer(
            record.folder,
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": torch.float32, "use_safetensors": True},
        )
    except Exception as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise EncoderError(
            f"The encoder {record.name} could not be loaded from {record.folder}: {first_line}.",
            hint="Its files may be damaged or made for another version; download it again.",
        ) from error
    _apply_choices(model, record)
    # Some modules keep the number format of their file, whatever they are asked.
    return model.float().eval()


def _apply_choices(model: SentenceTransformer, record: EncoderRecord) -> None:
    """Set what the record says and the folder may not: pooling and maximum length."""
    if record.kind == TRANSFORMERS and len(model) > 1 and isinstance(model[1], Pooling):
        model[1] = Pooling(model[1].embedding_dimension, record.pooling)
    if record.max_length and model.max_seq_length:
        model.max_seq_length = record.max_length
