"""Choosing the prompt that is put before a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.errors import UsageError, did_you_mean
from embedding_lab.types import Role

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord

# The names under which encoders keep the prompt of each role, in the library's own order.
NAMES_BY_ROLE = {Role.QUERY: ("query",), Role.DOCUMENT: ("document", "passage", "corpus")}


def resolve_prompt(
    record: EncoderRecord,
    *,
    prompt: str | None = None,
    prompt_name: str | None = None,
    role: Role | None = None,
) -> str:
    """Return the literal prompt: the one given, the one named, the role's, or the default one.

    Raises
    ------
    UsageError
        If the encoder has no prompt of that name.
    """
    if prompt is not None:
        return prompt
    if prompt_name:
        if prompt_name not in record.prompts:
            raise UsageError(
                f"The encoder {record.name} has no prompt named {prompt_name}.",
                hint=did_you_mean(prompt_name, record.prompts, "Its prompts"),
            )
        return record.prompts[prompt_name]
    for name in NAMES_BY_ROLE.get(role, ()) if role is not None else ():
        if name in record.prompts:
            return record.prompts[name]
    return record.prompts.get(record.default_prompt_name, "")


def missing_prompt_warning(record: EncoderRecord, prompt: str) -> str:
    """Return a sentence if the encoder asks for prompts and documents get none; else nothing."""
    names = [name for names in NAMES_BY_ROLE.values() for name in names]
    asked = [name for name in names if record.prompts.get(name)]
    if prompt or not asked:
        return ""
    return (
        f"The encoder {record.name} asks for prompts ({', '.join(asked)}), but none is set; "
        "its search results may be poorer."
    )
