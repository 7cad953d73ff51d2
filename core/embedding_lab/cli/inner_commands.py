"""``embedding-lab prompts layers`` and ``attention``: what goes on inside a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.cli.answer import Answer, count, table
from embedding_lab.cli.embedding_prompt_commands import add_common, add_layer, add_rows
from embedding_lab.cli.parser import at_least

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group, Parser
    from embedding_lab.cli.session import Session


def add_to(group: Group) -> None:
    """Add the commands to the group ``prompts``."""
    told = "Compare the layers of a language model under an embedding prompt."
    layers = group.command("layers", told, _layers)
    _add_to(layers, 1000)
    layers.add_argument("-k", type=at_least(1), default=1, help="how many nearest say the label")
    told = "Measure which parts of an embedding prompt a language model looks at."
    attention = group.command("attention", told, _attention)
    _add_to(attention, 200)
    add_layer(attention)


def _add_to(command: Parser, sample: int) -> None:
    command.add_argument("corpus", metavar="CORPUS")
    command.add_argument("--preset", default="hierarchical", metavar="P", help="which prompt")
    add_rows(command, sample)
    add_common(command)


def _layers(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.bench_layers import BenchLayers

    result = session.perform(
        BenchLayers(
            arguments.corpus,
            arguments.encoder,
            side=arguments.side,
            pooling=arguments.pooling,
            k=arguments.k,
            filter=arguments.filter,
            sample=arguments.sample,
            seed=arguments.seed,
            modality=arguments.modality,
            preset=arguments.preset,
            changes=dict(arguments.values),
        )
    )
    titles = {
        "layer": "Layer",
        "knn": "Right",
        "recall_at_1": "R@1",
        "mean_cosine": "Mean cosine",
        "separation": "Separation",
    }
    shown = [name for name in titles if name in result["layers"][0]]
    rows = [tuple(layer[name] for name in shown) for layer in result["layers"]]
    heading = (
        f"{result['encoder']} on {result['corpus']}, embedding prompt {result['preset']}: "
        f"{count(result['n'], 'labelled row')}, {count(result['n_queries'], 'query', 'queries')}"
    )
    text = table([titles[name] for name in shown], rows, "")
    return Answer(result, f"{heading}\n\n{text}")


def _attention(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.measure_attention import MeasureAttention

    result = session.perform(
        MeasureAttention(
            arguments.corpus,
            arguments.encoder,
            preset=arguments.preset,
            changes=dict(arguments.values),
            side=arguments.side,
            pooling=arguments.pooling,
            layer=arguments.layer,
            modality=arguments.modality,
            filter=arguments.filter,
            sample=arguments.sample,
            seed=arguments.seed,
        )
    )
    rows = [
        (item["part"], item["tokens"], item["share"], *item["share_ci"], item["share_per_token"])
        for item in result["parts"]
    ]
    headers = ("Part", "Tokens", "Share", "95 % from", "to", "Share per token")
    heading = (
        f"{result['encoder']} on {count(result['n'], 'row')} of {result['corpus']}, embedding "
        f"prompt {result['preset']}, {result['side']} side, layer {result['layer']}"
    )
    return Answer(result, f"{heading}\n\n{table(headers, rows, '')}")
