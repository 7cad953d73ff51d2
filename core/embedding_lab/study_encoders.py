"""The part of the Python door that adds, measures and exports encoders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.jobs.job import Job
    from embedding_lab.workspace.workspace import Workspace


class EncoderStudy(ABC):
    """Methods of :class:`~embedding_lab.study.Study` about encoders."""

    workspace: Workspace

    @abstractmethod
    def run(self, job: Job[Workspace]) -> dict[str, Any]:
        """Run a job and return its result."""

    def encoders(self) -> list[EncoderRecord]:
        """Return every encoder, the starter first."""
        from embedding_lab.encoders.store import EncoderStore

        return EncoderStore(self.workspace).list()

    def add_encoder(self, folder: str | Path, name: str = "", **choices: Any) -> EncoderRecord:
        """Add an encoder's folder or ONNX file.

        ``choices`` are ``pooling``, ``max_length``, ``prompts``, ``text_encoder``, and
        ``trusts_code``: agree that the encoder's own program code runs, if it needs any.
        """
        from pathlib import Path

        from embedding_lab.encoders.store import EncoderStore

        return EncoderStore(self.workspace).add(Path(folder), name, **choices)

    def trust_encoder(self, name: str) -> EncoderRecord:
        """Agree that an encoder's own program code runs, exactly as its files are now."""
        from embedding_lab.encoders.store import EncoderStore

        store = EncoderStore(self.workspace)
        return store.trust(store.get(name))

    def fetch_encoder(self, repository: str, **choices: Any) -> dict[str, Any]:
        """Download an encoder from the hub by its id, ``organisation/name``, and add it.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.fetch_encoder.FetchEncoder`: ``revision``, ``name``,
        ``trusts_code``, ``is_online``...
        """
        from embedding_lab.workflows.fetch_encoder import FetchEncoder

        return self.run(FetchEncoder(repository, **choices))

    def downloads(self) -> dict[str, Any]:
        """Tell which encoders were downloaded, how large they are, and which are used here."""
        from embedding_lab.workflows.downloaded_encoders import ListDownloads

        return self.run(ListDownloads())

    def delete_download(self, repository: str, *, even_if_used: bool = False) -> dict[str, Any]:
        """Delete the downloaded files of one encoder by its id, ``organisation/name``.

        ``even_if_used`` deletes them even if an encoder of this workspace needs them.
        """
        from embedding_lab.workflows.downloaded_encoders import DeleteDownload

        return self.run(DeleteDownload(repository, even_if_used=even_if_used))

    def compare(
        self, encoder: str, first: str = "", second: str = "", **choices: Any
    ) -> dict[str, Any]:
        """Encode two texts or pictures and return the cosine of their vectors.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.compare_texts.CompareTexts`.
        """
        from embedding_lab.workflows.compare_texts import CompareTexts

        return self.run(CompareTexts(encoder, first, second, **choices))

    def inspect_onnx(self, path: str | Path, against: str | Path = "") -> dict[str, Any]:
        """Tell what an ONNX file holds, and what differs from another.

        Both may be files, their folders, or names of ONNX encoders.
        """
        from embedding_lab.workflows.inspect_onnx import InspectOnnx

        return self.run(InspectOnnx(str(path), str(against) if against else ""))

    def measure(
        self, corpus: str, encoder: str = "starter", *against: str, **choices: Any
    ) -> dict[str, Any]:
        """Measure speed, memory and agreement of encoders on rows of a corpus.

        ``against`` are further encoders that are compared with the first. ``choices`` are further
        fields of :class:`~embedding_lab.workflows.measure_encoder.MeasureEncoder`: ``n_rows``,
        ``repeats``, ``modality``.
        """
        from embedding_lab.workflows.measure_encoder import MeasureEncoder

        return self.run(MeasureEncoder(corpus, encoder, against, **choices))

    def export_onnx(self, encoder: str, to: str | Path, **choices: Any) -> dict[str, Any]:
        """Export an encoder into a new folder as ONNX files proven on rows of a corpus.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.export_onnx.ExportOnnx`: ``check_corpus``, ``n_rows``,
        ``min_cosine``, ``keeps_failed``. The result says under ``passed`` whether they say the
        same as the encoder.
        """
        from embedding_lab.workflows.export_onnx import ExportOnnx

        return self.run(ExportOnnx(encoder, str(to), **choices))

    def prepare(self, encoder: str, **choices: Any) -> dict[str, Any]:
        """Export and prove an encoder once, so that the fast engine computes it from then on.

        ``choices`` are ``check_corpus`` and ``n_rows``.
        """
        from embedding_lab.workflows.prepare_encoder import PrepareEncoder

        return self.run(PrepareEncoder(encoder, **choices))

    def shrink(self, encoder: str, to: str | Path, corpus: str, **choices: Any) -> dict[str, Any]:
        """Make smaller ONNX files of an encoder and measure what each gains and loses.

        ``choices`` are further fields of
        :class:`~embedding_lab.workflows.shrink_encoder.ShrinkEncoder`: ``recipes``, ``n_rows``,
        ``repeats``, ``scores``.
        """
        from embedding_lab.workflows.shrink_encoder import ShrinkEncoder

        return self.run(ShrinkEncoder(encoder, str(to), corpus, **choices))
