"""``embedding-lab search`` and ``evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, one_line, table
from embedding_lab.cli.parser import at_least
from embedding_lab.cli.session import WrongUseError
from embedding_lab.search.highlight import highlight
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group, Parser
    from embedding_lab.cli.session import Session


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    search = commands.command("search", "Search an embedded corpus by meaning.", _search)
    add = search.add_argument
    add("corpus", metavar="CORPUS")
    add("query", metavar="QUERY", nargs="?", default="")
    add("--like", type=at_least(0), default=-1, metavar="ROW", help="rows like this one instead")
    add("--image", default="", metavar="FILE", help="rows like the picture in this file instead")
    modalities = [modality.value for modality in Modality]
    add("--modality", default="", choices=modalities, help="which vectors to look among")
    add("--encoder", default="", metavar="E", help="the one that embedded most without it")
    add("-k", type=at_least(1), default=10, help="how many results")
    add("--filter", default="", metavar="EXPR", help="""such as: label = "world" and year > 2001""")
    add("--prompt", default=None, metavar="TEXT", help="put before the query")
    _add_embedding_prompt(search)
    add("--save-as", default="", metavar="SUBSET", help="keep the rows found under this name")
    add("--to", default="", metavar="FILE", help="write the results as .csv, .tsv or .jsonl too")

    evaluate = commands.command("evaluate", "Measure an encoder on judged queries.", _evaluate)
    add = evaluate.add_argument
    add("--task", choices=["retrieval"], default="retrieval")
    add("--data", required=True, metavar="CORPUS", help="an embedded corpus with judgements")
    add("--encoder", default="starter", metavar="E")
    add("--split", default="", help="which judgements; test if there are some")
    add("-k", type=at_least(1), default=10, help="depth of the metrics")
    _add_embedding_prompt(evaluate)


def _add_embedding_prompt(command: Parser) -> None:
    which = command.add_mutually_exclusive_group()
    add = which.add_argument
    name = "embedding_prompt"
    add(
        "--embedding-prompt", metavar="P", help="look among vectors made with this embedding prompt"
    )
    without_help = "look among vectors made without one"
    add("--no-embedding-prompt", dest=name, action="store_const", const="", help=without_help)


def _search(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.export_rows import ExportRows
    from embedding_lab.workflows.search_corpus import SearchCorpus

    given = (arguments.query.strip(), arguments.like >= 0, arguments.image)
    if sum(map(bool, given)) != 1:
        raise WrongUseError(
            "Give a query, --like ROW or --image FILE: one of the three.",
            hint='Example: embedding-lab search news "rain"',
        )
    result = session.perform(
        SearchCorpus(
            arguments.corpus,
            arguments.query,
            like_row=arguments.like,
            encoder=arguments.encoder,
            k=arguments.k,
            filter=arguments.filter,
            prompt=arguments.prompt,
            image=str(Path(arguments.image).expanduser().absolute()) if arguments.image else "",
            modality=arguments.modality,
            embedding_prompt=arguments.embedding_prompt,
        )
    )
    if arguments.save_as:
        with session.open_to_write() as workspace:
            corpus = workspace.corpus(arguments.corpus)
            rows = [item["row"] for item in result["results"]]
            kept = corpus.subsets.save(arguments.save_as, rows, n_rows=corpus.n_rows)
        result = result | {"subset": kept.name}
    if arguments.to and result["results"]:
        export = ExportRows(
            arguments.corpus,
            str(Path(arguments.to).absolute()),
            rows=tuple(item["row"] for item in result["results"]),
            scores=tuple(item["score"] for item in result["results"]),
        )
        result = result | {"path": session.perform(export)["path"]}
    return Answer(result, _describe(result))


def _describe(result: dict[str, Any]) -> str:
    query = result["query"]
    rows = []
    for item in result["results"]:
        shown = highlight(item["text"], query, 120)
        snippet = one_line(item["text"][shown.start : shown.stop])
        title = f"{item['title']} · " if item.get("title") else ""
        rows.append((item["rank"], item["score"], str(item["row"]), item["id"], title + snippet))
    lines = [table(("Rank", "Score", "Row", "Id", "Text"), rows, "No row fits the filter.")]
    stale = result["stale"]
    if stale:
        lines.append(f"{count(stale, 'row')} of the corpus {_are(stale)} not embedded yet.")
    if result["warning"]:
        lines.append(f"Warning: {result['warning']}")
    if "subset" in result:
        lines.append(f"Kept these rows as the subset {result['subset']}.")
    if "path" in result:
        lines.append(f"Wrote the results to {result['path']}.")
    return "\n".join(lines)


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _evaluate(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.evaluate_retrieval import EvaluateRetrieval

    result = session.perform(
        EvaluateRetrieval(
            arguments.data,
            arguments.encoder,
            split=arguments.split,
            k=arguments.k,
            embedding_prompt=arguments.embedding_prompt,
        )
    )
    rows = [(name, metric["value"], *metric["ci"]) for name, metric in result["metrics"].items()]
    asked = result["embedding_prompt"]
    way = f" with the embedding prompt {asked}" if asked else ""
    heading = (
        f"{result['encoder']}{way} on {result['corpus']}, "
        f"{count(result['n'], 'query', 'queries')} of {result['split']}, "
        f"{result['n_documents']:,} documents"
    )
    text = table(("Metric", "Value", "95 % from", "to"), rows, "")
    return Answer(result, f"{heading}\n\n{text}")
