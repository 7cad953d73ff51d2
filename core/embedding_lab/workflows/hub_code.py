"""Which program files of a hub's repository an encoder would run."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from embedding_lab.encoders.consent import CodeConsentError, CodeFile
from embedding_lab.encoders.folder import EncoderFolder
from embedding_lab.encoders.folder_requirements import require_kind
from embedding_lab.encoders.own_code import needs_code
from embedding_lab.errors import EncoderError
from embedding_lab.hub.selection import Weights
from embedding_lab.storage import write_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from embedding_lab.hub.client import HubClient
    from embedding_lab.hub.repository import HubFile, HubRepository
    from embedding_lab.hub.selection import Selection

# No tokenizer and no vocabulary, which can be large and name no code.
SETTINGS_ENDINGS = ("config.json", "modules.json")
MOST_SETTINGS_BYTES = 1_000_000


def needed_code(folder: Path, offered: Iterable[HubFile]) -> tuple[CodeFile, ...]:
    """Return the files that would run, from the settings files in a folder.

    Parameters
    ----------
    folder : Path
        Holds the settings files at least.
    offered : iterable of HubFile
        The program files of the repository.

    Raises
    ------
    EncoderError
        If it is no encoder that this version opens, or names code that is not offered.
    """
    source = EncoderFolder(folder)
    found = tuple(CodeFile(file.name, file.n_bytes, file.sha256) for file in offered)
    require_kind(source, [file.name for file in found])
    return found if needs_code(source) else ()


def code_on_hub(
    client: HubClient, repository: HubRepository, selection: Selection
) -> tuple[CodeFile, ...]:
    """Return the files that would run, after reading the settings files on the hub.

    Raises
    ------
    EncoderError
        If it is no encoder that this version opens, or names code that lies elsewhere.
    HubError
        If the hub does not give its settings files.
    """
    if selection.weights is Weights.ONNX:
        return ()
    with TemporaryDirectory() as name:
        for file in selection.small_files:
            if file.name.endswith(SETTINGS_ENDINGS) and file.n_bytes < MOST_SETTINGS_BYTES:
                path = Path(name, *PurePosixPath(file.name).parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                asked = repository.file_path(file.name)
                write_json(path, client.json(asked, repository.refused_file), durable=False)
        try:
            return needed_code(Path(name), selection.code_files)
        except EncoderError as error:
            sentence = error.message.replace(name, repository.id)
            raise EncoderError(sentence, hint=error.hint) from error


def not_agreed_on_hub(repository: HubRepository, files: tuple[CodeFile, ...]) -> CodeConsentError:
    """Return the error for a repository whose code nobody has agreed to."""
    return CodeConsentError(
        f"{repository.id} works only with program code of its own.",
        files,
        hint=f"Look at these files on the hub, at commit {repository.revision}; if you trust them, "
        "agree for this one encoder: on the command line with --trust-code, in Python with "
        "trusts_code=True.",
    )
