"""What a user decides about an encoder where its folder leaves it open, or beside what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.record import ONNX, TRANSFORMERS
from embedding_lab.errors import EncoderError, did_you_mean

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord

POOLINGS = ("mean", "cls", "lasttoken", "max", "weightedmean", "mean_sqrt_len_tokens")


def can_choose_pooling(record: EncoderRecord) -> bool:
    """Whether an encoder pools its tokens but does not say how."""
    return record.kind in {TRANSFORMERS, ONNX} and bool(record.pooling)


def saved_choices(
    pooling: str = "",
    max_length: int = 0,
    prompts: dict[str, str] | None = None,
    text_encoder: str = "",
) -> dict[str, Any]:
    """Return choices as an encoder's record file keeps them; empty ones leave it to the folder.

    ``text_encoder`` is the id of the encoder of texts that one of pictures was made for.
    """
    return {
        "pooling": pooling,
        "max_length": max_length,
        "prompts": prompts or {},
        "text_encoder": text_encoder,
    }


def with_choices(record: EncoderRecord, choices: dict[str, Any]) -> EncoderRecord:
    """Return what a folder says of an encoder, with a pooling, maximum length and prompts chosen.

    Raises
    ------
    EncoderError
        If a choice does not fit the encoder.
    """
    pooling, max_length = choices["pooling"], choices["max_length"]
    if pooling and pooling != record.pooling:
        if not can_choose_pooling(record):
            raise EncoderError(
                f"The encoder in {record.folder} pools its tokens itself"
                + (f" ({record.pooling})." if record.pooling else "."),
                hint="Leave the pooling out.",
            )
        if pooling not in POOLINGS:
            raise EncoderError(
                f"There is no pooling named {pooling}.",
                hint=did_you_mean(pooling, POOLINGS, "Poolings"),
            )
    if max_length < 0 or 0 < record.max_length < max_length:
        raise EncoderError(
            f"The encoder in {record.folder} takes at most {record.max_length:,} tokens, "
            f"not {max_length:,}.",
            hint="Choose a smaller maximum length.",
        )
    return replace(
        record,
        pooling=pooling or record.pooling,
        max_length=max_length or record.max_length,
        prompts=record.prompts | choices["prompts"],
        warnings=tuple(w for w in record.warnings if not (pooling and "is assumed" in w)),
    )
