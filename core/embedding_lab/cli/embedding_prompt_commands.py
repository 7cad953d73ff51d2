"""``embedding-lab prompts render`` and ``bench``: prompts that make language models encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, table
from embedding_lab.cli.parser import add_values, at_least
from embedding_lab.embedding_prompts.presets import PRESETS
from embedding_lab.encoders.contract import POOLINGS
from embedding_lab.types import Modality, Role

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group, Parser
    from embedding_lab.cli.session import Session

PREVIEW_TOKENS = 400


def add_to(group: Group) -> None:
    """Add the commands to the group ``prompts``."""
    render = group.command("render", "Show the prompt that an encoder reads.", _render)
    add = render.add_argument
    add("--text", default="", metavar="TEXT", help="the input")
    add("--preset", default="hierarchical", metavar="P", help="which embedding prompt")
    add("--image", action="store_true", help="show it for an input with a picture")
    add_common(render)
    bench = group.command("bench", "Compare embedding prompts on labelled rows.", _bench)
    add = bench.add_argument
    add("corpus", metavar="CORPUS")
    presets_help = "which ones; all are compared with the first"
    add("--presets", nargs="+", default=list(PRESETS), metavar="P", help=presets_help)
    add_layer(bench)
    add_rows(bench, 1000)
    add("-k", type=at_least(1), default=1, help="how many nearest rows say the label")
    add_common(bench)


def add_rows(command: Parser, sample: int) -> None:
    """Add the flags for which rows are read, and what of them."""
    add = command.add_argument
    modalities = [modality.value for modality in Modality]
    add("--modality", default="", choices=modalities, help="what to read of a row")
    add("--filter", default="", metavar="EXPR", help="which rows, such as: year > 2001")
    sample_help = "at most so many; 0 for all"
    add("--sample", type=at_least(0), default=sample, metavar="N", help=sample_help)
    add("--seed", type=at_least(0), default=0, metavar="N")


def add_common(command: Parser) -> None:
    """Add the flags for an encoder and how it reads a prompt."""
    add = command.add_argument
    add("--encoder", default="starter", metavar="E")
    sides = [role.value for role in Role]
    add("--side", default=sides[0], choices=sides, help="on which side of a search texts stand")
    add_texts(command)
    add_pooling(command)


def add_texts(command: Parser) -> None:
    """Add the flag for texts that differ from a preset."""
    add_values(command, "a text of your own, such as query_system=…", "NAME=TEXT")


def add_pooling(command: Parser) -> None:
    """Add the flag for how hidden states become a vector."""
    command.add_argument(
        "--pooling", default="", choices=POOLINGS, help="which tokens become the vector"
    )


def add_layer(command: Parser) -> None:
    """Add the flag for which hidden state becomes a vector."""
    command.add_argument(
        "--layer", type=int, default=-1, metavar="N", help="hidden state, -1 for the last"
    )


def _render(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.render_prompt import RenderPrompt

    result = session.perform(
        RenderPrompt(
            arguments.encoder,
            arguments.text,
            preset=arguments.preset,
            changes=dict(arguments.values),
            side=arguments.side,
            has_image=arguments.image,
            pooling=arguments.pooling,
        )
    )
    place = result["pooled_index"]
    shown = result["tokens"][-PREVIEW_TOKENS:]
    first = len(result["tokens"]) - len(shown)
    marked = [
        f"[[{token!r}]]" if at == place else repr(token) for at, token in enumerate(shown, first)
    ]
    facts = {
        "chat form": result["chat_form"],
        "tokens": result["n_tokens"],
        "pooling": result["pooling"],
        "pooled token": "all" if place is None else place,
        "cut": count(len(result["cut"]), "character") if result["cut"] else "",
        "note": result["note"],
    }
    return Answer(result, f"{result['rendered']}\n\n{' '.join(marked)}\n\n{details(facts)}")


def _bench(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.bench_prompts import BenchPrompts

    result = session.perform(
        BenchPrompts(
            arguments.corpus,
            arguments.encoder,
            presets=tuple(arguments.presets),
            changes=dict(arguments.values),
            side=arguments.side,
            pooling=arguments.pooling,
            layer=arguments.layer,
            k=arguments.k,
            filter=arguments.filter,
            sample=arguments.sample,
            seed=arguments.seed,
            modality=arguments.modality,
        )
    )
    return Answer(result, _describe(result))


def _describe(result: dict[str, Any]) -> str:
    first = result["prompts"][0]["name"]
    parts = [f"{result['encoder']} on {result['corpus']}"]
    if result["n"]:
        headers = (
            "Prompt", "Right", "95 % from", "to", "Mean cosine", "Separation", "p",
            f"Against {first}",
        )  # fmt: skip
        rows = [
            (
                it["name"],
                it["knn"],
                *it["knn_ci"],
                it["mean_cosine"],
                it["separation"],
                it.get("knn_p_value"),
                it.get("knn_verdict", ""),
            )
            for it in result["prompts"]
        ]
        told = (
            f"{count(result['n'], 'labelled row')}, {count(len(result['labels']), 'label')}; "
            "right where the nearest rows have the label"
        )
        parts += [told, table(headers, rows, "")]
    if result["n_queries"]:
        rows = [
            (
                it["name"],
                it["recall_at_1"],
                *it["recall_at_1_ci"],
                it.get("recall_at_1_p_value"),
                it.get("recall_at_1_verdict", ""),
            )
            for it in result["prompts"]
        ]
        told = (
            f"{count(result['n_queries'], 'query', 'queries')} among "
            f"{count(result['n_documents'], 'document')}"
        )
        parts += [
            told,
            table(("Prompt", "R@1", "95 % from", "to", "p", f"Against {first}"), rows, ""),
        ]
    return "\n\n".join(parts)
