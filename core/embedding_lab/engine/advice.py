"""What a person can do about the graphics card of a machine, in one or two sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from embedding_lab.engine.builds import BUILDS, PROCESSORS, Build, fitting_build
from embedding_lab.engine.cards import AMD

if TYPE_CHECKING:
    from embedding_lab.engine.cards import Machine
    from embedding_lab.engine.folders import InstalledEngine
    from embedding_lab.engine.present import PresentTorch


class Case(StrEnum):
    """How things stand."""

    NO_CARD = "no card"
    AMD = "amd"
    METAL = "metal"
    OTHER_PROCESSOR = "other processor"
    NO_DRIVER = "no driver"
    OLD_DRIVER = "old driver"
    OLD_CARD = "old card"
    NO_ENGINE = "no engine"
    OFFER = "offer"
    NEXT_START = "next start"
    WORKS = "works"
    FAILS = "fails"
    UNUSED = "unused"


@dataclass(frozen=True)
class Advice:
    """How things stand, what to do, and which build could be installed, if one could."""

    case: Case
    sentence: str
    build: Build | None = None


def advise(
    machine: Machine,
    torch: PresentTorch | None,
    installed: InstalledEngine | None = None,
    problem: str = "",
) -> Advice:
    """Return the advice for a machine and its engines.

    Parameters
    ----------
    machine : Machine
        What was detected.
    torch : PresentTorch, optional
        What an import would load now; ``None`` without the full engine.
    installed : InstalledEngine, optional
        The engine for cards that is installed beside the program's own.
    problem : str, optional
        Why that is not used, as the start of the program found.
    """
    offered = _offer(machine, torch)
    if problem:
        return Advice(Case.UNUSED, problem, offered.build)
    if installed is not None:
        return _about_installed(installed, torch)
    if torch is not None and torch.has_cuda and machine.nvidia:
        card = machine.nvidia[0]
        return Advice(Case.WORKS, f"The engine is made for NVIDIA cards, and {card} is there.")
    return offered


def _about_installed(installed: InstalledEngine, torch: PresentTorch | None) -> Advice:
    name = f"The engine for CUDA {installed.cuda}"
    if torch is None or not torch.folder.startswith(str(installed.folder)):
        return Advice(Case.NEXT_START, f"{name} is installed. It takes effect at the next start.")
    if installed.works:
        return Advice(Case.WORKS, f"{name} is in use and found {installed.said} when tried.")
    return Advice(
        Case.FAILS,
        f"{name} is in use, but when it was tried, {installed.said} Everything runs on the "
        "processor. Update the driver, or remove the engine.",
    )


def _offer(machine: Machine, torch: PresentTorch | None) -> Advice:
    if machine.system == "darwin":
        return _about_mac(machine)
    if not machine.nvidia:
        return _about_others(machine)
    card = machine.nvidia[0]
    if machine.processor not in PROCESSORS:
        return Advice(
            Case.OTHER_PROCESSOR,
            f"{card} is there, but the engine for NVIDIA cards is offered for x86-64 processors "
            f"only, not for {machine.processor}. Everything runs on the processor.",
        )
    if not machine.driver:
        return Advice(
            Case.NO_DRIVER,
            f"An NVIDIA card is there, but its driver is not loaded. Install NVIDIA's driver "
            f"{_version(BUILDS[0].oldest_driver(machine.system))} or newer, and start the program "
            "again.",
        )
    build = fitting_build(machine.driver, machine.nvidia, machine.system)
    if build is not None and torch is not None:
        return Advice(
            Case.OFFER,
            f"{card} is there with the driver {machine.driver}, but the engine that came with the "
            f"program uses the processor only. One for CUDA {build.cuda} fits and can be "
            "installed.",
            build,
        )
    if build is not None:
        return Advice(
            Case.NO_ENGINE,
            f"{card} is there, but this installation has no full engine. Install the program with "
            "torch first.",
        )
    return _about_misfit(machine)


def _about_misfit(machine: Machine) -> Advice:
    card = machine.nvidia[0]
    suited = [build for build in BUILDS if any(build.suits(item) for item in machine.nvidia)]
    if not suited:
        return Advice(
            Case.OLD_CARD,
            f"No engine is made for {card} (compute capability {card.capability}). Everything "
            "runs on the processor.",
        )
    needed = suited[-1].oldest_driver(machine.system)
    return Advice(
        Case.OLD_DRIVER,
        f"{card} is there, but its driver {machine.driver} is too old. Install NVIDIA's driver "
        f"{_version(needed)} or newer, and start the program again.",
    )


def _about_mac(machine: Machine) -> Advice:
    if machine.processor == "arm64":
        return Advice(
            Case.METAL,
            "This Mac's graphics are used through Metal (MPS), which the engine that came with "
            "the program can do. There is nothing to install.",
        )
    return _about_others(machine)


def _about_others(machine: Machine) -> Advice:
    if any(card.vendor == AMD for card in machine.cards):
        return Advice(
            Case.AMD,
            "An AMD card is there. An engine for AMD cards is not offered; everything runs on the "
            "processor.",
        )
    return Advice(
        Case.NO_CARD,
        "No graphics card was found that an engine can use. Everything runs on the processor.",
    )


def _version(parts: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in parts)
