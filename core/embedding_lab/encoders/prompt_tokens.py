"""Prompts as tokens: rendered in a chat form, and shortened where they are too long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from embedding_lab.encoders.contract import EOS, LAST, POOLINGS
from embedding_lab.encoders.raw_texts import without_tokens
from embedding_lab.errors import EncoderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.embedding_prompts.chat_format import ChatFormat, RenderedInput
    from embedding_lab.encoders.contract import Rendering


@dataclass(frozen=True)
class PromptTokens:
    """A prompt that fits.

    Attributes
    ----------
    text : str
        All of it, as it was cut into tokens.
    ids : list of int
        The tokens.
    tail : int
        The first token behind the content, where something was cut out if something was.
    parts : list of str
        Which part of the prompt each token begins in: ``system``, ``image``, ``user`` or ``form``.
    content : str
        What is left of the text it stands around.
    n_cut : int
        How many characters of that were left out.
    """

    text: str
    ids: list[int]
    tail: int
    parts: list[str]
    content: str
    n_cut: int


class PromptTokenizer:
    """Puts prompts around texts and cuts them into tokens; may be shared between threads.

    Parameters
    ----------
    definition : str
        The tokenizer as JSON.
    chat : ChatFormat
        What stands between the parts of a prompt.
    special : sequence of str
        Tokens that are only letters where a text holds their names.
    eos_id : int or None
        The end-of-text token.
    max_length : int
        Tokens that fit; 0 for no limit.
    name : str
        The encoder, for error messages.
    """

    def __init__(
        self,
        definition: str,
        chat: ChatFormat,
        special: Sequence[str],
        eos_id: int | None,
        max_length: int,
        name: str,
    ) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_str(definition)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.format = chat
        self._special = tuple(special)
        self._eos_id = eos_id
        self._max_length = max_length
        self._name = name
        self._before, self._after = self._special_around()

    def names(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens as text, each by itself."""
        return [
            self._tokenizer.decode([number], skip_special_tokens=False)
            or str(self._tokenizer.id_to_token(number))
            for number in ids
        ]

    def render(
        self, content: str, rendering: Rendering, *, has_image: bool = False
    ) -> RenderedInput:
        """Return the prompt around a text; names of special tokens in it are only letters."""
        harmless = without_tokens(content, self._special) if self.format.is_chat else content
        return self.format.render(rendering.turn, harmless, has_image=has_image)

    def fitted(
        self, content: str, rendering: Rendering, *, has_image: bool = False, room: int = 0
    ) -> PromptTokens:
        """Return the prompt around a text, which is shortened at its end until all fits.

        Parameters
        ----------
        content : str
            The text.
        rendering : Rendering
            What stands around it.
        has_image : bool, default False
            Whether a picture stands before it.
        room : int, default 0
            Tokens to leave free.

        Raises
        ------
        EncoderError
            If the prompt alone is too long.
        """
        rendered = self.render(content, rendering, has_image=has_image)
        whole = len(rendered.content)
        while True:
            ids, places = self._ids(rendered, rendering)
            over = len(ids) + room - self._max_length if self._max_length else 0
            first, last = len(rendered.head), len(rendered.head) + len(rendered.content)
            if over <= 0:
                n_cut = whole - len(rendered.content)
                parts = [rendered.part_at(begin) for begin, _ in places]
                tail = sum(begin < last for begin, _ in places)
                return PromptTokens(rendered.text, ids, tail, parts, rendered.content, n_cut)
            inside = [begin for begin, end in places if first <= begin and end <= last]
            if not rendered.content:
                raise EncoderError(
                    f"The prompt alone takes {len(ids) + room:,} tokens, but {self._name} takes "
                    f"only {self._max_length:,}.",
                    hint="Shorten its system text or its suffix.",
                )
            end = inside[-over] - len(rendered.head) if over < len(inside) else 0
            # Characters of several tokens, and tokens across an edge, may not shorten anything.
            end = max(0, min(end, len(rendered.content) - 1))
            rendered = replace(rendered, content=rendered.content[:end])

    def _ids(
        self, rendered: RenderedInput, rendering: Rendering
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """Return all tokens, and where in the prompt each begins and ends.

        Those that the tokenizer adds stand at -1 before it and at its end behind it.
        """
        encoding = self._tokenizer.encode(rendered.text, add_special_tokens=False)
        end = len(rendered.text)
        ids = [*encoding.ids, *self._after]
        places = list(encoding.offsets)
        if ids[: len(self._before)] != self._before:
            ids = [*self._before, *ids]
            places = [(-1, -1)] * len(self._before) + places
        if pooling_of(rendering) == EOS:
            ids += self._end_of_text(ids)
        return ids, places + [(end, end)] * (len(ids) - len(places))

    def _special_around(self) -> tuple[list[int], list[int]]:
        """Return what the tokenizer puts around a text; behind a chat form nothing belongs."""
        encoding = self._tokenizer.encode("a")
        pairs = list(zip(encoding.ids, encoding.special_tokens_mask, strict=True))
        n_before = next((at for at, (_, mark) in enumerate(pairs) if not mark), len(pairs))
        after = [number for number, mark in pairs[n_before:] if mark]
        return [number for number, _ in pairs[:n_before]], [] if self.format.is_chat else after

    def _end_of_text(self, ids: list[int]) -> list[int]:
        if self._eos_id is None:
            raise EncoderError(
                f"The tokenizer of {self._name} has no end-of-text token to pool.",
                hint="Choose last or mean.",
            )
        return [] if ids and ids[-1] == self._eos_id else [self._eos_id]


def pooling_of(rendering: Rendering) -> str:
    """Return which way of pooling a rendering means for an encoder with a chat form.

    Raises
    ------
    UsageError
        If there is no such way.
    """
    pooling = rendering.pooling or LAST
    if pooling not in POOLINGS:
        raise UsageError(
            f"There is no pooling {pooling} of prompts.", hint=f"Choose {', '.join(POOLINGS)}."
        )
    return pooling
