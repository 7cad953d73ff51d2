"""The part of the Python door that tests prompts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedding_lab.embedding_prompts.hierarchical_prompt import HierarchicalPrompt
    from embedding_lab.jobs.job import Job
    from embedding_lab.prompts.experiments import Experiment
    from embedding_lab.prompts.patterns import Pattern
    from embedding_lab.workspace.workspace import Workspace


class PromptStudy(ABC):
    """Methods of :class:`~embedding_lab.study.Study` about prompts."""

    workspace: Workspace

    @abstractmethod
    def run(self, job: Job[Workspace]) -> dict[str, Any]:
        """Run a job and return its result."""

    def score_prompts(
        self,
        corpus: str,
        encoder: str = "starter",
        *,
        classes: str | Path | Sequence[Any] = (),
        templates: str | Path | Sequence[str] = ("{}",),
        **choices: Any,
    ) -> dict[str, Any]:
        """Test zero-shot prompts on the labelled rows of a corpus.

        ``classes`` is a file, ``"@python-library"`` for a bundled list, or a sequence; the labels
        of the corpus without any. ``templates`` is a file, ``"@news"`` for a bundled set, or a
        sequence. ``choices`` are further fields of
        :class:`~embedding_lab.workflows.score_prompts.ScorePrompts`: ``filter``, ``sample``,
        ``pool``, ``shots``, ``scale``, ``searches``, ``save``...
        """
        from embedding_lab.prompts.choices import classes_named, templates_named
        from embedding_lab.workflows.score_prompts import ScorePrompts

        return self.run(
            ScorePrompts(
                corpus,
                encoder,
                classes=classes_named(classes),
                templates=templates_named(templates),
                **choices,
            )
        )

    def optimize_prompts(
        self,
        corpus: str,
        encoder: str = "starter",
        *,
        classes: str | Path | Sequence[Any] = (),
        templates: str | Path | Sequence[str] = ("{}",),
        **choices: Any,
    ) -> dict[str, Any]:
        """Search prompts with a few labelled rows, judged on all others.

        ``classes`` and ``templates`` are named as in :meth:`score_prompts`. ``choices`` are further
        fields of :class:`~embedding_lab.workflows.optimize_prompts.OptimizePrompts`: ``method``,
        ``parameters``, ``shots``, ``to``, ``save``... What was found is the ``prompt_set`` of the
        result, whose
        ``classes`` and ``templates`` :meth:`score_prompts` takes.
        """
        from embedding_lab.prompts.choices import classes_named, templates_named
        from embedding_lab.workflows.optimize_prompts import OptimizePrompts

        return self.run(
            OptimizePrompts(
                corpus,
                encoder,
                classes=classes_named(classes),
                templates=templates_named(templates),
                **choices,
            )
        )

    def compare_prompts(self, first: str, second: str, mode: str = "mean") -> dict[str, Any]:
        """Compare two saved prompt tests item by item: the second with the first.

        ``mode`` says by what: ``mean``, ``vote``, ``calibrated``, ``examples`` or ``mixed``.
        """
        from embedding_lab.workflows.compare_prompts import ComparePrompts

        return self.run(ComparePrompts(first, second, mode))

    def compare_instructions(
        self, corpus: str, encoder: str = "starter", *queries: str, **choices: Any
    ) -> dict[str, Any]:
        """Compare instructions put before the queries by nDCG, each with the first.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.compare_instructions.CompareInstructions`: ``documents``,
        ``split``, ``k``, ``save``.
        """
        from embedding_lab.workflows.compare_instructions import CompareInstructions

        return self.run(CompareInstructions(corpus, encoder, queries, **choices))

    def render_prompt(self, encoder: str, text: str = "", **choices: Any) -> dict[str, Any]:
        """Show the embedding prompt around a text, its tokens, and which of them is pooled.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.render_prompt.RenderPrompt`: ``preset``, ``changes``,
        ``side``, ``has_image``, ``pooling``.
        """
        from embedding_lab.workflows.render_prompt import RenderPrompt

        return self.run(RenderPrompt(encoder, text, **choices))

    def bench_prompts(
        self, corpus: str, encoder: str = "starter", **choices: Any
    ) -> dict[str, Any]:
        """Compare embedding prompts on labelled rows and judged queries, each with the first.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.bench_prompts.BenchPrompts`: ``presets``, ``changes``,
        ``pooling``, ``layer``, ``k``, ``sample``...
        """
        from embedding_lab.workflows.bench_prompts import BenchPrompts

        return self.run(BenchPrompts(corpus, encoder, **choices))

    def prompt_sets(self) -> list[str]:
        """Return the names of the saved prompt sets."""
        from embedding_lab.prompts.own_prompts import PromptSetStore

        return PromptSetStore(self.workspace).names()

    def prompt_set(self, name: str) -> dict[str, Any]:
        """Return the ``classes`` and ``templates`` of a saved prompt set.

        They are what :meth:`score_prompts` takes: ``ws.score_prompts(corpus, **ws.prompt_set(n))``.
        """
        from embedding_lab.prompts.own_prompts import PromptSetStore

        return PromptSetStore(self.workspace).get(name)

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the prompt patterns: those of the workspace, then those of the program."""
        from embedding_lab.prompts.own_prompts import PatternStore

        return PatternStore(self.workspace).list()

    def experiments_table(self, *names: str, form: str = "latex") -> str:
        """Return saved experiments as a table: ``latex``, ``markdown``, ``tsv`` or ``json``."""
        from embedding_lab.prompts.tables import experiments_table

        return experiments_table([self.experiment(name) for name in names], form)

    def bench_layers(self, corpus: str, encoder: str, **choices: Any) -> dict[str, Any]:
        """Compare the vectors of every layer of a language model under one embedding prompt.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.bench_layers.BenchLayers`: ``preset``, ``changes``,
        ``pooling``, ``k``, ``sample``...
        """
        from embedding_lab.workflows.bench_layers import BenchLayers

        return self.run(BenchLayers(corpus, encoder, **choices))

    def measure_attention(self, corpus: str, encoder: str, **choices: Any) -> dict[str, Any]:
        """Measure which parts of an embedding prompt a language model looks at.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.measure_attention.MeasureAttention`: ``preset``,
        ``changes``, ``side``, ``layer``, ``sample``...
        """
        from embedding_lab.workflows.measure_attention import MeasureAttention

        return self.run(MeasureAttention(corpus, encoder, **choices))

    def embedding_prompts(self) -> dict[str, HierarchicalPrompt]:
        """Return the presets and the workspace's own embedding prompts by name."""
        from embedding_lab.embedding_prompts.store import EmbeddingPromptStore

        return EmbeddingPromptStore(self.workspace).all()

    def save_embedding_prompt(
        self, name: str, preset: str = "none", **texts: str
    ) -> HierarchicalPrompt:
        """Keep an embedding prompt in the workspace: another one with some texts changed."""
        from embedding_lab.embedding_prompts.store import EmbeddingPromptStore

        store = EmbeddingPromptStore(self.workspace)
        prompt = store.get(preset, texts)
        store.save(name, prompt)
        return prompt

    def delete_embedding_prompt(self, name: str) -> None:
        """Move an embedding prompt of the workspace's own to the trash."""
        from embedding_lab.embedding_prompts.store import EmbeddingPromptStore

        EmbeddingPromptStore(self.workspace).delete(name)

    def experiments(self) -> list[Experiment]:
        """Return the saved experiments, oldest first."""
        from embedding_lab.prompts.experiments import ExperimentStore

        return ExperimentStore(self.workspace).list()

    def experiment(self, name: str) -> Experiment:
        """Return the saved experiment with this name or id."""
        from embedding_lab.prompts.experiments import ExperimentStore

        return ExperimentStore(self.workspace).get(name)
