"""Writes the awkward files into the folder named, and lists what is expected of each."""

from __future__ import annotations

import sys
from pathlib import Path

from torture_files import make_torture_files

for made in make_torture_files(Path(sys.argv[1])):
    print(f"{made.name}: {made.rows} rows, {len(made.rejected)} rejected {made.problem}")
