"""Downloading an encoder from a hub and adding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders.store import EncoderStore
from embedding_lab.hub.access import hub_folder, open_hub
from embedding_lab.hub.address import parse_address
from embedding_lab.hub.cache import HubCache
from embedding_lab.hub.fetch import Fetcher
from embedding_lab.hub.receive import Watcher
from embedding_lab.hub.repository import find_repository
from embedding_lab.hub.selection import Weights, select_files
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.settings import load_settings
from embedding_lab.workflows.hub_code import needed_code, not_agreed_on_hub
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.hub.address import HubAddress
    from embedding_lab.hub.cache import Manifest
    from embedding_lab.hub.repository import HubFile, HubRepository
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.settings import Settings


@dataclass(frozen=True)
class FetchEncoder(Job[Workspace]):
    """Download an encoder and add it to the workspace.

    What was downloaded before is used again without asking the hub, by every workspace. An
    interrupted download goes on where it ended.

    Attributes
    ----------
    repository : str
        ``organisation/name``, perhaps with ``@revision``.
    revision : str
        A branch, a tag or a commit; the newest without one.
    name : str
        What to call it; the repository's own name without one.
    pooling : str
        How tokens are pooled, where the encoder does not say.
    max_length : int
        Tokens to take of a text, if fewer than the encoder could.
    prompts : dict
        Prompts by name, beside those of the encoder.
    text_encoder : str
        For an ONNX encoder of pictures, the encoder of texts it was made for.
    again : bool
        Ask the hub for the newest commit even if one was downloaded before.
    trusts_code : bool
        The user agrees that the encoder's own program code runs, if it needs any; without, no
        program files are fetched.
    is_online : bool
        The user lifted the offline switch for this job.
    """

    repository: str
    revision: str = ""
    name: str = ""
    pooling: str = ""
    max_length: int = 0
    prompts: dict[str, str] = field(default_factory=dict)
    text_encoder: str = ""
    again: bool = False
    trusts_code: bool = False
    is_online: bool = False
    lane: ClassVar[Lane] = Lane.IO

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Downloading {self.repository}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Download what is missing, add the folder, and return the encoder's record."""
        ctx.workspace.require_writable()
        settings = load_settings()
        address = parse_address(self.repository, self.revision)
        cache = HubCache(hub_folder(settings))
        manifest = None if self.again else cache.find(address)
        n_fetched = 0
        if manifest is None:
            manifest, n_fetched = self._download(ctx, settings, cache, address)
        else:
            ctx.log(f"{address} was downloaded before; nothing is fetched.")
        record = self._add(ctx.workspace, cache, address, manifest)
        return record.to_record() | {
            "encoder": record.name,
            "repository": manifest.repository,
            "revision": manifest.revision,
            "downloaded_bytes": n_fetched,
        }

    def _download(
        self,
        ctx: JobContext[Workspace],
        settings: Settings,
        cache: HubCache,
        address: HubAddress,
    ) -> tuple[Manifest, int]:
        wanted = f"{address} cannot be downloaded"
        with open_hub(settings, wanted, ctx.check, is_online=self.is_online) as client:
            repository = find_repository(client, address)
            selection = select_files(client, repository, takes_code=True)
            code = selection.code_files
            if not self.trusts_code:
                selection = selection.without_code()
            self._require_addable(ctx.workspace, cache, address, repository.revision)
            fetcher = Fetcher(client, cache, repository, selection, _watcher(ctx))
            # The weights of what would not be opened anyhow need not come first.
            is_plain = selection.weights is Weights.SAFETENSORS
            require_opened = partial(self._require_opened, repository, code)
            manifest = fetcher.fetch(require_opened if is_plain else lambda folder: None)
        return manifest, fetcher.n_fetched

    def _require_opened(
        self, repository: HubRepository, code: tuple[HubFile, ...], folder: Path
    ) -> None:
        needed = needed_code(folder, code)
        if needed and not self.trusts_code:
            raise not_agreed_on_hub(repository, needed)

    def _require_addable(
        self, workspace: Workspace, cache: HubCache, address: HubAddress, commit: str
    ) -> None:
        """Raise before the download what would stop the adding behind it."""
        store = EncoderStore(workspace)
        if self._present(store, cache.files_folder(address.id, commit), address) is None:
            store.require_unused(self.name or address.name)

    def _add(
        self, workspace: Workspace, cache: HubCache, address: HubAddress, manifest: Manifest
    ) -> EncoderRecord:
        store = EncoderStore(workspace)
        folder = cache.files_folder(manifest.repository, manifest.revision)
        return self._present(store, folder, address) or store.add(
            folder,
            self.name or address.name,
            pooling=self.pooling,
            max_length=self.max_length,
            prompts=self.prompts,
            text_encoder=self.text_encoder,
            origin=f"downloaded from {manifest.repository}, commit {manifest.revision}",
            trusts_code=self.trusts_code,
        )

    def _present(
        self, store: EncoderStore, folder: Path, address: HubAddress
    ) -> EncoderRecord | None:
        """Return the encoder that an earlier run of the same job added."""
        for record in store.list():
            partner = record.text_encoder
            if (
                record.folder == str(folder)
                and record.name == (self.name or address.name)
                and self.pooling in {"", record.pooling}
                and self.max_length in {0, record.max_length}
                and self.prompts.items() <= record.prompts.items()
                and self.text_encoder in {"", *((partner.id, partner.name) if partner else ())}
            ):
                return record
        return None


def _watcher(ctx: JobContext[Workspace]) -> Watcher:
    return Watcher(
        check=ctx.check,
        progress=lambda done, total, name: ctx.progress(done, total, name, unit="bytes"),
        say=lambda sentence: ctx.log(sentence, level="warning"),
    )
