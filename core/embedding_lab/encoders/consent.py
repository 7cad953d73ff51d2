"""Consent to an encoder's own program code: for exactly the files as they are, and no others."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab.encoders.fingerprint import digest_files
from embedding_lab.encoders.folder import EncoderFolder
from embedding_lab.encoders.own_code import needs_code, program_files, require_code_here
from embedding_lab.errors import EncoderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.encoders.record import EncoderRecord

NEEDS_CODE = "It works only with program code of its own"
AGREE = (
    "Look at these files; if you trust them, agree for this one encoder: on the command line with "
    "--trust-code, in Python with trusts_code=True."
)


@dataclass(frozen=True)
class CodeFile:
    """A file of program code.

    Attributes
    ----------
    name : str
        Below the encoder's folder.
    n_bytes : int
        Its size.
    sha256 : str
        Of its content; empty if a hub does not tell.
    """

    name: str
    n_bytes: int
    sha256: str = ""


class CodeConsentError(EncoderError):
    """An encoder would run code of its own to which the user has not agreed.

    Parameters
    ----------
    lead : str
        One sentence: which encoder, and why it is asked.
    files : sequence of CodeFile
        What would run.
    hint : str, optional
        How to agree.
    """

    def __init__(self, lead: str, files: Sequence[CodeFile], *, hint: str = AGREE) -> None:
        listed = ", ".join(f"{file.name} ({file.n_bytes:,} bytes)" for file in files)
        super().__init__(
            f"{lead} These files would run, and can do on this machine whatever you can do: "
            f"{listed}.",
            hint=hint,
        )
        self.files = tuple(files)


def digest_of_code(folder: EncoderFolder) -> str:
    """Return what stands for the code an encoder needs; empty if it needs none."""
    names = program_files(folder)
    return digest_files(folder.path, names) if names else ""


def code_files(folder: EncoderFolder) -> tuple[CodeFile, ...]:
    """Return the files that would run, as they are now."""
    contents = ((name, (folder.path / name).read_bytes()) for name in program_files(folder))
    return tuple(
        CodeFile(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in contents
    )


def not_agreed(path: str) -> CodeConsentError:
    """Return the error for a folder whose code nobody has agreed to."""
    lead = f"The encoder in {path} works only with program code of its own."
    return CodeConsentError(lead, code_files(EncoderFolder(Path(path))))


def nothing_to_trust(record: EncoderRecord) -> UsageError:
    """Return the error for an encoder that needs no code."""
    return UsageError(
        f"The encoder {record.name} runs no program code of its own.",
        hint="There is nothing to agree to.",
    )


def may_run_code(record: EncoderRecord) -> bool:
    """Whether opening an encoder runs code of its own: read from its files as they are now.

    Raises
    ------
    CodeConsentError
        If it would run, and is not exactly what the user agreed to.
    EncoderError
        If some of it lies elsewhere.
    """
    folder = EncoderFolder(Path(record.folder))
    if not needs_code(folder):
        return False
    require_code_here(folder)
    if digest_of_code(folder) == record.trusted_code:
        return True
    state = (
        "has changed since you agreed to it" if record.trusted_code else "waits for your consent"
    )
    raise CodeConsentError(
        f"The program code of the encoder {record.name} {state}.",
        code_files(folder),
        hint="Look at these files; if you trust them, agree with "
        f"`embedding-lab encoder trust {record.name} --yes`.",
    )


def with_consent(record: EncoderRecord, trusted_code: str) -> EncoderRecord:
    """Return a record with what the user agreed to, and with the warning that is due."""
    if not record.code_digest:
        return record
    kept = tuple(text for text in record.warnings if not text.startswith(NEEDS_CODE))
    if trusted_code == record.code_digest:
        return replace(record, trusted_code=trusted_code, warnings=kept)
    state = "has changed since you agreed to it" if trusted_code else "runs only if you agree to it"
    warning = f"{NEEDS_CODE} ({', '.join(name for name, _ in record.code_files)}), which {state}."
    return replace(record, trusted_code=trusted_code, warnings=(warning, *kept))
