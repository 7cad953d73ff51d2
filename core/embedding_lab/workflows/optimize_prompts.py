"""Searching prompts with a few labelled rows, judged on the rows the search has not seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from embedding_lab.errors import UsageError
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.prompt_optimizers.optimize import optimize
from embedding_lab.prompt_optimizers.problem import LabelledPrompts
from embedding_lab.prompts.held_out import (
    HeldOut,
    compared_with_baselines,
    draw_examples,
    warnings_about,
)
from embedding_lab.prompts.own_prompts import PromptSetStore
from embedding_lab.prompts.own_scale import own_scale
from embedding_lab.prompts.prompt_set import new_prompt_set_folder, write_prompt_set
from embedding_lab.prompts.scoring import class_texts
from embedding_lab.registry.registry import Registry
from embedding_lab.workflows.labelled_choices import LabelledChoices
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.prompt_optimizers.optimize import Optimization, Step
    from embedding_lab.registry.card import Card
    from embedding_lab.registry.parameter import Value
    from embedding_lab.workflows.labelled_choices import LabelledRows

FAMILY = "prompt_optimizers"


@dataclass(frozen=True)
class OptimizePrompts(LabelledChoices, Job[Workspace]):
    """Search the templates and descriptions that classify a few labelled rows best.

    All other labelled rows judge what was found, beside four baselines that need no search. After
    every step the best set so far is told as a partial result.

    Attributes
    ----------
    method : str
        The id of a prompt optimizer; see the methods of the family ``prompt_optimizers``.
    parameters : dict
        Its parameters by name; those left out have the defaults of the method's card, except
        ``scale``, which is the encoder's own, and ``seed``, which is that of the job.
    shots : int
        So many examples of each class, at most half of what it has.
    to : str
        A folder to write the found prompt set to; nothing is written without one.
    save : str
        Keep it in the workspace under this name; nothing is kept without one.
    """

    method: str = "proapo"
    parameters: dict[str, Any] = field(default_factory=dict)
    shots: int = 16
    to: str = ""
    save: str = ""
    lane: ClassVar[Lane] = Lane.COMPUTE
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Optimizing prompts on {self.corpus}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Encode what is new, search, and return what was found and how good it is."""
        card = self._require_method()
        if self.to:
            new_prompt_set_folder(self.to)
        store = PromptSetStore(ctx.workspace)
        if self.save:
            store.require_unused(self.save)
        rows = self.labelled_rows(ctx)
        values = self._values(card, rows.record)
        examples, others = draw_examples(rows.items.true, self.shots, self.seed)
        problem = _problem(ctx, rows, examples)
        found = optimize(problem, card.create(**values), lambda step: _tell(ctx, step), ctx.check)
        ctx.progress(0, len(others), "Judging on the other rows…", unit="items")
        held_out = HeldOut(rows.items.vectors, others, rows.items.true[others], ctx.check)
        weights = problem.class_weights(found.best)
        comparison = compared_with_baselines(problem, weights, held_out, self.seed)
        result = rows.facts | comparison | _explained(found, rows)
        result |= {
            "method": card.id,
            "method_title": card.title,
            "parameters": values,
            "shots": self.shots,
            "n_examples": len(examples),
            "example_rows": rows.items.rows[examples].tolist(),
            "train": asdict(found.fitness),
            "held_out_log_likelihood": held_out.log_likelihood(weights, float(values["scale"])),
            "warnings": warnings_about(comparison),
        }
        for warning in result["warnings"]:
            ctx.log(warning, level="warning")
        folder = str(write_prompt_set(result["prompt_set"], self.to)) if self.to else ""
        saved = store.save(self.save, result["prompt_set"]) if self.save else ""
        return result | {"folder": folder, "saved": saved}

    def _require_method(self) -> Card:
        if self.shots < 1:
            raise UsageError("There must be at least one example of each class to search on.")
        card = Registry().get(self.method)
        if card.family != FAMILY:
            raise UsageError(
                f"{card.title} does not search prompts.",
                hint="`embedding-lab methods list --family prompt_optimizers` names what does.",
            )
        card.values(**self.parameters)
        return card

    def _values(self, card: Card, record: EncoderRecord) -> dict[str, Value]:
        """Return all parameters of the method: chosen, from encoder and job, and defaults."""
        suited = {"scale": own_scale(record)[0], "seed": self.seed}
        known = {parameter.name for parameter in card.parameters}
        return card.values(
            **{name: value for name, value in suited.items() if name in known} | self.parameters
        )


def _problem(
    ctx: JobContext[Workspace], rows: LabelledRows, examples: NDArray[np.int64]
) -> LabelledPrompts:
    ctx.progress(0, 0, "Encoding class texts…")
    vectors = rows.encode(ctx, class_texts(rows.classes, rows.templates))
    n_filled = len(rows.templates) * len(rows.classes)
    return LabelledPrompts(
        templates=vectors[:n_filled].reshape(len(rows.templates), len(rows.classes), -1),
        items=rows.items.vectors[examples],
        labels=rows.items.true[examples],
        descriptions=vectors[n_filled:],
        owners=np.array([owner for owner, _ in _descriptions(rows)], dtype=np.int64),
    )


def _descriptions(rows: LabelledRows) -> list[tuple[int, str]]:
    """Return the class and the text of each description, in the order of their vectors."""
    return [(owner, text) for owner, item in enumerate(rows.classes) for text in item.descriptions]


def _tell(ctx: JobContext[Workspace], step: Step) -> None:
    ctx.partial(asdict(step))
    ctx.progress(
        step.number,
        step.total,
        step.stage,
        unit="steps",
        score=step.score,
        accuracy=step.accuracy,
        log_likelihood=step.log_likelihood,
    )


def _explained(found: Optimization, rows: LabelledRows) -> dict[str, Any]:
    """Return what was found, prompt by prompt, and as a prompt set."""
    described = _descriptions(rows)
    templates = [
        {
            "template": template,
            "is_chosen": number in found.best.templates,
            "gain": None if np.isnan(gain) else float(gain),
        }
        for number, (template, gain) in enumerate(
            zip(rows.templates, found.template_gains, strict=True)
        )
    ]
    descriptions = [
        {
            "label": rows.classes[owner].label,
            "description": text,
            "is_chosen": number in found.best.descriptions,
            "is_harmful": number in found.harmful,
            "gain": float(gain),
        }
        for number, ((owner, text), gain) in enumerate(
            zip(described, found.description_gains, strict=True)
        )
    ]
    kept = {number: described[number] for number in sorted(found.best.descriptions)}
    classes = [
        replace(item, descriptions=tuple(text for at, text in kept.values() if at == owner))
        for owner, item in enumerate(rows.classes)
    ]
    return {
        "templates": templates,
        "descriptions": descriptions,
        "harmful": [item["description"] for item in descriptions if item["is_harmful"]],
        "prompt_set": {
            "classes": [item.to_record() for item in classes],
            "templates": [item["template"] for item in templates if item["is_chosen"]],
        },
        "history": [asdict(step) for step in found.history],
        "n_evaluated": found.n_evaluated,
        "classes_without_examples": [
            rows.classes[number].label for number in found.classes_without_examples
        ],
    }
