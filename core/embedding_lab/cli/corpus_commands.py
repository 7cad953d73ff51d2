"""``embedding-lab corpus``: importing, looking at, exporting and deleting corpora."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, table
from embedding_lab.cli.parser import at_least
from embedding_lab.types import ColumnRole

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.workspace.corpus import Corpus, Document
    from embedding_lab.workspace.workspace import Workspace

REJECTED_SHOWN = 20
# A folder of pictures has as many sources as files.
SOURCES_SHOWN = 5


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("corpus", "Import, look at, export or delete corpora.")
    _add_import(group)
    group.command("list", "List the corpora of the workspace.", _list)
    show = group.command("show", "Show a corpus, its sources and its import report.", _show)
    show.add_argument("name", metavar="NAME")
    show.add_argument("--rows", type=at_least(0), default=5, help="how many rows to show")
    export = group.command("export", "Write rows to a file.", _export)
    export.add_argument("name", metavar="NAME")
    export.add_argument("--to", required=True, metavar="FILE", help=".csv, .tsv or .jsonl")
    export.add_argument("--filter", default="", metavar="EXPR", help="which rows")
    delete = group.command(
        "delete", "Move a corpus, its embeddings and negatives to the trash.", _delete
    )
    delete.add_argument("name", metavar="NAME")


def _add_import(group: Group) -> None:
    parser = group.command("import", "Read files or folders into a corpus.", _import)
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH")
    add("--name", default="", help="what to call the corpus")
    add("--into", default="", metavar="NAME", help="add the rows to this corpus")
    add("--again", action="store_true", help="read files that the workspace holds already")
    add(
        "--role",
        action="append",
        type=_role,
        default=[],
        metavar="COL=ROLE",
        help=f"what a column means: {', '.join(ColumnRole)}",
    )
    add("--encoding", help="text encoding of the files")
    add("--delimiter", help="character between the fields of a table")
    add("--no-header", action="store_true", help="the first record holds no column names")
    add("--keep-empty", action="store_true", help="keep rows without text")
    add("--text-unit", help="one document per line, paragraph or file of a text file")


def _role(text: str) -> tuple[str, str]:
    column, sign, role = text.rpartition("=")
    if not sign or not column or role not in set(ColumnRole):
        raise ArgumentTypeError(
            f"expected COLUMN=ROLE with a role of {', '.join(ColumnRole)}, found {text}"
        )
    return column, role


def _import(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.import_corpus import ImportCorpus

    options: dict[str, Any] = {
        "encoding": arguments.encoding,
        "delimiter": arguments.delimiter,
        "has_header": False if arguments.no_header else None,
        "roles": dict(arguments.role) or None,
        "keeps_empty": arguments.keep_empty or None,
        "text_unit": arguments.text_unit,
    }
    job = ImportCorpus(
        # A run may be continued from another folder than it was started in.
        paths=tuple(str(Path(path).expanduser().absolute()) for path in arguments.paths),
        name=arguments.name,
        options={name: value for name, value in options.items() if value is not None},
        into=arguments.into,
        again=arguments.again,
    )
    result = session.perform(job)
    return Answer(result, _describe_import(result))


def _describe_import(result: dict[str, Any]) -> str:
    rejected = result["rejected"]
    n_rejected = result["n_rejected"]
    lines = [f"{count(result['new_rows'], 'row')} came into the corpus {result['corpus']}."]
    if n_rejected:
        lines.append(f"{count(n_rejected, 'row')} did not:")
        lines += [
            f"  {line['file']}, line {line['line']:,}: {line['reason']}"
            for line in rejected[:REJECTED_SHOWN]
        ]
    if n_rejected > REJECTED_SHOWN:
        lines.append(f"  … `embedding-lab corpus show {result['corpus']} --json` lists them all.")
    return "\n".join(lines)


def _list(arguments: Namespace, session: Session) -> Answer:
    with session.open() as workspace:
        corpora = [_record(workspace, corpus) for corpus in workspace.corpora()]
    rows = [
        (
            corpus["corpus"],
            corpus["rows"],
            corpus["queries"],
            corpus["judgements"],
            corpus["n_rejected"],
            _embedded_by(corpus),
        )
        for corpus in corpora
    ]
    headers = ("Corpus", "Rows", "Queries", "Judgements", "Rejected", "Embedded with")
    nothing = "No corpus yet. `embedding-lab corpus import PATH` reads one."
    return Answer({"corpora": corpora}, table(headers, rows, nothing))


def _show(arguments: Namespace, session: Session) -> Answer:
    with session.open() as workspace:
        corpus = workspace.corpus(arguments.name)
        value = _record(workspace, corpus) | {
            "sources": [asdict(source) for source in corpus.sources],
            "labels": corpus.labels(),
            "report": [asdict(line) for line in corpus.report()],
            "first_rows": [
                _row(corpus, document) for document in corpus.documents(0, arguments.rows)
            ],
        }
    return Answer(value, _describe(value))


def _export(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.export_rows import ExportRows

    result = session.perform(
        ExportRows(arguments.name, str(Path(arguments.to).absolute()), filter=arguments.filter)
    )
    return Answer(result, f"Wrote {count(result['rows'], 'row')} to {result['path']}.")


def _delete(arguments: Namespace, session: Session) -> Answer:
    with session.open_to_write() as workspace:
        corpus = workspace.corpus(arguments.name)
        workspace.delete_corpus(corpus)
    text = f"Moved {corpus.name} to the trash; `embedding-lab workspace trash` brings it back."
    return Answer({"deleted": corpus.name}, text)


def _record(workspace: Workspace, corpus: Corpus) -> dict[str, Any]:
    return {
        "corpus": corpus.name,
        "id": corpus.id,
        "created": corpus.created,
        "rows": corpus.n_rows,
        "empty": corpus.n_empty,
        "n_rejected": corpus.n_rejected,
        "queries": corpus.n_queries,
        "judgements": corpus.n_judgements,
        "splits": list(corpus.splits),
        "columns": list(corpus.columns),
        "embedded": [
            {
                "encoder": item.meta.encoder_name,
                "rows": item.n_rows,
                "dim": item.meta.dimension,
                "truncated": item.state.n_truncated,
                "precision": item.meta.precision,
                "prompt": item.meta.prompt,
                "embedding_prompt": item.meta.embedding_prompt,
                "fingerprint": item.meta.fingerprint,
            }
            for item in workspace.vector_sets(corpus)
        ],
    }


def _row(corpus: Corpus, document: Document) -> dict[str, Any]:
    return {"row": document.row} | {name: document.value(name) for name in corpus.columns}


def _some(paths: list[str]) -> str:
    """Return the first paths; a folder of pictures is as many sources as it has files."""
    more = len(paths) - SOURCES_SHOWN
    return ", ".join(paths[:SOURCES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _embedded_by(corpus: dict[str, Any]) -> str:
    return ", ".join(
        item["encoder"] + ("" if item["rows"] >= corpus["rows"] else f" ({item['rows']:,} rows)")
        for item in corpus["embedded"]
    )


def _describe(value: dict[str, Any]) -> str:
    facts = {
        "corpus": value["corpus"],
        "rows": value["rows"],
        "empty rows": value["empty"] or None,
        "rejected rows": value["n_rejected"] or None,
        "queries": value["queries"] or None,
        "judgements": value["judgements"] or None,
        "splits": ", ".join(value["splits"]),
        "columns": ", ".join(value["columns"]),
        "labels": ", ".join(list(value["labels"])[:10]),
        "embedded with": _embedded_by(value),
        "sources": _some([source["path"] for source in value["sources"]]),
    }
    parts = [details(facts)]
    rows = value["first_rows"]
    if rows:
        # Values are shown as they are: a year takes no separator.
        cells = [["" if item is None else str(item) for item in row.values()] for row in rows]
        parts.append(table(list(rows[0]), cells, ""))
    report = value["report"]
    if report:
        lines = [(item["file"], item["line"], item["reason"]) for item in report[:REJECTED_SHOWN]]
        parts.append(table(("File", "Line", "Import report"), lines, ""))
    return "\n\n".join(parts)
