"""Each case of card, driver and engine gets one piece of advice, and a build where one fits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from embedding_lab import paths
from embedding_lab.engine.advice import Case, advise
from embedding_lab.engine.builds import BUILDS, build_named, fitting_build, numbers
from embedding_lab.engine.cards import Card, Machine
from embedding_lab.engine.folders import InstalledEngine
from embedding_lab.engine.present import TORCH_VERSION, PresentTorch

CPU = PresentTorch("2.13.0+cpu", "cpu", "/app/torch")


def machine(driver: str, capability: str, *, system: str = "linux", name: str = "Card") -> Machine:
    return Machine(system, "x86_64", driver, (Card("NVIDIA", name, 8192, capability),))


def engine(*, works: bool, said: str) -> InstalledEngine:
    return InstalledEngine(
        "torch-2.13.0-cu130", "2.13.0+cu130", "cu130", "13.0", "cp311", "linux-x86_64", 1, 0.0,
        works, said,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("driver", "capability", "system", "build"),
    [
        ("580.65.06", "8.9", "linux", "cu130"),
        ("610.10", "12.0", "win32", "cu130"),
        ("535.183.01", "8.6", "linux", "cu126"),
        ("525.60.13", "8.0", "linux", "cu126"),
        ("525.60.11", "8.0", "linux", None),
        ("528.33", "8.6", "win32", "cu126"),
        ("527.41", "8.6", "win32", None),
        # Too old a card for the newest build, though its driver could run it.
        ("580.65.06", "6.1", "linux", "cu126"),
        ("580.65.06", "3.7", "linux", None),
        # Too new a card for what its driver can run.
        ("570.00", "12.0", "linux", None),
        ("580.65.06", "", "linux", "cu130"),
    ],
)
def test_the_newest_build_that_driver_and_card_can_run_fits(
    driver: str, capability: str, system: str, build: str | None
) -> None:
    cards = [Card("NVIDIA", "Card", 0, capability)]
    found = fitting_build(driver, cards, system)
    assert (found.name if found else None) == build


def test_builds_are_named_after_their_cuda_version_and_the_newest_is_first() -> None:
    assert [build.name for build in BUILDS] == [f"cu{b.cuda.replace('.', '')}" for b in BUILDS]
    assert sorted(BUILDS, key=lambda build: numbers(build.cuda), reverse=True) == list(BUILDS)
    assert build_named("cu130") is BUILDS[0]
    assert build_named("cu999") is None


def test_the_engine_is_of_the_version_that_is_pinned() -> None:
    pins = Path(__file__).parents[3] / "packaging" / "requirements.txt"
    pinned = re.search(r"^torch==([\d.]+)", pins.read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned is not None
    assert pinned[1] == TORCH_VERSION


@pytest.mark.parametrize(
    ("found", "case", "words"),
    [
        (Machine(), Case.NO_CARD, "No graphics card was found"),
        (Machine(cards=(Card("AMD", "AMD graphics card"),)), Case.AMD, "not offered"),
        (Machine("darwin", "arm64"), Case.METAL, "Metal"),
        (Machine("darwin", "x86_64"), Case.NO_CARD, "on the processor"),
        (machine("", "8.9"), Case.NO_DRIVER, "driver 580 or newer"),
        (machine("470.82.01", "8.6"), Case.OLD_DRIVER, "525.60.13 or newer"),
        (machine("470.82", "8.6", system="win32"), Case.OLD_DRIVER, "528.33 or newer"),
        (machine("570.00", "12.0"), Case.OLD_DRIVER, "580 or newer"),
        (machine("580.65", "3.7"), Case.OLD_CARD, "compute capability 3.7"),
        (machine("580.65", "8.9"), Case.OFFER, "Card, 8 GB is there with the driver 580.65"),
        (
            Machine("linux", "aarch64", "580.65", (Card("NVIDIA", "GH200", 0, "9.0"),)),
            Case.OTHER_PROCESSOR,
            "not for aarch64",
        ),
    ],
)
def test_every_machine_gets_its_advice(found: Machine, case: Case, words: str) -> None:
    advice = advise(found, CPU)
    assert advice.case is case
    assert words in advice.sentence
    assert (advice.build is not None) == (case is Case.OFFER)


def test_without_the_full_engine_nothing_is_offered() -> None:
    advice = advise(machine("580.65", "8.9"), None)
    assert (advice.case, advice.build) == (Case.NO_ENGINE, None)


def test_a_torch_that_has_cuda_already_needs_nothing() -> None:
    advice = advise(machine("580.65", "8.9"), PresentTorch("2.13.0+cu130", "cu130", "/venv/torch"))
    assert (advice.case, advice.build) == (Case.WORKS, None)


def test_an_installed_engine_is_told_as_it_was_tried() -> None:
    found = machine("580.65", "8.9")
    works, fails = (
        engine(works=True, said="Card"),
        engine(works=False, said="it found no card here."),
    )
    in_use = PresentTorch("2.13.0+cu130", "cu130", str(works.folder / "torch"))
    assert advise(found, CPU, works).case is Case.NEXT_START
    assert "found Card" in advise(found, in_use, works).sentence
    told = advise(found, in_use, fails)
    assert told.case is Case.FAILS
    assert (
        "when it was tried, it found no card here. Everything runs on the processor."
        in told.sentence
    )


def test_one_that_is_not_used_is_told_with_its_reason_and_can_be_replaced() -> None:
    advice = advise(machine("580.65", "8.9"), CPU, None, "It is damaged.")
    assert (advice.case, advice.sentence) == (Case.UNUSED, "It is damaged.")
    assert advice.build is BUILDS[0]
    assert paths.engines_folder().name == "engines"
