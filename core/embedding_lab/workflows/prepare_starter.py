"""Preparing the starter encoder once, when the program is set up or its installer is built.

python -m embedding_lab.workflows.prepare_starter [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from embedding_lab import paths
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.prepared import prepared_name
from embedding_lab.encoders.starter import STARTER, starter_folder
from embedding_lab.errors import LabError
from embedding_lab.export.gate import EXACT
from embedding_lab.export.proven_export import ProofPlan
from embedding_lab.jobs.cancellation import CancellationToken
from embedding_lab.jobs.context import JobContext
from embedding_lab.workflows.export_onnx import DEFAULT_ROWS
from embedding_lab.workflows.prepare_encoder import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Prepare the starter into a folder, or into the program's own; return an exit status."""
    parent = Path(argv[0]) if argv else paths.prepared_folders()[-1]
    folder = starter_folder()
    if folder is None:
        sys.stderr.write("The package with the starter encoder is not installed.\n")
        return 1
    record = describe_folder(folder, STARTER)
    if (parent / prepared_name(record)).exists():
        return 0
    with tempfile.TemporaryDirectory(prefix="embedding-lab-") as temporary:
        context: JobContext[None] = JobContext(
            None, Path(temporary), CancellationToken(), lambda _: None
        )
        try:
            found = prepare(context, record, parent, ProofPlan(None, DEFAULT_ROWS, EXACT))
        except LabError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.write(
        f"Prepared: {found['rows']:,} rows, smallest cosine {found['min_cosine']:.7f}.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
