"""``embedding-lab encoder``: adding, looking at and removing encoders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.cli import hub_commands, inspect_command, measure_command, onnx_commands
from embedding_lab.cli.answer import Answer, count, details, megabytes, table
from embedding_lab.cli.parser import at_least
from embedding_lab.cli.session import WrongUseError
from embedding_lab.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.encoders.record import EncoderRecord


def add_to(commands: Group) -> None:
    """Add the commands of this group."""
    group = commands.group("encoder", "Add, look at or remove encoders.")
    source_help = "its folder, an ONNX file, or organisation/name on the hub"
    add = group.command("add", "Add an encoder's folder or file, or one from the hub.", _add)
    add.add_argument("source", metavar="SOURCE", help=source_help)
    add.add_argument("--name", default="", help="what to call it; the folder's name without it")
    add.add_argument("--pooling", default="", help="how tokens are pooled, if it does not say")
    add.add_argument("--max-length", type=at_least(1), default=0, help="tokens to take of a text")
    add.add_argument(
        "--prompt",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "TEXT"),
        help="a prompt it does not bring itself, such as: query 'query: '",
    )
    help_text = "for an ONNX encoder of pictures: the encoder of texts of the same space"
    add.add_argument("--text-encoder", default="", metavar="E", help=help_text)
    help_text = "agree that its own program code runs, if it needs any; look at the files first"
    add.add_argument("--trust-code", action="store_true", help=help_text)
    hub_commands.add_source_options(add)
    hub_commands.add_to(group)
    group.command("list", "List the encoders.", _list)
    show = group.command("show", "Show what is known of an encoder.", _show)
    show.add_argument("name", metavar="NAME")
    trust = group.command("trust", "Agree to an encoder's own program code as it is now.", _trust)
    trust.add_argument("name", metavar="NAME")
    trust.add_argument("--yes", action="store_true", help="agree; without it, list the files only")
    rename = group.command("rename", "Give an encoder another name.", _rename)
    rename.add_argument("name", metavar="NAME")
    rename.add_argument("new_name", metavar="NEW")
    compare = group.command("compare", "Try an encoder on two texts or pictures.", _compare)
    compare.add_argument("name", metavar="NAME")
    compare.add_argument("texts", metavar="TEXT", nargs="*", help="what --image does not replace")
    compare.add_argument(
        "--image", action="append", default=[], metavar="FILE", help="a picture; may be repeated"
    )
    compare.add_argument(
        "--among", default="", metavar="CORPUS", help="rank the second among its rows"
    )
    compare.add_argument("--first-prompt", default="", metavar="P", help="name of its prompt")
    compare.add_argument("--second-prompt", default="", metavar="P", help="name of its prompt")
    measure_command.add_to(group)
    onnx_commands.add_to(group)
    inspect_command.add_to(group)
    delete = group.command("delete", "Move an encoder's record to the trash.", _delete)
    delete.add_argument("name", metavar="NAME")


def _add(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.encoders.store import EncoderStore
    from embedding_lab.hub.address import looks_like_address

    folder = Path(arguments.source).expanduser().absolute()
    if arguments.download or (looks_like_address(arguments.source) and not folder.exists()):
        result = hub_commands.fetch(arguments, session)
        fetched = EncoderRecord.from_record(result)
        size = megabytes(result["downloaded_bytes"]) if result["downloaded_bytes"] else "nothing"
        head = f"Downloaded {size} and added the encoder {fetched.name}."
        return Answer(result, f"{head}\n\n{_describe(fetched)}")
    if arguments.revision:
        raise UsageError(
            f"{folder} is a folder; only what comes from a hub has revisions.",
            hint="Leave --revision out, or add --download.",
        )
    with session.open_to_write() as workspace:
        record = EncoderStore(workspace).add(
            folder,
            arguments.name,
            pooling=arguments.pooling,
            max_length=arguments.max_length,
            prompts=dict(arguments.prompt),
            text_encoder=arguments.text_encoder,
            trusts_code=arguments.trust_code,
        )
    return Answer(record.to_record(), f"Added the encoder {record.name}.\n\n{_describe(record)}")


def _list(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.encoders.store import EncoderStore

    with session.open() as workspace:
        records = EncoderStore(workspace).list()
    rows = [
        (
            record.name,
            record.dimension,
            record.max_length or None,
            record.pooling,
            megabytes(record.n_bytes),
            record.folder,
        )
        for record in records
    ]
    headers = ("Encoder", "Dimensions", "Tokens", "Pooling", "Size", "Folder")
    nothing = "No encoder yet. `embedding-lab encoder add FOLDER` adds one."
    value = {"encoders": [record.to_record() for record in records]}
    return Answer(value, table(headers, rows, nothing))


def _show(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.encoders.store import EncoderStore

    with session.open() as workspace:
        record = EncoderStore(workspace).get(arguments.name)
    return Answer(record.to_record(), _describe(record))


def _trust(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.encoders.consent import may_run_code, nothing_to_trust
    from embedding_lab.encoders.store import EncoderStore

    if not arguments.yes:
        with session.open() as workspace:
            record = EncoderStore(workspace).get(arguments.name)
        if not may_run_code(record):
            raise nothing_to_trust(record)
        text = f"You have agreed to this code of {record.name} already."
        return Answer(record.to_record(), f"{text}\n\n{_describe(record)}")
    with session.open_to_write() as workspace:
        store = EncoderStore(workspace)
        record = store.trust(store.get(arguments.name))
    text = f"The program code of {record.name} may run as it is now."
    return Answer(record.to_record(), f"{text}\n\n{_describe(record)}")


def _rename(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.encoders.store import EncoderStore

    with session.open_to_write() as workspace:
        store = EncoderStore(workspace)
        record = store.rename(store.get(arguments.name), arguments.new_name)
    return Answer(record.to_record(), f"{arguments.name} is named {record.name} now.")


def _compare(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.compare_texts import CompareTexts

    if len(arguments.texts) + len(arguments.image) != 2:
        raise WrongUseError(
            "Give two texts, two pictures, or one of each.",
            hint='Example: embedding-lab encoder compare clip "a red car" --image car.jpg',
        )
    # Texts come first, whatever their order on the command line: the cosine is the same.
    images = [str(Path(path).expanduser().absolute()) for path in arguments.image]
    first, second = list(arguments.texts) + [""] * len(images)
    first_image, second_image = [""] * (2 - len(images)) + images
    result = session.perform(
        CompareTexts(
            arguments.name,
            first,
            second,
            arguments.first_prompt,
            arguments.second_prompt,
            first_image,
            second_image,
            among=arguments.among,
        )
    )
    tokens = " and ".join(
        count(text["tokens"], "token") + (" (cut)" if text["truncated"] else "")
        for text in result["texts"]
    )
    rank = ""
    if "rank" in result:
        rank = f"   rank {result['rank']:,} among {result['n_among']:,} rows of {result['among']}"
    return Answer(result, f"cosine {result['cosine']:.4f}   {tokens}{rank}")


def _delete(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.encoders.store import EncoderStore

    with session.open_to_write() as workspace:
        store = EncoderStore(workspace)
        record = store.get(arguments.name)
        store.delete(record)
    text = f"Moved {record.name} to the trash; its folder {record.folder} is untouched."
    return Answer({"deleted": record.name}, text)


def _describe(record: EncoderRecord) -> str:
    facts = {
        "encoder": record.name,
        "takes": ", ".join(record.modalities),
        "engine": record.engine + (" (prepared)" if record.prepared else ""),
        "dimensions": record.dimension,
        "tokens": record.max_length or None,
        "pooling": record.pooling,
        "similarity": record.similarity,
        "parameters": record.n_parameters or None,
        "size": megabytes(record.n_bytes),
        "licence": record.licence,
        "languages": ", ".join(record.languages),
        "origin": record.origin,
        "folder": record.folder,
        "fingerprint": record.fingerprint[:16],
        "own code": _code(record),
    }
    prompts = {f"prompt {name}": repr(prompt) for name, prompt in record.prompts.items()}
    warnings = [f"Warning: {warning}" for warning in record.warnings]
    return "\n".join([details(facts | prompts), *warnings])


def _code(record: EncoderRecord) -> str:
    files = ", ".join(f"{name} ({count(size, 'byte')})" for name, size in record.code_files)
    state = "waits for your consent" if record.needs_consent else "runs with your consent"
    return f"{files}; {state}" if files else ""
