"""The engine's libraries find their environment as they want it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, os
from embedding_lab.encoders.engine_start import set_environment
from embedding_lab.encoders.pool import load_full_engine
set_environment()
before = dict(os.environ)
load_full_engine(lambda _: None)
from embedding_lab.encoders import torch_image_text, torch_text
print(json.dumps({name: value for name, value in os.environ.items() if before.get(name) != value}))
"""


@pytest.mark.timeout(180)
def test_no_variable_is_added_or_changed_while_the_engine_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=170
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {}
