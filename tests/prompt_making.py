"""A made-up zero-shot problem with known good and bad prompts, for tests of prompt optimizers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from embedding_lab.prompt_optimizers.problem import LabelledPrompts, normalized


@dataclass(frozen=True)
class MadeUp:
    """How the problem is made; the defaults are those of the synthetic trial."""

    n_super: int = 3
    n_per_super: int = 4
    n_templates: int = 20
    n_descriptions: int = 12
    n_shots: int = 4
    n_test: int = 40
    dimension: int = 48
    within: float = 0.75
    item_noise: float = 1.4
    text_bias: float = 1.2
    template_noise: tuple[float, float] = (0.4, 1.2)
    description_noise: tuple[float, float] = (1.5, 0.2)


def make_problem(
    seed: int, made_up: MadeUp = MadeUp()
) -> tuple[LabelledPrompts, np.ndarray, np.ndarray]:
    """Return a problem, test items and their classes.

    Classes come in super-classes whose members resemble each other. Templates differ in how far
    they blur the class; half of a class's descriptions point at a sibling instead.
    """
    rng = np.random.default_rng(seed)

    def noise(*shape: int) -> np.ndarray:
        return rng.normal(size=(*shape, made_up.dimension)) / np.sqrt(made_up.dimension)

    def unit(vectors: np.ndarray) -> np.ndarray:
        return normalized(vectors.astype(np.float32))

    n_classes = made_up.n_super * made_up.n_per_super
    centres = unit(
        np.repeat(noise(made_up.n_super), made_up.n_per_super, axis=0)
        + made_up.within * noise(n_classes)
    )

    def items(n_each: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.repeat(np.arange(n_classes), n_each)
        return unit(centres[labels] + made_up.item_noise * noise(len(labels))), labels

    blur = rng.uniform(*made_up.template_noise, size=made_up.n_templates)
    biased = centres + made_up.text_bias * noise(n_classes)
    templates = unit(biased + blur[:, None, None] * noise(made_up.n_templates, n_classes))
    owners = np.repeat(np.arange(n_classes), made_up.n_descriptions)
    told = owners.copy()
    wrong = np.arange(len(owners)) % made_up.n_descriptions >= made_up.n_descriptions // 2
    first = owners - owners % made_up.n_per_super
    told[wrong] = (first + (owners - first + 1) % made_up.n_per_super)[wrong]
    blur = np.where(wrong, made_up.description_noise[1], made_up.description_noise[0])
    descriptions = unit(centres[told] + blur[:, None] * noise(len(told)))
    shots, shot_labels = items(made_up.n_shots)
    test, test_labels = items(made_up.n_test)
    problem = LabelledPrompts(templates, shots, shot_labels, descriptions, owners)
    return problem, test, test_labels
