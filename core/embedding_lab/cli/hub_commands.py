"""Encoders of a hub: looking them up, finding and adding them, and what was downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, megabytes, moment, table
from embedding_lab.cli.session import WrongUseError
from embedding_lab.errors import EncoderError, HubError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.errors import LabError
    from embedding_lab.hub.address import HubAddress

RUNS_CODE = (
    "It works only with program code of its own, which is fetched and run only with --trust-code; "
    "look at the files first."
)
ONLINE = "allow the network for this one command"


def add_to(group: Group) -> None:
    """Add the commands of this part to the group ``encoder``."""
    look_up = group.command("look-up", "Show what a hub has of an encoder.", _look_up)
    look_up.add_argument("id", metavar="ID", help="organisation/name, perhaps with @revision")
    look_up.add_argument("--revision", default="", metavar="R", help="a branch, tag or commit")
    look_up.add_argument("--online", action="store_true", help=ONLINE)
    find = group.command("find", "Look for encoders on a hub.", _find)
    find.add_argument("words", metavar="WORDS", nargs="+", help="part of the name")
    find.add_argument("--online", action="store_true", help=ONLINE)
    downloads = group.command("downloads", "List or delete downloaded encoders.", _downloads)
    downloads.add_argument(
        "--delete", default="", metavar="ID", help="delete the files of organisation/name"
    )
    help_text = "delete them even if an encoder of this workspace uses them"
    downloads.add_argument("--even-if-used", action="store_true", help=help_text)


def add_source_options(add: ArgumentParser) -> None:
    """Add the options for a source that lies on a hub."""
    add.add_argument("--revision", default="", metavar="R", help="a branch, tag or commit")
    add.add_argument("--download", action="store_true", help="download SOURCE from the hub")
    add.add_argument("--again", action="store_true", help="fetch its newest commit, if it changed")
    add.add_argument("--online", action="store_true", help=ONLINE)


def fetch(arguments: Namespace, session: Session) -> dict[str, Any]:
    """Download an encoder, add it, and return its record; without ``--download``, say what it is.

    Raises
    ------
    HubError
        If ``--download`` is missing; the sentence says what would be fetched.
    EncoderError
        If nothing would be.
    """
    from embedding_lab.hub.address import parse_address
    from embedding_lab.workflows.fetch_encoder import FetchEncoder

    address = parse_address(arguments.source, arguments.revision)
    if not arguments.download:
        raise _proposal(address, arguments, session)
    return session.perform(
        FetchEncoder(
            address.id,
            revision=address.revision,
            name=arguments.name,
            pooling=arguments.pooling,
            max_length=arguments.max_length,
            prompts=dict(arguments.prompt),
            text_encoder=arguments.text_encoder,
            again=arguments.again,
            trusts_code=arguments.trust_code,
            is_online=arguments.online,
        )
    )


def _proposal(address: HubAddress, arguments: Namespace, session: Session) -> LabError:
    """Return the error that tells what ``--download`` would fetch, or why it cannot."""
    from embedding_lab.workflows.look_up_encoder import LookUpEncoder

    found = session.perform(LookUpEncoder(address.id, address.revision, is_online=arguments.online))
    if found["refusal"]:
        return EncoderError(found["refusal"])
    files = [file for file in found["files"] if file["is_fetched"]]
    access = "; it is open to accounts with access only" if found["is_gated"] else ""
    names = ", ".join(file["name"] for file in found["code_files"])
    code = f" It works only with program code of its own ({names})." if names else ""
    return HubError(
        f"There is no folder {arguments.source}. On the hub, {address} would be "
        f"{count(len(files), 'file')} of {megabytes(found['n_fetched_bytes'])} together, "
        f"licence: {found['licence'] or 'not said'}{access}.{code}",
        hint="Add --download to fetch and add it"
        + (", and --trust-code if you trust its code." if names else "."),
    )


def _look_up(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.look_up_encoder import LookUpEncoder

    value = session.perform(
        LookUpEncoder(arguments.id, arguments.revision, is_online=arguments.online)
    )
    return Answer(value, _describe(value))


def _describe(value: dict[str, Any]) -> str:
    n_fetched = sum(file["is_fetched"] for file in value["files"])
    facts = {
        "encoder": value["id"],
        "commit": value["revision"],
        "licence": value["licence"] or "not said",
        "access": "accounts with access only" if value["is_gated"] else "open to everybody",
        "library": value["library"],
        "made for": value["pipeline"],
        "all files": f"{len(value['files']):,}, {megabytes(value['n_bytes'])}",
        "own code": ", ".join(
            f"{file['name']} ({count(file['n_bytes'], 'byte')})" for file in value["code_files"]
        ),
        "fetched": f"{n_fetched:,}, {megabytes(value['n_fetched_bytes'])}",
    }
    rows = [
        ("yes" if file["is_fetched"] else "", file["n_bytes"], file["name"])
        for file in value["files"]
    ]
    files = table(("Fetched", "Bytes", "File"), rows, "It holds no files.")
    warning = [f"\nWarning: {value['refusal']}"] if value["refusal"] else []
    if value["code_files"]:
        warning.append(f"\nWarning: {RUNS_CODE}")
    return "\n".join([details(facts), "", files, *warning])


def _find(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.look_up_encoder import FindEncoders

    words = " ".join(arguments.words)
    value = session.perform(FindEncoders(words, is_online=arguments.online))
    names = ("id", "downloads", "likes", "library")
    rows = [tuple(match[name] for name in names) for match in value["encoders"]]
    headers = ("Encoder", "Downloads", "Likes", "Library")
    return Answer(value, table(headers, rows, f"The hub has nothing named like {words}."))


def _downloads(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.workflows.downloaded_encoders import DeleteDownload, ListDownloads

    if arguments.delete:
        job = DeleteDownload(arguments.delete, even_if_used=arguments.even_if_used)
        value = session.perform(job)
        return Answer(
            value, f"Deleted {value['deleted']}, which freed {megabytes(value['freed_bytes'])}."
        )
    if arguments.even_if_used:
        raise WrongUseError("--even-if-used goes with --delete only.", hint="Add --delete ID.")
    value = session.perform(ListDownloads())
    rows = [
        (
            item["repository"],
            megabytes(item["n_bytes"]),
            len(item["commits"]),
            moment(item["finished"]) if item["finished"] else "",
            "" if item["is_whole"] else "unfinished",
            ", ".join(item["encoders"]),
        )
        for item in value["downloads"]
    ]
    headers = ("Encoder", "Size", "Commits", "Downloaded", "State", "Used here by")
    text = table(headers, rows, "Nothing was downloaded yet.")
    total = f"\n\n{megabytes(value['n_bytes'])} in {value['folder']}" if rows else ""
    return Answer(value, f"{text}{total}")
