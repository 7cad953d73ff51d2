"""The command line in a process of its own, with an encoder that needs no engine and time to stop.

Arguments: those of the command line. ``EMBEDDING_LAB_TEST_PAUSE_S`` slows each batch down.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from encoder_making import HashEncoder

from embedding_lab.cli.main import main
from embedding_lab.encoders import pool


class SlowEncoder(HashEncoder):
    """Takes a moment for each batch, so that a test can interrupt it."""

    def forward(self, *arguments: Any, **named: Any) -> Any:
        time.sleep(float(os.environ.get("EMBEDDING_LAB_TEST_PAUSE_S", "0")))
        return super().forward(*arguments, **named)


pool.load = lambda record, log=None: SlowEncoder(record)  # type: ignore[assignment]
sys.exit(main())
