"""Which graphics cards this machine has, asked of the system and of NVIDIA's own tool."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    # Runs a program and returns what it wrote; empty if it failed.
    Run = Callable[[list[str]], str]

NVIDIA, AMD = "NVIDIA", "AMD"
PCI_VENDORS = {"0x10de": NVIDIA, "0x1002": AMD}
# The class of a PCI device begins with this if it is a display controller.
DISPLAY_CLASS = "0x03"
WAIT_S = 15.0
FIELDS = ("name", "memory.total", "driver_version", "compute_cap")


@dataclass(frozen=True)
class Card:
    """One graphics card. ``memory_mb`` is 0 and ``capability`` empty where nobody tells."""

    vendor: str
    name: str
    memory_mb: int = 0
    capability: str = ""

    def __str__(self) -> str:
        memory = f", {self.memory_mb / 1024:.0f} GB" if self.memory_mb else ""
        return f"{self.name}{memory}"


@dataclass(frozen=True)
class Machine:
    """What the machine offers to an engine.

    Attributes
    ----------
    system : str
        ``linux``, ``win32`` or ``darwin``.
    processor : str
        ``x86_64``, ``arm64``…
    driver : str
        The version of NVIDIA's driver; empty if it is not loaded.
    cards : tuple of Card
        NVIDIA's first.
    """

    system: str = "linux"
    processor: str = "x86_64"
    driver: str = ""
    cards: tuple[Card, ...] = field(default=())

    @property
    def nvidia(self) -> tuple[Card, ...]:
        """The cards of NVIDIA."""
        return tuple(card for card in self.cards if card.vendor == NVIDIA)


def run_quietly(command: list[str]) -> str:
    """Run a program without a window and return what it wrote; empty if it failed."""
    # On Windows, a console window would flash up.
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        done = subprocess.run(
            command,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=WAIT_S,
            creationflags=hidden,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def detect_machine(
    run: Run = run_quietly,
    root: Path = Path("/"),
    system: str = sys.platform,
    processor: str = "",
) -> Machine:
    """Return which cards there are; takes up to some seconds, and loads no engine.

    Parameters
    ----------
    run : callable, optional
        Runs a program and returns what it wrote.
    root : Path, optional
        Where the system's files begin.
    system, processor : str, optional
        As :data:`sys.platform` and :func:`platform.machine` name them.
    """
    processor = (processor or platform.machine()).lower()
    processor = "x86_64" if processor == "amd64" else processor
    if system == "darwin":
        return Machine(system, processor)
    driver, cards = _told_by_tool(run, system)
    if not cards:
        driver, cards = _told_by_driver(root)
    others = _on_the_bus(root)
    if cards:
        others = [card for card in others if card.vendor != NVIDIA]
    return Machine(system, processor, driver, (*cards, *others))


def _told_by_tool(run: Run, system: str) -> tuple[str, list[Card]]:
    tool = _tool(system)
    # Old drivers do not know the last field, and then tell nothing at all.
    for names in (FIELDS, FIELDS[:-1]):
        query = [tool, f"--query-gpu={','.join(names)}", "--format=csv,noheader,nounits"]
        rows = [line.split(",") for line in run(query).splitlines()]
        rows = [[cell.strip() for cell in row] for row in rows if len(row) == len(names)]
        if rows:
            cards = [
                Card(NVIDIA, row[0], _number(row[1]), row[3] if len(row) > 3 else "")
                for row in rows
            ]
            return rows[0][2], cards
    return "", []


def _tool(system: str) -> str:
    found = shutil.which("nvidia-smi")
    if found or system != "win32":
        return found or "nvidia-smi"
    return str(Path("C:/Windows/System32/nvidia-smi.exe"))


def _told_by_driver(root: Path) -> tuple[str, list[Card]]:
    """Ask the files of a loaded driver, where its tool is missing, as in some containers."""
    home = root / "proc/driver/nvidia"
    version = re.search(r"Kernel Module\s+(?:for \S+\s+)?([\d.]+)", _text(home / "version"))
    cards = []
    for file in sorted(home.glob("gpus/*/information")):
        name = re.search(r"^Model:\s*(.+)$", _text(file), re.MULTILINE)
        cards.append(Card(NVIDIA, name[1].strip() if name else "NVIDIA card"))
    return (version[1], cards) if version else ("", [])


def _on_the_bus(root: Path) -> list[Card]:
    """Find cards whose driver is not loaded, or is none of NVIDIA's, by what is plugged in."""
    found = []
    for device in sorted((root / "sys/bus/pci/devices").glob("*")):
        vendor = PCI_VENDORS.get(_text(device / "vendor").strip())
        if vendor and _text(device / "class").startswith(DISPLAY_CLASS):
            found.append(Card(vendor, f"{vendor} graphics card"))
    return sorted(found, key=lambda card: card.vendor != NVIDIA)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(text: str) -> int:
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits else 0
