"""Reading pictures for Qwen's vision-language models without torchvision.

The library's processors for them build a video reader, which needs torchvision, before they look at
anything else. These leave the video reader out; pictures and texts are read as ever. Heavy: imports
transformers.
"""

from __future__ import annotations

import importlib.util
from typing import Any

from transformers import (
    AutoProcessor,
    Qwen2_5_VLConfig,
    Qwen2_5_VLProcessor,
    Qwen2VLConfig,
    Qwen2VLProcessor,
    Qwen3VLConfig,
    Qwen3VLProcessor,
)
from transformers.processing_utils import ProcessorMixin

TOKENS = {
    "image": "<|image_pad|>",
    "video": "<|video_pad|>",
    "vision_start": "<|vision_start|>",
    "vision_end": "<|vision_end|>",
}


class _WithoutVideos:
    """Takes the place of a processor's constructor, whose signature names its parts."""

    def __init__(
        self,
        image_processor: Any = None,
        tokenizer: Any = None,
        chat_template: str | None = None,
        **_: Any,
    ) -> None:
        for name, usual in TOKENS.items():
            token = getattr(tokenizer, f"{name}_token", None) or usual
            setattr(self, f"{name}_token", token)
            setattr(self, f"{name}_token_id", tokenizer.convert_tokens_to_ids(token))
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)


class PictureQwen2VLProcessor(_WithoutVideos, Qwen2VLProcessor):  # type: ignore[misc]
    """Qwen2-VL's processor for texts and pictures."""


class PictureQwen25VLProcessor(_WithoutVideos, Qwen2_5_VLProcessor):  # type: ignore[misc]
    """Qwen2.5-VL's processor for texts and pictures."""


class PictureQwen3VLProcessor(_WithoutVideos, Qwen3VLProcessor):  # type: ignore[misc]
    """Qwen3-VL's processor for texts and pictures."""


PROCESSORS = {
    Qwen2VLConfig: PictureQwen2VLProcessor,
    Qwen2_5_VLConfig: PictureQwen25VLProcessor,
    Qwen3VLConfig: PictureQwen3VLProcessor,
}


def register() -> None:
    """Let the library find these where torchvision is missing; with it, its own serve."""
    if importlib.util.find_spec("torchvision") is not None:
        return
    for config, processor in PROCESSORS.items():
        AutoProcessor.register(config, processor, exist_ok=True)
