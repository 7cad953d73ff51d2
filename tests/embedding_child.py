"""A process that embeds a corpus as the command line would, for tests that kill it.

Arguments: workspace, run folder, marker file, encoder (``hash``, or a real encoder's name). Each
computed batch adds a line with its number of rows to the marker file.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from encoder_making import HashEncoder

from embedding_lab.encoders import pool
from embedding_lab.encoders.store import EncoderStore
from embedding_lab.jobs.record import read_run
from embedding_lab.jobs.run import run_job
from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.job import Job

HASH_PAUSE_S = 0.004


def main() -> None:
    workspace_folder, run_folder, marker, encoder_name = sys.argv[1:]
    with (
        open_workspace(workspace_folder) as workspace,
        Path(marker).open("a", encoding="ascii", buffering=1) as log,
    ):
        assert workspace.is_writable, workspace.why_read_only
        record = EncoderStore(workspace).get("starter" if encoder_name == "hash" else encoder_name)
        encoder = HashEncoder(record) if encoder_name == "hash" else pool.load(record)
        compute = encoder.forward

        def forward(batch, *rest, **named):  # type: ignore[no-untyped-def]
            vectors = compute(batch, *rest, **named)
            if encoder_name == "hash":
                time.sleep(HASH_PAUSE_S)
            log.write(f"{len(batch)}\n")
            return vectors

        encoder.forward = forward  # type: ignore[method-assign]
        pool.load = lambda record, log=None: encoder  # type: ignore[assignment]
        folder = Path(run_folder)
        job: Job = read_run(folder).load_job()
        terminal = run_job(job, workspace, lambda event: None, folder=folder, is_continued=True)
        print(terminal)


if __name__ == "__main__":
    main()
