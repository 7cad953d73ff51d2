"""Looking into an ONNX file: what it holds, and what differs from another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from embedding_lab.encoders.describe_onnx import find_onnx_file
from embedding_lab.encoders.record import ONNX
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.errors import EncoderError
from embedding_lab.export.graph_difference import compare
from embedding_lab.export.graph_summary import summarize
from embedding_lab.jobs.job import Job, Lane
from embedding_lab.workspace.workspace import Workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.context import JobContext


@dataclass(frozen=True)
class InspectOnnx(Job[Workspace]):
    """Tell what an ONNX file holds, and what differs from another.

    Attributes
    ----------
    path : str
        An ONNX file, a folder of one, or the name of an ONNX encoder in the workspace.
    against : str
        Another one to compare it with, if any.
    """

    path: str
    against: str = ""
    lane: ClassVar[Lane] = Lane.IO
    is_recorded: ClassVar[bool] = False
    needs_writing: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What the job does, for the Jobs strip."""
        return f"Looking into {Path(self.path).name}"

    def run(self, ctx: JobContext[Workspace]) -> dict[str, Any]:
        """Read the file or files and return the figures."""
        first = _onnx_file(self.path, ctx.workspace)
        second = _onnx_file(self.against, ctx.workspace) if self.against else None
        ctx.check()
        result: dict[str, Any] = {"summary": summarize(first).to_record()}
        if second is not None:
            ctx.check()
            result["against"] = summarize(second).to_record()
            result["difference"] = compare(first, second, ctx.check).to_record()
        return result


def _onnx_file(named: str, workspace: Workspace) -> Path:
    """Return the file that a path or an encoder's name stands for."""
    path = Path(named)
    if path.is_dir():
        found = find_onnx_file(path)
        if found is None:
            raise EncoderError(
                f"The folder {path} holds no ONNX file that is opened by itself.",
                hint="Name the file.",
            )
        return found.path
    if path.exists() or path.suffix == ".onnx":
        return path
    record = EncoderStore(workspace).get(named)
    if record.kind != ONNX:
        raise EncoderError(
            f"The encoder {record.name} is no ONNX file.",
            hint="Choose an encoder of the fast engine, or name a file.",
        )
    return Path(record.folder) / record.model_file
