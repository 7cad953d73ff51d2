"""``embedding-lab negatives``: mining hard negatives, and the tables of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, moment, shorten, table
from embedding_lab.cli.parser import add_values, at_least

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session

HEADERS = ("Negatives", "Near the anchor", "Query near", "False negatives", "", "Coverage")
NAMES = {"random": "random pairs"}
TEXT_WIDTH = 60


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("negatives", "Mine hard negatives to train with.")
    _add_mine(group)
    listed = group.command("list", "List the tables of negatives.", _list)
    listed.add_argument("--corpus", default="", metavar="CORPUS", help="those of one corpus only")
    show = group.command("show", "Show the figures of a table, and clusters of it.", _show)
    show.add_argument("name", metavar="NAME")
    show.add_argument("--clusters", type=at_least(0), default=5, metavar="N", help="how many")
    order_help = "most suspected first, hardest first, or as mined"
    orders = ["suspected", "hardest", "file order"]
    show.add_argument("--order", default="suspected", choices=orders, help=order_help)
    compare = group.command("compare", "Compare tables with each other.", _compare)
    compare.add_argument("names", nargs="+", metavar="NAME")
    delete = group.command("delete", "Move a table of negatives to the trash.", _delete)
    delete.add_argument("name", metavar="NAME")


def _add_mine(group: Group) -> None:
    mine = group.command("mine", "Mine negatives for the pairs of a corpus.", _mine)
    add = mine.add_argument
    add("corpus", metavar="CORPUS")
    add("--encoder", default="starter", metavar="E", help="whose vectors say what is hard")
    add("--sampler", default="saha", metavar="S", help="saha or top_k_negatives")
    add_values(mine, "a parameter of the sampler")
    add("--name", default="", metavar="N", help="what to call the table")
    forms = ["pairs", "triplets"]
    add("--form", default="pairs", choices=forms, help="what the rows to train with will hold")
    sources = ["columns", "judgements", "captions", "titles", "classes"]
    add("--source", default="", choices=sources, help="where the two sides come from")
    add("--split", default="", metavar="S", help="which judgements")
    add("--filter", default="", metavar="EXPR", help="which rows, such as: year > 2001")
    add("--limit", type=at_least(1), default=0, metavar="N", help="so many pairs at random")
    add("--seed", type=at_least(0), default=0, metavar="N", help="of the draw of a limit")


def _mine(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.registry.registry import Registry
    from embedding_lab.workflows.mine_negatives import MineNegatives

    card = Registry().get(arguments.sampler)
    names = ("corpus", "encoder", "form", "source", "split", "filter", "limit", "seed", "name")
    result = session.perform(
        MineNegatives(
            **{name: getattr(arguments, name) for name in names},
            sampler=card.id,
            parameters=card.parsed(dict(arguments.values)),
        )
    )
    return Answer(result, _describe(result))


def _describe(result: dict[str, Any]) -> str:
    heading = (
        f"{result['name']}: {count(result['n_clusters'], 'cluster')} over "
        f"{100 * result['coverage']:.1f} % of {count(result['n_rows'], 'pair')} of "
        f"{result['corpus']}, mined with {result['encoder']} by {result['sampler']}"
    )
    recalls = [
        (name, found["value"], *found["ci"], found["n"]) for name, found in result["recall"].items()
    ]
    frozen = table(("Before training", "Value", "95 % from", "to", "Pairs"), recalls, "")
    rows = [
        _row(NAMES.get(entry["sampler"], entry["sampler"]), entry) for entry in result["comparison"]
    ]
    remarks = [_how_counted(result), *result["notes"]]
    return "\n\n".join([heading, frozen, table(HEADERS, rows, ""), *remarks])


def _row(name: str, entry: dict[str, Any]) -> tuple[Any, ...]:
    false = entry["false_negatives"]
    interval = f"{false['ci'][0]:.4f} to {false['ci'][1]:.4f}"
    return (
        name,
        entry["candidate_cosine"],
        entry["owner_cosine"],
        false["value"],
        interval,
        entry["coverage"],
    )


def _how_counted(result: dict[str, Any]) -> str:
    if result["false_negatives"]["is_exact"]:
        return "False negatives are negatives of the anchor's own class."
    return (
        "False negatives are an estimate: their query is as near to the anchor as anchors usually "
        "are to their own positives. Its level means little, and saha lowers it by its very rule."
    )


def _list(arguments: Namespace, session: Session) -> Answer:
    with session.open() as workspace:
        corpus = workspace.corpus(arguments.corpus) if arguments.corpus else None
        metas = [found.meta for found in workspace.negatives(corpus)]
    rows = [
        (meta.name, meta.corpus, meta.encoder, meta.sampler, meta.n_rows, meta.n_clusters,
         meta.coverage, moment(meta.created))
        for meta in metas
    ]  # fmt: skip
    headers = (
        "Name", "Corpus", "Encoder", "Sampler", "Pairs", "Clusters", "Coverage", "Mined",
    )  # fmt: skip
    value = {"negatives": [asdict(meta) | {"coverage": meta.coverage} for meta in metas]}
    return Answer(value, table(headers, rows, "No negatives have been mined."))


def _show(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.mine_negatives import described_table
    from embedding_lab.workflows.show_clusters import ShowClusters
    from embedding_lab.workspace.negatives_store import NegativesStore

    with session.open() as workspace:
        result = described_table(NegativesStore(workspace).get(arguments.name))
    shown = session.perform(ShowClusters(arguments.name, arguments.order, arguments.clusters))
    facts = {
        "prompt of anchors": result["anchor_prompt"],
        "prompt of positives": result["positive_prompt"],
        **{name.replace("_", " "): value for name, value in result["values"].items()},
    }
    parts = [_describe(result), details(facts), *map(_cluster, shown["clusters"])]
    if not shown["is_current"]:
        parts.append("The corpus has changed since, so nothing is shown of what rows say.")
    value = result | {"clusters": shown["clusters"], "is_current": shown["is_current"]}
    return Answer(value, "\n\n".join(part for part in parts if part))


def _cluster(cluster: dict[str, Any]) -> str:
    heading = f"Cluster {cluster['cluster']:,}: {_said(cluster['anchor'])}"
    rows = [
        (
            it["candidate_cosine"],
            it["owner_cosine"],
            "yes" if it["is_suspected"] else "",
            _said(it),
        )
        for it in cluster["members"]
    ]
    return f"{heading}\n" + table(("Near", "Query near", "Suspected", "Negative"), rows, "")


def _said(row: dict[str, Any]) -> str:
    if row["query"] is None:
        return f"row {row['row']:,}"
    words = (
        " ".join(side.get("text", f"picture {side.get('picture', '')[:8]}").split())
        for side in (row["query"], row["positive"])
    )
    return " → ".join(shorten(text, TEXT_WIDTH) for text in words)


def _compare(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.mining.comparison import compare_tables
    from embedding_lab.workspace.negatives_store import NegativesStore

    with session.open() as workspace:
        store = NegativesStore(workspace)
        result = compare_tables([store.get(name) for name in arguments.names])
    rows = [(*_row(entry["name"], entry), entry["shared"]) for entry in result["tables"]]
    text = table((*HEADERS, "In the first"), rows, "")
    return Answer(result, "\n\n".join([text, *result["warnings"]]))


def _delete(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workspace.negatives_store import NegativesStore

    with session.open_to_write() as workspace:
        found = NegativesStore(workspace).get(arguments.name)
        item = workspace.delete_negatives(found)
    text = f"Moved {found.meta.name} to the trash; `embedding-lab workspace trash` brings it back."
    return Answer({"deleted": found.meta.name, "item": item}, text)
