"""Encoders of pictures on the full engine: CLIP, SigLIP, language models that see, ViT.

Heavy: imports torch; reached only through ``pool.load``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.contract import DEFAULT_OPTIONS, EncodeOptions, PreparedPicture
from embedding_lab.encoders.raw_texts import without_tokens
from embedding_lab.encoders.torch_text import TextEncoder
from embedding_lab.errors import EncoderError
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from embedding_lab.encoders.contract import Picture, Prepared, TokenizedText

# These were trained on texts filled up to the full length, and see the filling.
FULL_LENGTH_TEXTS = ("siglip", "siglip2")
USUAL_PATCH = 16
USUAL_SIZE = 224


class ImageTextEncoder(TextEncoder):
    """An encoder of pictures, and of texts in the same space where it has a tower for them."""

    def tokenize(
        self, texts: Sequence[str], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[TokenizedText]:
        """Cut texts into tokens.

        Raises
        ------
        EncoderError
            If the encoder reads pictures only.
        """
        if Modality.TEXT not in self.record.modalities:
            raise EncoderError(
                f"The encoder {self.record.name} takes pictures only.",
                hint="Choose an image-text encoder such as CLIP or SigLIP.",
            )
        return super().tokenize(texts, options)

    def prepare_pictures(
        self, pictures: Sequence[Picture], options: EncodeOptions = DEFAULT_OPTIONS
    ) -> list[PreparedPicture]:
        """Return pictures with the number of patches each will be cut into.

        Raises
        ------
        EncoderError
            If a text stands beside them and the encoder cannot read both at once.
        """
        if options.modality not in self.record.modalities:
            raise EncoderError(
                f"The encoder {self.record.name} cannot read {options.modality}.",
                hint=f"It reads {', '.join(self.record.modalities)}.",
            )
        return [
            PreparedPicture(self._n_patches(picture.image), picture=picture) for picture in pictures
        ]

    def features(self, batch: Sequence[Prepared], options: EncodeOptions) -> dict[str, Any]:
        """Return what the library's model takes of a prepared batch, by name."""
        if options.modality is Modality.TEXT:
            return super().features(batch, options)
        pictures = [item.picture for item in batch if isinstance(item, PreparedPicture)]
        inputs = [self._as_library_input(picture, options) for picture in pictures if picture]
        return self._library_features(inputs, options)

    def _preprocess(
        self, texts: Sequence[str], options: EncodeOptions, **choices: Any
    ) -> dict[str, Any]:
        return super()._preprocess([self._harmless(text) for text in texts], options, **choices)

    @property
    def picture_tokens(self) -> tuple[str, ...]:
        """The tokens that stand for a picture or a film in a text."""
        processor = self._model[0].processor
        names = ("image_token", "video_token")
        return tuple(filter(None, (getattr(processor, name, None) for name in names)))

    def _harmless(self, text: str) -> str:
        return without_tokens(text, self.picture_tokens)

    def _as_library_input(self, picture: Picture, options: EncodeOptions) -> dict[str, Any]:
        if options.modality is Modality.IMAGE:
            return {"image": picture.image}
        return {"image": picture.image, "text": self._harmless(picture.text)}

    def _library_choices(self) -> dict[str, Any]:
        if self._architecture() in FULL_LENGTH_TEXTS:
            return {"text": {"padding": "max_length", "max_length": self.max_length}}
        return {}

    def _architecture(self) -> str:
        return str(getattr(self._model[0].model.config, "model_type", ""))

    def _n_patches(self, image: Image) -> int:
        """Return about how many patches a picture is cut into, which is what it costs."""
        vision = getattr(self._model[0].model.config, "vision_config", None)
        patch = int(getattr(vision, "patch_size", USUAL_PATCH))
        size = getattr(vision, "image_size", None)
        if size:
            return max(1, (int(size) // patch) ** 2)
        return max(1, (image.width // patch) * (image.height // patch))
