"""A process that trains and kills itself before a step. Arguments: workspace, run folder, step."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from training_making import use_one_thread

from embedding_lab.jobs.events import JobProgressed
from embedding_lab.jobs.record import read_run
from embedding_lab.jobs.run import run_job
from embedding_lab.workspace.workspace import open_workspace

if TYPE_CHECKING:
    from embedding_lab.jobs.events import Event


def main() -> None:
    workspace_folder, run_folder, last = sys.argv[1:]
    use_one_thread()

    def kill(event: Event) -> None:
        if isinstance(event, JobProgressed) and event.unit == "steps" and event.step == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    with open_workspace(workspace_folder) as workspace:
        assert workspace.is_writable, workspace.why_read_only
        folder = Path(run_folder)
        print(run_job(read_run(folder).load_job(), workspace, kill, folder=folder))


if __name__ == "__main__":
    main()
