"""``embedding-lab embed`` and ``vectors``: making embeddings and taking them away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, megabytes
from embedding_lab.cli.embedding_prompt_commands import add_layer, add_pooling, add_texts
from embedding_lab.cli.parser import at_least
from embedding_lab.types import Engine, Modality, Precision

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    embed = commands.command("embed", "Encode the rows of a corpus that have no vector.", _embed)
    add = embed.add_argument
    add("corpus", metavar="CORPUS")
    add("--encoder", default="starter", metavar="E")
    prompt = embed.add_mutually_exclusive_group()
    prompt.add_argument("--prompt", default="", metavar="TEXT", help="text put before every row")
    prompt.add_argument("--prompt-name", default="", metavar="P", help="one of the encoder's own")
    embedding_help = (
        "read rows, and later queries, with this embedding prompt, such as hierarchical"
    )
    prompt.add_argument("--embedding-prompt", default="", metavar="P", help=embedding_help)
    add_texts(embed)
    add_pooling(embed)
    add_layer(embed)
    precisions = [precision.value for precision in Precision]
    add("--precision", default="fp32", choices=precisions, help="what to compute in")
    engines = [engine.value for engine in Engine]
    add("--engine", default="", choices=engines, help="what computes; the fast one if it can")
    add("--limit", type=at_least(1), default=0, metavar="N", help="only the first N rows")
    modalities = [modality.value for modality in Modality]
    add("--modality", default="", choices=modalities, help="what to encode of a row")
    estimate_help = "tell what it would take, and encode nothing"
    add("--estimate", action="store_true", help=estimate_help)
    add("--encode-empty", action="store_true", help="encode empty rows as the empty string")

    group = commands.group("vectors", "Take embeddings away.")
    export = group.command("export", "Write vectors in the corpus's row order.", _export)
    export.add_argument("corpus", metavar="CORPUS")
    export.add_argument("--encoder", default="starter", metavar="E")
    export.add_argument("--to", required=True, metavar="FILE", help="the .npy file to write")
    export.add_argument("--ids-to", default="", metavar="FILE", help="a .txt file for the ids")


def _embed(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.embed_corpus import EmbedCorpus
    from embedding_lab.workflows.estimate_embedding import EstimateEmbedding

    choices = {
        "prompt": arguments.prompt,
        "prompt_name": arguments.prompt_name,
        "precision": arguments.precision,
        "engine": arguments.engine,
        "limit": arguments.limit,
        "encodes_empty": arguments.encode_empty,
        "modality": arguments.modality,
        "embedding_prompt": arguments.embedding_prompt,
        "changes": dict(arguments.values),
        "pooling": arguments.pooling,
        "layer": arguments.layer,
    }
    if arguments.estimate:
        job = EstimateEmbedding(arguments.corpus, arguments.encoder, **choices)
        estimate = session.perform(job)
        return Answer(estimate, _describe_estimate(estimate))
    result = session.perform(EmbedCorpus(arguments.corpus, arguments.encoder, **choices))
    return Answer(result, _describe(result))


def _describe_estimate(estimate: dict[str, Any]) -> str:
    facts = {
        "rows": estimate["rows"],
        "rows/s": round(estimate["rows_per_second"] or 0) or None,
        "on the disk": megabytes(estimate["bytes_on_disk"]),
        "memory": megabytes(estimate["peak_memory_bytes"]),
    }
    return f"{estimate['sentence']}\n\n{details(facts)}"


def _describe(result: dict[str, Any]) -> str:
    whole = f"{count(result['rows'], 'row')} of {result['corpus']} have a vector"
    if not result["new_rows"]:
        return f"Nothing to do: {whole} from {result['encoder']} already."
    asked = result["embedding_prompt"]
    way = f", read with the embedding prompt {asked}" if asked else ""
    truncated = f", {result['truncated']:,} of them truncated" if result["truncated"] else ""
    return (
        f"Embedded {count(result['new_rows'], 'row')} at {result['rows_per_second']:,.0f} rows/s. "
        f"Now {whole} of {result['dim']:,} dimensions from {result['encoder']}{way}{truncated}."
        + _describe_agreement(result)
    )


def _describe_agreement(result: dict[str, Any]) -> str:
    measured = result.get("agreement")
    return f" Smallest cosine to fp32: {measured['min_cosine']:.6f}." if measured else ""


def _export(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.export_vectors import ExportVectors

    result = session.perform(
        ExportVectors(
            arguments.corpus,
            arguments.encoder,
            to=str(Path(arguments.to).absolute()),
            ids_to=str(Path(arguments.ids_to).absolute()) if arguments.ids_to else "",
        )
    )
    text = (
        f"Wrote {count(result['rows'], 'vector')} of {result['dim']:,} dimensions to "
        f"{result['path']}."
    )
    if result["missing"]:
        text += f" {count(result['missing'], 'row')} without a vector became NaN."
    return Answer(result, text)
