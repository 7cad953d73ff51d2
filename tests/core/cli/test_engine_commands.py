"""The engine for graphics cards from the command line: shown, installed, removed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from engine_making import StandInIndex, engine_wheels

from embedding_lab.engine import cards
from embedding_lab.engine.cards import Card, Machine
from embedding_lab.engine.start import use_installed_engine
from embedding_lab.settings import load_settings, save_settings
from embedding_lab.workflows import install_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOUND = Machine("linux", "x86_64", "580.65.06", (Card("NVIDIA", "RTX 4090", 24576, "8.9"),))


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command puts on the path of modules goes with its test."""
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def served(own_home: Path) -> Iterator[StandInIndex]:
    """An index on this machine, which the settings name; the user is online."""
    with StandInIndex(engine_wheels()) as made:
        settings = load_settings()
        settings.offline, settings.engine_index = False, made.address
        save_settings(settings)
        yield made


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine has a card."""
    monkeypatch.setattr(install_engine, "detect_machine", lambda: FOUND)


def test_show_tells_the_advice(lab: Any) -> None:
    value = lab("engine", "show", "--json").value
    assert set(value) == {
        "system", "processor", "driver", "cards", "torch", "installed", "folder", "case",
        "advice", "build", "cuda",
    }  # fmt: skip
    assert value["advice"] in lab("engine", "show").out


@pytest.mark.usefixtures("card")
def test_the_size_is_told_before_anything_is_fetched(lab: Any, served: StandInIndex) -> None:
    value = lab("engine", "install", "--dry-run", "--json").value
    assert value["name"] == "torch-2.13.0-cu130"
    assert value["n_bytes"] == sum(size for _, size in value["wheels"]) > 0
    assert len(value["wheels"]) == 5
    assert served.fetched() == []
    assert "in 5 files" in lab("engine", "install", "--dry-run").out


@pytest.mark.usefixtures("card", "served")
def test_an_engine_is_installed_shown_and_removed(lab: Any, own_home: Path) -> None:
    value = lab("engine", "install", "--json").value
    assert (value["build"], value["works"], value["said"]) == ("cu130", True, "Card of the test")
    assert value["folder"] == str(own_home / "engines" / "torch-2.13.0-cu130")
    assert lab("engine", "show", "--json").value["installed"]["name"] == "torch-2.13.0-cu130"
    assert lab("engine", "remove", "--json").value["freed_bytes"] > value["n_bytes"]
    assert lab("engine", "show", "--json").value["installed"] is None
    assert lab("engine", "remove").out == "No engine is installed.\n"


def test_the_index_can_be_named(lab: Any, served: StandInIndex) -> None:
    settings = load_settings()
    settings.engine_index = "https://index.example/whl"
    save_settings(settings)
    told = lab("engine", "install", "--index", served.address, "--build", "cu130")
    assert told.status == 0
    assert "It found Card of the test. It takes effect at the next start." in told.out
    assert "Downloading 0 MB in 5 files" in told.err


def test_offline_says_so_before_anything_is_asked(lab: Any, served: StandInIndex) -> None:
    settings = load_settings()
    settings.offline = True
    save_settings(settings)
    refused = lab("engine", "install", "--build", "cu130", "--json")
    assert refused.status == 1
    assert refused.value["error"]["message"] == (
        "Embedding Lab is offline, so no engine can be downloaded."
    )
    assert served.requests == []
    assert lab("engine", "install", "--build", "cu130", "--online").status == 0


def test_a_machine_without_a_card_gets_the_advice_instead(
    lab: Any, served: StandInIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install_engine, "detect_machine", Machine)
    refused = lab("engine", "install", "--json")
    assert refused.value["error"]["message"].startswith(
        "There is no engine to install. No graphics card was found"
    )
    assert served.requests == []


def test_an_engine_that_cannot_be_used_is_told_at_every_start_and_the_command_runs(
    lab: Any, own_home: Path
) -> None:
    (own_home / "engines").mkdir()
    (own_home / "engines" / "current.json").write_text("{")
    told = lab("workspace", "info", "--json")
    assert told.status == 0
    assert told.err.startswith("The installed engine is not used: ")
    assert "case" in lab("engine", "show", "--json").value
    assert lab("engine", "show", "--json").value["case"] == "unused"
    assert lab("engine", "remove").status == 0
    assert use_installed_engine() == ""


def test_detecting_asks_no_library(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    before = set(sys.modules)
    cards.detect_machine()
    assert not {"torch", "onnxruntime"} & (set(sys.modules) - before)
