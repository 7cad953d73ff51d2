"""Chat forms: the exact characters around a system text and a user's turn.

The strings are those that the models were trained with. They are put together here and not by a
tokenizer's chat template, which may add a system turn of its own where none is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedding_lab.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedding_lab.contracts import Turn

    # Renders chat messages by a tokenizer's own template, ready for the answer.
    Template = Callable[[Sequence[dict[str, str]]], str]

SYSTEM_MARK, USER_MARK = "SYSTEMTEXTGOESHERE", "USERTEXTGOESHERE"
IN_FRONT = "The model has no system role, so the system text stands in front of the user's text."
EMPTY_TURN = (
    "The chat template puts in a system text of its own where none is given; an empty system turn "
    "takes its place."
)
NO_CHAT = "The encoder has no chat form, so the system text is a prefix."


# What a part of a prompt is; the form is all that the chat form itself puts around the others.
SYSTEM, IMAGE, USER, FORM = "system", "image", "user", "form"


@dataclass(frozen=True)
class RenderedInput:
    """A prompt in three parts, of which only the ``content`` may be shortened.

    Attributes
    ----------
    head, content, tail : str
        The three parts.
    system, image : tuple of int
        Where in the head the system text and the place of the picture begin and end.
    n_suffix : int
        How many characters of the tail still belong to what the user says.
    """

    head: str
    content: str
    tail: str
    system: tuple[int, int] = (0, 0)
    image: tuple[int, int] = (0, 0)
    n_suffix: int = 0

    @property
    def text(self) -> str:
        """The whole prompt."""
        return f"{self.head}{self.content}{self.tail}"

    def part_at(self, place: int) -> str:
        """Return which part of the prompt a character belongs to."""
        if self.system[0] <= place < self.system[1]:
            return SYSTEM
        if self.image[0] <= place < self.image[1]:
            return IMAGE
        end = len(self.head) + len(self.content) + self.n_suffix
        return USER if len(self.head) <= place < end else FORM


@dataclass(frozen=True)
class ChatFormat:
    """What stands between the parts of a prompt.

    Attributes
    ----------
    name : str
        For a person.
    user_open : str
        Before the user's content where there is no system text.
    user_close : str
        Behind it; ends where the answer would begin.
    system_open, system_close : str
        Before the system text, and between it and the user's content.
    image : str
        Stands for a picture; empty if the form knows none.
    note : str
        What is unusual about how the system text is told.
    is_chat : bool
        Whether the encoder has a chat form at all.
    """

    name: str
    user_open: str
    user_close: str
    system_open: str
    system_close: str
    image: str = ""
    note: str = ""
    is_chat: bool = True

    def render(self, turn: Turn, content: str, *, has_image: bool = False) -> RenderedInput:
        """Return the prompt for an input; a picture stands first, its text on the next line.

        Raises
        ------
        EncoderError
            If there is a picture and the form knows none.
        """
        head, system = self.user_open, (0, 0)
        if turn.system:
            head = f"{self.system_open}{turn.system}{self.system_close}"
            system = (len(self.system_open), len(self.system_open) + len(turn.system))
        image = (len(head), len(head))
        if has_image:
            if not self.image:
                raise EncoderError(f"The chat form of {self.name} has no place for a picture.")
            image = (len(head), len(head) + len(self.image))
            head += f"{self.image}\n" if content else self.image
        tail = f"{turn.suffix}{self.user_close}"
        return RenderedInput(head, content, tail, system, image, len(turn.suffix))


CHAT_ML = ChatFormat(
    name="ChatML",
    user_open="<|im_start|>user\n",
    user_close="<|im_end|>\n<|im_start|>assistant\n",
    system_open="<|im_start|>system\n",
    system_close="<|im_end|>\n<|im_start|>user\n",
)
QWEN_VL = ChatFormat(
    name="Qwen-VL",
    user_open=CHAT_ML.user_open,
    user_close=CHAT_ML.user_close,
    system_open=CHAT_ML.system_open,
    system_close=CHAT_ML.system_close,
    image="<|image_pad|>",
)
LLAVA_MISTRAL = ChatFormat(
    name="LLaVA-NeXT (Mistral)",
    user_open="[INST] ",
    user_close=" [/INST]",
    system_open="[INST] ",
    system_close="\n",
    image="<image>",
    note=IN_FRONT,
)
PHI3_VISION = ChatFormat(
    name="Phi-3-Vision",
    user_open="<|user|>\n",
    user_close="<|end|>\n<|assistant|>\n",
    system_open="<|system|>\n",
    system_close="<|end|>\n<|user|>\n",
    image="<|image_1|>",
)
PLAIN = ChatFormat(
    name="plain text",
    user_open="",
    user_close="",
    system_open="",
    system_close="\n",
    note=NO_CHAT,
    is_chat=False,
)
BY_ARCHITECTURE = {
    "qwen2_vl": QWEN_VL,
    "qwen2_5_vl": QWEN_VL,
    "qwen3_vl": QWEN_VL,
    "llava_next": LLAVA_MISTRAL,
    "phi3_v": PHI3_VISION,
}


def chat_format(architecture: str, template: str, render: Template) -> ChatFormat:
    """Return the chat form of an encoder.

    Parameters
    ----------
    architecture : str
        The ``model_type`` of its configuration.
    template : str
        Its chat template; empty without one.
    render : callable
        Renders messages by that template; may raise for messages it does not take.
    """
    if architecture in BY_ARCHITECTURE:
        return BY_ARCHITECTURE[architecture]
    if not template:
        return PLAIN
    if all(mark in template for mark in ("<|im_start|>", "<|im_end|>")):
        return CHAT_ML
    return _read_off(render)


def _read_off(render: Template) -> ChatFormat:
    """Return the form that a template gives two marks, without a system text of its own."""
    alone = render([{"role": "user", "content": USER_MARK}])
    user_open, user_close = _around(alone, USER_MARK)
    system = {"role": "system", "content": SYSTEM_MARK}
    together = _rendered(render, [system, {"role": "user", "content": USER_MARK}])
    if SYSTEM_MARK not in together:
        return ChatFormat("its chat template", user_open, user_close, user_open, "\n", "", IN_FRONT)
    system_open, rest = _around(together, SYSTEM_MARK)
    system_close, user_close = _around(rest, USER_MARK)
    is_default = user_open.startswith(system_open) and user_open.endswith(system_close)
    if is_default and len(user_open) > len(system_open) + len(system_close):
        user_open = f"{system_open}{system_close}"
        return ChatFormat(
            "its chat template", user_open, user_close, system_open, system_close, "", EMPTY_TURN
        )
    return ChatFormat("its chat template", user_open, user_close, system_open, system_close)


def _rendered(render: Template, messages: Sequence[dict[str, str]]) -> str:
    """Return rendered messages, or nothing where the template refuses them."""
    try:
        return render(messages)
    except Exception:  # noqa: BLE001 - templates raise whatever their library has
        return ""


def _around(text: str, mark: str) -> tuple[str, str]:
    before, found, after = text.partition(mark)
    if not found:
        raise EncoderError("The encoder's chat template leaves out what the user says.")
    return before, after
