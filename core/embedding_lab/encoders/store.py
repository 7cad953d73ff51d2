"""The encoders of a workspace: the starter, and folders added by the user."""

from __future__ import annotations

import secrets
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.choices import saved_choices, with_choices
from embedding_lab.encoders.consent import not_agreed, nothing_to_trust, with_consent
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.pairing import with_text_encoder
from embedding_lab.encoders.prepared import as_prepared
from embedding_lab.encoders.record import EncoderRecord
from embedding_lab.encoders.record_file import read_record_file, write_record_file
from embedding_lab.encoders.starter import STARTER, describe_starter, starter_folder
from embedding_lab.errors import EncoderError, LabError, UsageError, did_you_mean
from embedding_lab.storage import read_json, write_json
from embedding_lab.workspace.readable import holders, readable
from embedding_lab.workspace.workspace import slug

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.workspace.workspace import Workspace

RECORD_FILE = "encoder.json"
# Where the files of an encoder lie that was made in the workspace.
OWN_FILES = "model"


class EncoderStore:
    """Finds, adds and removes encoders. Folders are used where they lie, never copied."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def list(self) -> list[EncoderRecord]:
        """Return every encoder, the starter first, the others in the order they were added.

        Those whose record is damaged are left out.
        """
        starter = self._starter()
        found = readable(holders(self._workspace.encoders_folder, RECORD_FILE), self._current)
        ordered = [*([starter] if starter else []), *sorted(found, key=lambda item: item.added)]
        return [as_prepared(record) for record in ordered]

    def damaged(self) -> tuple[Path, ...]:
        """Return the folders of encoders whose record is damaged."""
        sound = {record.id for record in self.list()}
        there = holders(self._workspace.encoders_folder, RECORD_FILE)
        return tuple(folder for folder in there if folder.name not in sound)

    def get(self, name: str) -> EncoderRecord:
        """Return the encoder with this name or id.

        Raises
        ------
        UsageError
            If there is none; the hint proposes the nearest name.
        """
        encoders = self.list()
        for record in encoders:
            if name in {record.name, record.id}:
                return record
        raise UsageError(
            f"There is no encoder named {name}.",
            hint=did_you_mean(name, [record.name for record in encoders], "Encoders here"),
        )

    def add(  # noqa: PLR0913 - each is a choice of whoever adds it, or where it is from
        self,
        folder: Path,
        name: str = "",
        pooling: str = "",
        max_length: int = 0,
        prompts: dict[str, str] | None = None,
        text_encoder: str = "",
        *,
        origin: str = "",
        trusts_code: bool = False,
    ) -> EncoderRecord:
        """Add a folder or an ONNX file and return its record.

        Parameters
        ----------
        folder : Path
            The folder; it stays where it is.
        name : str, optional
            What to call it; the folder's own name without one.
        pooling : str, optional
            How tokens are pooled, where the folder does not say.
        max_length : int, optional
            Tokens to take of a text, if fewer than the encoder could.
        prompts : dict, optional
            Prompts by name, beside those of the folder.
        text_encoder : str, optional
            For an ONNX encoder of pictures, the name of the encoder of texts it was made for:
            both then work as one encoder of texts and pictures.
        origin : str, optional
            Where the folder came from, for a person; it is the user's own without one.
        trusts_code : bool, default False
            The user agrees that the encoder's own program code runs, if it needs any.

        Raises
        ------
        CodeConsentError
            If it needs program code of its own and the user has not agreed; lists the files.
        EncoderError
            If the folder is no usable encoder or a choice does not fit it.
        UsageError
            If the name is taken.
        """
        self._workspace.require_writable()
        partner = self.get(text_encoder).id if text_encoder else ""
        choices = saved_choices(pooling, max_length, prompts, partner)
        described = describe_folder(folder, name)
        if described.code_digest:
            if not trusts_code:
                raise not_agreed(described.folder)
            choices["trusted_code"] = described.code_digest
        record = self._chosen(described, choices)
        self.require_unused(record.name)
        record = replace(
            record,
            id=f"{slug(record.name)}-{secrets.token_hex(3)}",
            origin=origin or record.origin,
        )
        home = self._workspace.encoders_folder / record.id
        home.mkdir(parents=True)
        self._save(home / RECORD_FILE, record, choices)
        return record

    def make(
        self, name: str, write: Callable[[Path], None], base: EncoderRecord, *, origin: str
    ) -> EncoderRecord:
        """Add an encoder whose files are written into the workspace, and return its record.

        Parameters
        ----------
        name : str
            What to call it.
        write : callable
            Writes the encoder's files into the empty folder it is given.
        base : EncoderRecord
            What it was made from; it keeps the prompts that were set for that.
        origin : str
            Where it came from, for a person.

        Raises
        ------
        UsageError
            If the name is taken.
        EncoderError
            If what was written is no usable encoder.
        """
        self._workspace.require_writable()
        self.require_unused(name)
        encoder_id = f"{slug(name)}-{secrets.token_hex(3)}"
        home = self._workspace.encoders_folder / encoder_id
        temporary = home.with_name(f"{encoder_id}.tmp")
        try:
            (temporary / OWN_FILES).mkdir(parents=True)
            write(temporary / OWN_FILES)
            temporary.replace(home)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        choices = saved_choices(max_length=base.max_length, prompts=base.prompts)
        try:
            record = self._chosen(describe_folder(home / OWN_FILES, name), choices)
        except EncoderError:
            shutil.rmtree(home, ignore_errors=True)
            raise
        record = replace(
            record, id=encoder_id, origin=origin, default_prompt_name=base.default_prompt_name
        )
        self._save(home / RECORD_FILE, record, choices)
        return record

    def trust(self, record: EncoderRecord) -> EncoderRecord:
        """Agree to an encoder's own program code as its files are now; return its new record.

        Raises
        ------
        UsageError
            If it runs none, or is the starter.
        EncoderError
            If its folder is no usable encoder any more.
        """
        path = self._home(record) / RECORD_FILE
        choices = read_json(path)["choices"]
        anew = self._described_again(record, choices)
        if not anew.code_digest:
            raise nothing_to_trust(record)
        anew = with_consent(anew, anew.code_digest)
        self._save(path, anew, choices | {"trusted_code": anew.code_digest})
        return anew

    def delete(self, record: EncoderRecord) -> str:
        """Move an encoder's record to the trash and return the item's id.

        Its own folder is left alone.

        Raises
        ------
        UsageError
            If it is the starter, which belongs to the program.
        """
        return self._workspace.trash.put(self._home(record), "encoder", record.name)

    def rename(self, record: EncoderRecord, name: str) -> EncoderRecord:
        """Give an encoder another name and return its new record.

        Raises
        ------
        UsageError
            If the name is empty or taken, or the encoder is the starter.
        """
        path = self._home(record) / RECORD_FILE
        if not name.strip():
            raise UsageError("An encoder needs a name.")
        self.require_unused(name)
        saved = read_json(path)
        renamed = replace(EncoderRecord.from_record(saved["record"]), name=name)
        write_json(path, saved | {"record": renamed.to_record()})
        return renamed

    def require_unused(self, name: str) -> None:
        """Raise a :class:`UsageError` if an encoder has this name."""
        if name in {item.name for item in self.list()}:
            raise UsageError(
                f"There is an encoder named {name} already.", hint="Choose another name."
            )

    def _home(self, record: EncoderRecord) -> Path:
        self._workspace.require_writable()
        if record.id == STARTER:
            raise UsageError("The starter encoder belongs to the program and stays as it is.")
        return self._workspace.encoders_folder / record.id

    # Records follow their folders

    def _starter(self) -> EncoderRecord | None:
        folder = starter_folder()
        if folder is None:
            return None
        path = self._workspace.cache_folder / "starter.json"
        with suppress(LabError):
            saved = read_record_file(path)
            if saved.is_of(folder):
                return saved.record
        record = describe_starter(folder)
        self._save(path, record, {})
        return record

    def _current(self, home: Path) -> EncoderRecord:
        """Return a saved record, described anew if its folder has changed since."""
        path = home / RECORD_FILE
        saved = read_record_file(path)
        own = home / OWN_FILES
        # Wherever the workspace has been moved to.
        record = replace(saved.record, folder=str(own)) if own.is_dir() else saved.record
        folder = Path(record.folder)
        if not folder.is_dir():
            return replace(record, warnings=(f"The folder {folder} is missing.", *record.warnings))
        if saved.is_of(folder):
            return record
        try:
            anew = self._described_again(record, saved.choices)
        except EncoderError as error:
            return replace(record, warnings=(str(error), *record.warnings))
        self._save(path, anew, saved.choices)
        return anew

    def _described_again(self, record: EncoderRecord, choices: dict[str, Any]) -> EncoderRecord:
        folder = Path(record.folder)
        # Two towers of one folder are described together.
        has_both = record.text_encoder is not None and record.text_encoder.folder == record.folder
        is_file = record.model_file and not has_both
        path_or_file = folder / record.model_file if is_file else folder
        anew = self._chosen(describe_folder(path_or_file, record.name), choices)
        return replace(anew, id=record.id, added=record.added, origin=record.origin)

    def _chosen(self, record: EncoderRecord, choices: dict[str, Any]) -> EncoderRecord:
        """Return what a folder says of an encoder, with what the user decided."""
        record = with_consent(with_choices(record, choices), choices.get("trusted_code", ""))
        partner = choices.get("text_encoder")
        return with_text_encoder(record, self.get(partner)) if partner else record

    def _save(self, path: Path, record: EncoderRecord, choices: dict[str, Any]) -> None:
        if self._workspace.is_writable:
            write_record_file(path, record, choices)
