"""Every setting of the program, declared once: name, type, default, and what it does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from embedding_lab import paths
from embedding_lab.errors import LabError, UsageError
from embedding_lab.storage import read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

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
    text_size: str = _option(
        "system",
        "Size of text and controls",
        "As large as the desktop's text, or so much of the usual size. Counts from the next start; "
        "150 % needs a screen of 1280 by 800.",
        choices=("system", "90 %", "100 %", "115 %", "130 %", "150 %"),
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
    engine_index: str = _option(
        "https://download.pytorch.org/whl",
        "Engines",
        "The address the engine for graphics cards is downloaded from, when you ask for it.",
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
    path = _settings_file()
    if not path.exists():
        return Settings()
    try:
        saved = _read(path)
    except LabError:
        path.replace(path.with_name("settings.damaged.json"))
        return Settings()
    settings = Settings()
    for name, value in saved["values"].items():
        with suppress(UsageError):
            change_setting(settings, name, value)
    return settings


def save_settings(settings: Settings) -> None:
    """Write the settings file; what a newer program keeps in it stays."""
    path = _settings_file()
    saved: dict[str, Any] = {"version": 0, "values": {}}
    if path.exists():
        with suppress(LabError):
            saved = _read(path)
    version = max(SETTINGS_VERSION, saved["version"])
    values = asdict(settings) | _not_understood(saved["values"], settings)
    write_json(path, {"version": version, "values": values})


def _not_understood(values: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return what this program cannot take of saved values, unless the user chose otherwise."""
    left, standard = {}, Settings()
    for name, value in values.items():
        try:
            change_setting(Settings(), name, value)
        except UsageError:
            if getattr(settings, name, None) == getattr(standard, name, None):
                left[name] = value
    return left


def _settings_file() -> Path:
    return paths.settings_folder() / "settings.json"


def _read(path: Path) -> dict[str, Any]:
    saved = read_json(path)
    if not isinstance(saved, dict) or not isinstance(saved.get("values"), dict):
        raise LabError(f"The file {path} is damaged.")
    version = saved.get("version")
    return {"version": version if isinstance(version, int) else 0, "values": saved["values"]}


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
