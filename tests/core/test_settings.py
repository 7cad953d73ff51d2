"""Settings are checked when changed and survive a damaged file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from embedding_lab.errors import UsageError
from embedding_lab.settings import (
    Settings,
    change_setting,
    load_settings,
    remember_workspace,
    save_settings,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_saved_settings_come_back() -> None:
    save_settings(Settings(theme="dark", threads=3))
    assert load_settings() == Settings(theme="dark", threads=3)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("theme", "pink", "one of system, light, dark"),
        ("threads", -1, "between 0 and 256"),
        ("threads", "2", "cannot be '2'"),
        ("colour", "red", "no setting named colour"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        change_setting(Settings(), name, value)


def test_a_damaged_file_gives_the_defaults_and_is_kept_aside(own_home: Path) -> None:
    (own_home / "settings.json").write_text("{broken")
    assert load_settings() == Settings()
    assert (own_home / "settings.damaged.json").read_text() == "{broken"


def test_values_this_version_does_not_know_are_ignored(own_home: Path) -> None:
    (own_home / "settings.json").write_text(
        '{"version": 1, "values": {"theme": "dark", "future": 1, "threads": "many"}}'
    )
    assert load_settings() == Settings(theme="dark")


def test_what_a_newer_version_keeps_survives_a_save_by_this_one(own_home: Path) -> None:
    path = own_home / "settings.json"
    values = {"theme": "sepia", "threads": 2, "future": {"deep": [1]}, "device": "cpu"}
    path.write_text(json.dumps({"version": 7, "values": values}))
    settings = load_settings()
    assert (settings.theme, settings.threads, settings.device) == ("system", 2, "cpu")
    remember_workspace("/w")
    change_setting(settings, "threads", 3)
    save_settings(settings)
    saved = json.loads(path.read_text())
    assert saved["version"] == 7
    assert saved["values"]["future"] == {"deep": [1]}
    assert (saved["values"]["theme"], saved["values"]["threads"]) == ("sepia", 3)


def test_a_choice_made_here_replaces_a_value_only_a_newer_version_knows(own_home: Path) -> None:
    path = own_home / "settings.json"
    path.write_text(json.dumps({"version": 7, "values": {"theme": "sepia"}}))
    save_settings(Settings(theme="dark"))
    assert json.loads(path.read_text())["values"]["theme"] == "dark"


@pytest.mark.parametrize("content", ["[]", "{}", '{"values": 3}', "\x00"])
def test_a_file_of_another_form_is_damaged_too(own_home: Path, content: str) -> None:
    (own_home / "settings.json").write_text(content)
    save_settings(load_settings())
    assert load_settings() == Settings()
    assert (own_home / "settings.damaged.json").read_text() == content


def test_recent_workspaces_are_newest_first_without_doubles_and_at_most_ten() -> None:
    for number in range(12):
        remember_workspace(f"/w{number}")
    remember_workspace("/w5")
    recent = load_settings().recent_workspaces
    assert recent[:3] == ["/w5", "/w11", "/w10"]
    assert len(recent) == 10
