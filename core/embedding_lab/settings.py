"""Every setting of the program, declared once: name, type, default, and what it does."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from embedding_lab import paths
from embedding_lab.errors import LabError, UsageError
from embedding_lab.storage import read_json, write_json

SETTINGS_VERSION = 1


def _option(default: Any, title: str, help_text: str, **limits: Any) -> Any:
    return field(default=default, metadata={"title": title, "help": help_text, **limits})


@dataclass
class Settings:
    """The user's settings, kept as one JSON file."""

    theme: str = _option(
        "system",
        "Theme",
        "Light, dark, or as the desktop has it.",
        choices=("system", "light", "dark"),
    )
    reduce_motion: str = _option(
        "system",
        "Reduce motion",
        "On lets nothing on the window move by itself; system does as the desktop asks.",
        choices=("system", "on", "off"),
    )
    notify_job_ends: bool = _option(
        True,
        "Tell when long jobs end",
        "A message of the desktop when a job of 20 seconds or more ends while another window is "
        "in front.",
    )
    threads: int = _option(
        0,
        "Compute threads",
        "Threads an encoder may use; 0 takes every core.",
        minimum=0,
        maximum=256,
    )
    device: str = _option(
        "auto",
        "Compute device",
        "Where encoders run; auto takes a graphics card if there is one. Loaded encoders stay "
        "where they are.",
        choices=("auto", "cpu", "cuda", "mps"),
    )
    token_budget: int = _option(
        1024,
        "Tokens per batch",
        "How many tokens, padding included, one batch may hold. Larger costs memory and brings "
        "nothing on a CPU.",
        minimum=64,
        maximum=65536,
    )
    memory_limit_mb: int = _option(
        0,
        "Memory limit (MB)",
        "Before another encoder is loaded, those not used for longest are unloaded while the "
        "program holds more memory than this; 0 for no limit.",
        minimum=0,
        maximum=10_000_000,
    )
    offline: bool = _option(True, "Stay offline", "Never open a network connection.")
    hub_endpoint: str = _option(
        "https://huggingface.co",
        "Hub",
        "The address encoders are looked up and downloaded from, when you ask for it.",
    )
    hub_cache: str = _option(
        "",
        "Downloaded encoders",
        "The folder downloaded encoders lie in; empty for the program's own.",
    )
    check_for_updates: bool = _option(
        False,
        "Look for newer versions",
        "Ask the address below at each start whether there is a newer version. Nothing is asked "
        "while Stay offline is on, and nothing is ever downloaded.",
    )
    update_address: str = _option(
        "",
        "Where newer versions are announced",
        'The address of a small JSON file, {"version": …, "url": …}; empty: no address is known, '
        "so nothing is asked.",
    )
    recent_workspaces: list[str] = field(
        default_factory=list, metadata={"title": "Recent workspaces", "help": "", "hidden": True}
    )


def load_settings() -> Settings:
    """Return the saved settings; unknown names are ignored, a damaged file gives the defaults."""
    path = paths.settings_folder() / "settings.json"
    if not path.exists():
        return Settings()
    try:
        saved = read_json(path)
    except LabError:
        path.replace(path.with_name("settings.damaged.json"))
        return Settings()
    settings = Settings()
    for name, value in saved.get("values", {}).items():
        try:
            change_setting(settings, name, value)
        except UsageError:
            continue
    return settings


def save_settings(settings: Settings) -> None:
    """Write the settings file."""
    path = paths.settings_folder() / "settings.json"
    write_json(path, {"version": SETTINGS_VERSION, "values": asdict(settings)})


def change_setting(settings: Settings, name: str, value: Any) -> None:
    """Set one setting after checking its type, choices and limits.

    Raises
    ------
    UsageError
        If there is no such setting or the value does not fit; the sentence says what does.
    """
    declared = {item.name: item for item in fields(Settings)}
    if name not in declared:
        raise UsageError(f"There is no setting named {name}.")
    meta = declared[name].metadata
    if type(value) is not type(getattr(Settings(), name)):
        raise UsageError(f"The setting {name} cannot be {value!r}.")
    if "choices" in meta and value not in meta["choices"]:
        raise UsageError(f"The setting {name} is one of {', '.join(meta['choices'])}.")
    if "minimum" in meta and not meta["minimum"] <= value <= meta["maximum"]:
        raise UsageError(
            f"The setting {name} lies between {meta['minimum']} and {meta['maximum']}."
        )
    setattr(settings, name, value)


def remember_workspace(folder: str) -> None:
    """Put a workspace at the head of the recent list, which keeps ten."""
    settings = load_settings()
    others = [item for item in settings.recent_workspaces if item != folder]
    settings.recent_workspaces = [folder, *others][:10]
    save_settings(settings)
