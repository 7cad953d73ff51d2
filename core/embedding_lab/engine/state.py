"""How things stand with the graphics card and the engines, as one JSON object."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from embedding_lab import paths
from embedding_lab.engine.advice import advise
from embedding_lab.engine.cards import detect_machine
from embedding_lab.engine.folders import current_engine
from embedding_lab.engine.present import present_torch
from embedding_lab.engine.start import problem_at_start
from embedding_lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.engine.cards import Machine


def engine_state(detect: Callable[[], Machine] = detect_machine) -> dict[str, Any]:
    """Return what was detected, what is present and installed, and the advice.

    Parameters
    ----------
    detect : callable, optional
        Finds out what the machine has; takes up to some seconds.
    """
    machine = detect()
    torch = present_torch()
    installed = None
    with suppress(LabError):
        installed = current_engine()
    advice = advise(machine, torch, installed, problem_at_start())
    return {
        "system": machine.system,
        "processor": machine.processor,
        "driver": machine.driver,
        "cards": [asdict(card) for card in machine.cards],
        "torch": asdict(torch) if torch else None,
        "installed": asdict(installed) if installed else None,
        "folder": str(paths.engines_folder()),
        "case": advice.case.value,
        "advice": advice.sentence,
        "build": advice.build.name if advice.build else "",
        "cuda": advice.build.cuda if advice.build else "",
    }
