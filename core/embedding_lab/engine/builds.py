"""Which builds of the engine there are for NVIDIA cards, and which one fits a machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedding_lab.engine.cards import Card


@dataclass(frozen=True)
class Build:
    """One build of torch for NVIDIA cards.

    Attributes
    ----------
    name : str
        What its versions end in: ``cu130``.
    cuda : str
        The CUDA version it was made for.
    driver : tuple of int
        The oldest driver that can run it.
    driver_windows : tuple of int
        The same on Windows.
    lowest, highest : tuple of int
        The compute capabilities it was compiled for. A card of a later minor version runs what was
        compiled for an earlier one, a card of a later major version does not.
    """

    name: str
    cuda: str
    driver: tuple[int, ...]
    driver_windows: tuple[int, ...]
    lowest: tuple[int, int]
    highest: tuple[int, int]

    def oldest_driver(self, system: str) -> tuple[int, ...]:
        """Return the oldest driver that can run it on a system."""
        return self.driver_windows if system == "win32" else self.driver

    def suits(self, card: Card) -> bool:
        """Whether it was compiled for a card; a card that does not tell gets the doubt."""
        capability = numbers(card.capability)
        if not capability:
            return True
        return capability >= self.lowest and capability[0] <= self.highest[0]


# The builds and their compute capabilities: PyTorch's RELEASE.md, "Release Compatibility Matrix"
# (torch 2.13, stable CUDA) and "PyTorch CUDA Support Matrix" (builds for x86).
# Oldest drivers: NVIDIA's "CUDA Compatibility", table 1 of "Minor Version Compatibility" (580 for
# CUDA 13.x, 525 for 12.x), and the "CUDA Toolkit Release Notes" (525.60.13 and, on Windows, 528.33
# for 12.x). The newest first.
BUILDS = (
    Build("cu130", "13.0", (580,), (580,), (7, 5), (12, 0)),
    Build("cu126", "12.6", (525, 60, 13), (528, 33), (5, 0), (9, 0)),
)
OLDEST_DRIVER = BUILDS[-1].driver
# Builds for other processors are compiled for other cards, and were never tried.
PROCESSORS = ("x86_64",)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers that can be compared: ``580.65.06`` as ``(580, 65, 6)``."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def build_named(name: str) -> Build | None:
    """Return the build of this name."""
    return next((build for build in BUILDS if build.name == name), None)


def fitting_build(driver: str, cards: Sequence[Card], system: str) -> Build | None:
    """Return the newest build that a driver can run and that was made for one of the cards."""
    for build in BUILDS:
        is_run = numbers(driver) >= build.oldest_driver(system)
        if is_run and any(build.suits(card) for card in cards):
            return build
    return None
