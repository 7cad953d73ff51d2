"""``embedding-lab encoder look-up`` and ``find``, and adding an encoder from a hub."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from embedding_lab.cli.answer import Answer, count, details, megabytes, table
from embedding_lab.errors import EncoderError, HubError, LabError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from embedding_lab.cli.parser import Group
    from embedding_lab.cli.session import Session
    from embedding_lab.encoders.consent import CodeFile
    from embedding_lab.hub.address import HubAddress
    from embedding_lab.hub.repository import HubRepository
    from embedding_lab.hub.selection import Selection

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
            trusts_code=arguments.trust_code,
            is_online=arguments.online,
        )
    )


def _proposal(address: HubAddress, arguments: Namespace) -> LabError:
    wanted = f"{address}, which is no folder here, cannot be looked up on the hub"
    found = _ask(address, wanted, is_online=arguments.online)
    if found.selection is None:
        raise found.refusal or AssertionError("a repository without a selection has a refusal")
    repository, files = found.repository, found.selection.files
    access = "; it is open to accounts with access only" if repository.is_gated else ""
    names = ", ".join(file.name for file in found.code)
    code = f" It works only with program code of its own ({names})." if names else ""
    return HubError(
        f"There is no folder {arguments.source}. On the hub, {address} would be "
        f"{count(len(files), 'file')} of {megabytes(found.selection.n_bytes)} together, "
        f"licence: {repository.licence or 'not said'}{access}.{code}",
        hint="Add --download to fetch and add it"
        + (", and --trust-code if you trust its code." if names else "."),
    )


@dataclass(frozen=True)
class _Found:
    """What a hub has; and what would be fetched and run of it, or why nothing would."""

    repository: HubRepository
    selection: Selection | None = None
    code: tuple[CodeFile, ...] = ()
    refusal: LabError | None = None


def _ask(address: HubAddress, wanted: str, *, is_online: bool) -> _Found:
    from embedding_lab.hub.access import open_hub
    from embedding_lab.hub.repository import find_repository
    from embedding_lab.hub.selection import select_files
    from embedding_lab.settings import load_settings
    from embedding_lab.workflows.hub_code import code_on_hub

    with open_hub(load_settings(), wanted, is_online=is_online) as client:
        repository = find_repository(client, address)
        try:
            selection = select_files(client, repository, takes_code=True)
            code = code_on_hub(client, repository, selection)
            return _Found(repository, selection.without_code(), code)
        except EncoderError as error:
            return _Found(repository, refusal=error)
        except HubError as error:
            # What it holds is told to everybody, the files themselves are not given.
            if not repository.is_gated:
                raise
            return _Found(repository, refusal=error)


def _look_up(arguments: Namespace, session: Session) -> Answer:
    from embedding_lab.hub.address import parse_address

    address = parse_address(arguments.id, arguments.revision)
    wanted = f"{address} cannot be looked up"
    found = _ask(address, wanted, is_online=arguments.online)
    repository, selection = found.repository, found.selection
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
        "refusal": str(found.refusal) if found.refusal else "",
        "code_files": [asdict(file) for file in found.code],
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
