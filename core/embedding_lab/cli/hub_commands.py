"""``embedding-lab encoder look-up`` and ``find``, and adding an encoder from a hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, megabytes, table
from embedding_lab.errors import EncoderError, HubError, LabError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.hub.address import HubAddress
    from embedding_lab.hub.repository import HubRepository
    from embedding_lab.hub.selection import Selection

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
        raise _proposal(address, arguments)
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
            is_online=arguments.online,
        )
    )


def _proposal(address: HubAddress, arguments: Namespace) -> LabError:
    wanted = f"{address}, which is no folder here, cannot be looked up on the hub"
    repository, selection, refusal = _ask(address, wanted, is_online=arguments.online)
    if selection is None:
        raise refusal or AssertionError("a repository without a selection has a refusal")
    access = "; it is open to accounts with access only" if repository.is_gated else ""
    return HubError(
        f"There is no folder {arguments.source}. On the hub, {address} would be "
        f"{count(len(selection.files), 'file')} of {megabytes(selection.n_bytes)} together, "
        f"licence: {repository.licence or 'not said'}{access}.",
        hint="Add --download to fetch and add it.",
    )


def _ask(
    address: HubAddress, wanted: str, *, is_online: bool
) -> tuple[HubRepository, Selection | None, LabError | None]:
    """Return what a hub has, what would be fetched of it, or why nothing would."""
    from embedding_lab.hub.access import open_hub
    from embedding_lab.hub.repository import find_repository
    from embedding_lab.hub.selection import select_files
    from embedding_lab.settings import load_settings

    with open_hub(load_settings(), wanted, is_online=is_online) as client:
        repository = find_repository(client, address)
        try:
            return repository, select_files(client, repository), None
        except EncoderError as error:
            return repository, None, error
        except HubError as error:
            # What it holds is told to everybody, the files themselves are not given.
            if not repository.is_gated:
                raise
            return repository, None, error


def _look_up(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.hub.address import parse_address

    address = parse_address(arguments.id, arguments.revision)
    wanted = f"{address} cannot be looked up"
    repository, selection, refusal = _ask(address, wanted, is_online=arguments.online)
    fetched = {file.name for file in selection.files} if selection else set()
    n_fetched_bytes = selection.n_bytes if selection else 0
    n_bytes = sum(file.n_bytes for file in repository.files)
    value = {
        "id": repository.id,
        "revision": repository.revision,
        "licence": repository.licence,
        "is_gated": repository.is_gated,
        "library": repository.library,
        "pipeline": repository.pipeline,
        "tags": list(repository.tags),
        "n_bytes": n_bytes,
        "n_fetched_bytes": n_fetched_bytes,
        "weights": str(selection.weights) if selection else "",
        "refusal": str(refusal) if refusal else "",
        "files": [
            {
                "name": file.name,
                "n_bytes": file.n_bytes,
                "sha256": file.sha256,
                "is_fetched": file.name in fetched,
            }
            for file in repository.files
        ],
    }
    return Answer(value, _describe(repository, value))


def _describe(repository: HubRepository, value: dict[str, Any]) -> str:
    n_fetched = sum(file["is_fetched"] for file in value["files"])
    facts = {
        "encoder": repository.id,
        "commit": repository.revision,
        "licence": repository.licence or "not said",
        "access": "accounts with access only" if repository.is_gated else "open to everybody",
        "library": repository.library,
        "made for": repository.pipeline,
        "all files": f"{len(value['files']):,}, {megabytes(value['n_bytes'])}",
        "fetched": f"{n_fetched:,}, {megabytes(value['n_fetched_bytes'])}",
    }
    rows = [
        ("yes" if file["is_fetched"] else "", file["n_bytes"], file["name"])
        for file in value["files"]
    ]
    files = table(("Fetched", "Bytes", "File"), rows, "It holds no files.")
    warning = [f"\nWarning: {value['refusal']}"] if value["refusal"] else []
    return "\n".join([details(facts), "", files, *warning])


def _find(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.hub.access import open_hub
    from embedding_lab.hub.repository import search_repositories
    from embedding_lab.settings import load_settings

    words = " ".join(arguments.words)
    wanted = "nothing can be looked for on the hub"
    with open_hub(load_settings(), wanted, is_online=arguments.online) as client:
        matches = search_repositories(client, words)
    rows = [(match.id, match.downloads, match.likes, match.library) for match in matches]
    value = {
        "words": words,
        "encoders": [
            {
                "id": match.id,
                "downloads": match.downloads,
                "likes": match.likes,
                "library": match.library,
            }
            for match in matches
        ],
    }
    headers = ("Encoder", "Downloads", "Likes", "Library")
    return Answer(value, table(headers, rows, f"The hub has nothing named like {words}."))
