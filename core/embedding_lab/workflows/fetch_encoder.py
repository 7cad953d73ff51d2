"""Downloading an encoder from a hub and adding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders.folder import EncoderFolder, require_kind
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.hub.access import hub_folder, open_hub
from embedding_lab.hub.address import parse_address
from embedding_lab.hub.cache import HubCache
from embedding_lab.hub.fetch import Fetcher, Watcher
from embedding_lab.hub.repository import find_repository
from embedding_lab.hub.selection import Weights, select_files
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.settings import load_settings
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.hub.address import HubAddress
    from embedding_lab.hub.cache import Manifest
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
            selection = select_files(client, repository)
            self._require_addable(ctx.workspace, cache, address, repository.revision)
            fetcher = Fetcher(client, cache, repository, selection, _watcher(ctx))
            # The weights of what would not be opened anyhow need not come first.
            is_plain = selection.weights is Weights.SAFETENSORS
            manifest = fetcher.fetch(_require_opened if is_plain else lambda folder: None)
        return manifest, fetcher.n_fetched

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


def _require_opened(folder: Path) -> None:
    require_kind(EncoderFolder(folder))


def _watcher(ctx: JobContext[Workspace]) -> Watcher:
    return Watcher(
        check=ctx.check,
        progress=lambda done, total, name: ctx.progress(done, total, name, unit="bytes"),
        say=lambda sentence: ctx.log(sentence, level="warning"),
    )
