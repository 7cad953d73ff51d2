"""Where the scripts that build the installers lie, and the names that they share."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGING = ROOT / "packaging"
LINUX, WINDOWS, MACOS = (PACKAGING / name for name in ("linux", "windows", "macos"))
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
FILE_TYPE = "application/x-embedding-lab-workspace"
DOORS = ("embedding-lab", "embedding-lab-app")
