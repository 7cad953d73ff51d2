"""Prompt patterns: documented techniques that can be filled in, each with its use for encoders."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import InputError, UsageError, did_you_mean
from embedding_lab.prompts.marks import marks_in, render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEEDS = ("generator", "encoder", "labels", "retriever", "tool")
SLOT_KINDS = ("text", "class", "list", "example", "document")
COMBINES = ("first", "vote", "mean", "best")
EMBEDDING_USES = (
    "ensemble",
    "vote",
    "few_shot_mix",
    "calibrate",
    "decompose",
    "retrieve_then_ask",
    "rewrite_query",
    "search_templates",
    "none",
)
# What only a program that writes text, or runs tools, can do.
BEYOND_ENCODERS = ("generator", "tool")


@dataclass(frozen=True)
class Slot:
    """One thing to fill in. ``kind`` tells what goes there; ``default`` stands in if optional."""

    name: str
    kind: str
    required: bool = True
    default: str = ""
    help: str = ""


@dataclass(frozen=True)
class Step:
    """One prompt of several; its answer fills ``output_slot`` of the later ones."""

    template: str
    output_slot: str
    repeat: int = 1
    combine: str = "first"


@dataclass(frozen=True)
class Pattern:
    """One prompting technique.

    Attributes
    ----------
    id, title, area, year, idea, limits, source
        What it is, and the paper it comes from.
    needs : tuple of str
        What it takes: ``generator``, ``encoder``, ``labels``, ``retriever``, ``tool``.
    slots : tuple of Slot
        What is filled in.
    template : str
        The prompt, with marks; empty where there are steps.
    steps : tuple of Step
        Prompts one after another; empty where there is a template.
    embedding_use : str
        What it becomes with an encoder.
    cost : int
        Calls for each item, roughly.
    """

    id: str
    title: str
    area: str
    year: int
    idea: str
    needs: tuple[str, ...]
    slots: tuple[Slot, ...]
    embedding_use: str
    cost: int
    limits: str
    source: str
    template: str = ""
    steps: tuple[Step, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """Return the pattern as a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class RenderedStep:
    """One prompt ready to be copied; ``output_slot`` is where its answer goes, if anywhere."""

    text: str
    output_slot: str = ""
    repeat: int = 1
    combine: str = "first"


def render_pattern(pattern: Pattern, values: Mapping[str, str]) -> list[RenderedStep]:
    """Return the prompts of a pattern with all slots filled, in their order.

    The answer of an earlier step is not known yet: ``[answer: name]`` stands for it, unless
    ``values`` has it.

    Raises
    ------
    UsageError
        If a required slot has no value, or a value has no slot; the sentence names it.
    """
    outputs = {step.output_slot for step in pattern.steps}
    known = {slot.name for slot in pattern.slots} | outputs
    for name in values:
        if name not in known:
            raise UsageError(
                f"The pattern {pattern.id} has no slot named {name}.",
                hint=did_you_mean(name, sorted(known), "Its slots"),
            )
    filled = {name: f"[answer: {name}]" for name in outputs}
    filled |= {slot.name: slot.default for slot in pattern.slots if not slot.required}
    filled |= dict(values)
    missing = [slot for slot in pattern.slots if slot.name not in filled]
    if missing:
        raise UsageError(
            f"The slot {missing[0].name} of the pattern {pattern.id} is not filled.",
            hint=missing[0].help or f"Give a value for {missing[0].name}.",
        )
    if pattern.template:
        return [RenderedStep(render(pattern.template, filled))]
    return [
        RenderedStep(render(step.template, filled), step.output_slot, step.repeat, step.combine)
        for step in pattern.steps
    ]


def require_encoder_use(pattern: Pattern) -> None:
    """Raise a :class:`UsageError` that gives the reason if an encoder alone cannot do a pattern."""
    beyond = [need for need in pattern.needs if need in BEYOND_ENCODERS]
    if beyond or pattern.embedding_use == "none":
        told = " and a ".join(beyond) or "generator"
        raise UsageError(
            f"{pattern.title} needs a {told}; an encoder writes nothing.",
            hint="Copy its text and use it with a language model.",
        )


def patterns_from(records: Sequence[Any], where: str) -> tuple[Pattern, ...]:
    """Make patterns of JSON objects; fields that are not known are ignored.

    Parameters
    ----------
    records : sequence
        What :meth:`Pattern.to_record` returns.
    where : str
        The file they are from, for the sentence.

    Raises
    ------
    InputError
        If one of them is not whole, or two have one id.
    """
    found: dict[str, Pattern] = {}
    for number, record in enumerate(records, 1):
        try:
            pattern = _pattern(record)
            _validate(pattern)
        except (KeyError, TypeError, ValueError) as error:
            told = f"has no {error}" if isinstance(error, KeyError) else f"is not one: {error}"
            raise InputError(f"Pattern {number} of {where} {told}.") from error
        except UsageError as error:
            raise InputError(
                f"Pattern {number} of {where}: {error.message}", hint=error.hint
            ) from error
        if pattern.id in found:
            raise InputError(f"Two patterns of {where} have the id {pattern.id}.")
        found[pattern.id] = pattern
    return tuple(found.values())


def _pattern(record: Any) -> Pattern:
    if not isinstance(record, dict):
        raise TypeError("an object was expected")
    known = {item.name for item in fields(Pattern)}
    values = {name: value for name, value in record.items() if name in known}
    for name in ("id", "title", "area", "idea", "limits", "source", "embedding_use"):
        if not isinstance(record[name], str) or not record[name].strip():
            raise ValueError(f"{name} is empty or no text")
    values["needs"] = tuple(record["needs"])
    values["slots"] = tuple(_of(Slot, item) for item in record["slots"])
    values["steps"] = tuple(_of(Step, item) for item in record.get("steps", ()))
    values["year"], values["cost"] = int(record["year"]), int(record["cost"])
    return Pattern(**values)


def _of(kind: type[Any], record: Mapping[str, Any]) -> Any:
    known = {item.name for item in fields(kind)}
    return kind(**{name: value for name, value in record.items() if name in known})


def _validate(pattern: Pattern) -> None:
    _require_among(pattern.needs, NEEDS, "need")
    _require_among([pattern.embedding_use], EMBEDDING_USES, "use with an encoder")
    _require_among([slot.kind for slot in pattern.slots], SLOT_KINDS, "kind of slot")
    _require_among([step.combine for step in pattern.steps], COMBINES, "way to combine answers")
    if bool(pattern.template) == bool(pattern.steps):
        raise UsageError(f"{pattern.id} must have either a template or steps.")
    names = [slot.name for slot in pattern.slots]
    if len(set(names)) < len(names):
        raise UsageError(f"Two slots of {pattern.id} have one name.")
    if pattern.cost < 1 or any(step.repeat < 1 for step in pattern.steps):
        raise UsageError(f"{pattern.id} must take at least one call.")
    known, used = set(names), set()
    texts = [(pattern.template, "")] if pattern.template else []
    for text, output in [*texts, *((step.template, step.output_slot) for step in pattern.steps)]:
        for mark in marks_in(text):
            if mark not in known:
                raise UsageError(f"The mark {mark} of {pattern.id} has no slot.")
            used.add(mark)
        known.add(output)
    unused = [slot.name for slot in pattern.slots if slot.required and slot.name not in used]
    if unused:
        raise UsageError(f"The required slot {unused[0]} of {pattern.id} occurs in no template.")


def _require_among(values: Sequence[str], known: Sequence[str], what: str) -> None:
    for value in values:
        if value not in known:
            raise UsageError(f"There is no {what} named {value}; there are {', '.join(known)}.")
