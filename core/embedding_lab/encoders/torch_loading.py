"""Loading an encoder's folder into the full engine. Heavy: imports torch."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tqdm import tqdm

from embedding_lab.backends import n_threads
from embedding_lab.encoders.consent import may_run_code
from embedding_lab.encoders.record import TRANSFORMERS
from embedding_lab.errors import EncoderError
from embedding_lab.settings import load_settings
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from embedding_lab.encoders.record import EncoderRecord


def load_model(record: EncoderRecord) -> SentenceTransformer:
    """Load an encoder's files, in float32, safetensors only.

    Code of its own runs only if it is exactly what the user agreed to.

    Raises
    ------
    CodeConsentError
        If it needs code of its own that the user has not agreed to as it is now.
    EncoderError
        If the libraries cannot make an encoder of the folder.
    """
    runs_code = may_run_code(record)
    torch.set_num_threads(n_threads())
    # Nobody sees their progress bars, which would keep a thread running for good.
    tqdm.monitor_interval = 0
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    if Modality.IMAGE_TEXT in record.modalities:
        from embedding_lab.encoders.torch_qwen_vl import register

        register()
    try:
        with _own_code_loading(record) if runs_code else nullcontext():
            model = SentenceTransformer(
                record.folder,
                device=compute_device(),
                local_files_only=True,
                trust_remote_code=runs_code,
                model_kwargs={"dtype": torch.float32, "use_safetensors": True},
            )
    except Exception as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise EncoderError(
            f"The encoder {record.name} could not be loaded from {record.folder}: {first_line}.",
            hint="Its files may be damaged or made for another version; download it again.",
        ) from error
    _apply_choices(model, record)
    # The card and the model hold each other, and the collector is told to leave them alone: an
    # encoder that is unloaded would keep its memory for good.
    model.model_card_data.model = None
    # Some modules keep the number format of their file, whatever they are asked.
    return model.float().eval()


def compute_device() -> str:
    """Return the device the user's setting stands for.

    Raises
    ------
    EncoderError
        If the machine has no such device, or the library cannot use it.
    """
    wanted = load_settings().device
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wanted == "auto":
        return next(name for name, is_there in available.items() if is_there)
    if not available[wanted]:
        raise EncoderError(
            f"This machine offers no {wanted.upper()} device that can be used.",
            hint="Choose another device under Settings; auto takes the best there is.",
        )
    return wanted


def _own_code_loading(record: EncoderRecord) -> AbstractContextManager[None]:
    from embedding_lab.encoders.torch_own_code import own_code_loading

    return own_code_loading(record)


def _apply_choices(model: SentenceTransformer, record: EncoderRecord) -> None:
    """Set what the record says and the folder may not: pooling and maximum length."""
    if record.kind == TRANSFORMERS and len(model) > 1 and isinstance(model[1], Pooling):
        model[1] = Pooling(model[1].embedding_dimension, record.pooling)
    if record.max_length and model.max_seq_length:
        model.max_seq_length = record.max_length
