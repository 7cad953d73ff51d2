"""Graphics cards are told from NVIDIA's tool, from its driver's files, or from the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedding_lab.engine.cards import Card, detect_machine, run_quietly

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def tool(*answers: str) -> tuple[list[list[str]], object]:
    """A stand-in for running programs, and what it was asked."""
    asked: list[list[str]] = []
    left = list(answers)

    def run(command: list[str]) -> str:
        asked.append(command)
        return left.pop(0) if left else ""

    return asked, run


def plug_in(root: Path, slot: str, vendor: str, kind: str = "0x030000") -> None:
    device = root / "sys/bus/pci/devices" / slot
    device.mkdir(parents=True)
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "class").write_text(f"{kind}\n")


def test_nvidias_tool_tells_cards_driver_memory_and_capability(tmp_path: Path) -> None:
    asked, run = tool(
        "NVIDIA GeForce RTX 4090, 24564, 580.95.05, 8.9\nNVIDIA T4, 15360, 580.95.05, 7.5\n"
    )
    machine = detect_machine(run, tmp_path, "linux", "x86_64")
    assert machine.driver == "580.95.05"
    assert machine.cards == (
        Card("NVIDIA", "NVIDIA GeForce RTX 4090", 24564, "8.9"),
        Card("NVIDIA", "NVIDIA T4", 15360, "7.5"),
    )
    assert str(machine.cards[0]) == "NVIDIA GeForce RTX 4090, 24 GB"
    assert asked[0][1] == "--query-gpu=name,memory.total,driver_version,compute_cap"


def test_an_old_driver_that_does_not_know_the_capability_is_asked_again(tmp_path: Path) -> None:
    asked, run = tool('Field "compute_cap" is not a valid field.\n', "Tesla K80, 11441, 450.80\n")
    machine = detect_machine(run, tmp_path, "linux", "x86_64")
    assert machine.cards == (Card("NVIDIA", "Tesla K80", 11441, ""),)
    assert len(asked) == 2


def test_memory_that_the_tool_does_not_tell_is_none(tmp_path: Path) -> None:
    _, run = tool("NVIDIA GB10, [N/A], 580.95, 12.1\n")
    assert detect_machine(run, tmp_path, "linux", "arm64").cards[0].memory_mb == 0


def test_without_the_tool_the_files_of_the_driver_are_asked(tmp_path: Path) -> None:
    home = tmp_path / "proc/driver/nvidia"
    (home / "gpus/0000:01:00.0").mkdir(parents=True)
    (home / "version").write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12\n"
    )
    (home / "gpus/0000:01:00.0/information").write_text("Model: \t\t NVIDIA A100\nIRQ: 1\n")
    plug_in(tmp_path, "0000:01:00.0", "0x10de")
    machine = detect_machine(lambda _: "", tmp_path, "linux", "x86_64")
    assert (machine.driver, machine.cards) == ("535.183.01", (Card("NVIDIA", "NVIDIA A100"),))


def test_the_open_kernel_module_is_known_too(tmp_path: Path) -> None:
    home = tmp_path / "proc/driver/nvidia"
    home.mkdir(parents=True)
    (home / "version").write_text(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\n"
    )
    assert detect_machine(lambda _: "", tmp_path, "linux", "x86_64").driver == "580.65.06"


def test_a_card_without_a_driver_is_seen_on_the_bus(tmp_path: Path) -> None:
    plug_in(tmp_path, "0000:00:02.0", "0x8086")
    plug_in(tmp_path, "0000:01:00.0", "0x1002")
    plug_in(tmp_path, "0000:02:00.0", "0x10de", "0x030200")
    plug_in(tmp_path, "0000:02:00.1", "0x10de", "0x040300")
    machine = detect_machine(lambda _: "", tmp_path, "linux", "x86_64")
    assert [card.vendor for card in machine.cards] == ["NVIDIA", "AMD"]
    assert machine.driver == ""
    assert len(machine.nvidia) == 1


def test_a_mac_is_asked_nothing(tmp_path: Path) -> None:
    asked, run = tool()
    machine = detect_machine(run, tmp_path, "darwin", "arm64")
    assert (machine.cards, asked) == ((), [])


def test_on_windows_the_tool_is_looked_for_where_the_driver_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    asked, run = tool("NVIDIA RTX A2000, 6138, 551.61, 8.6\r\n")
    machine = detect_machine(run, tmp_path, "win32", "AMD64")
    assert asked[0][0].endswith("nvidia-smi.exe")
    assert (machine.processor, machine.driver) == ("x86_64", "551.61")


def test_a_program_that_is_missing_or_fails_tells_nothing() -> None:
    assert run_quietly(["no-such-program-anywhere"]) == ""
    assert run_quietly(["false"]) == ""
