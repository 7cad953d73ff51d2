"""The build of all installers: one version, one set of pins, and nothing pointing into the void."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import yaml
from packaging_making import LINUX, PACKAGING, ROOT, WORKFLOW

import embedding_lab

if TYPE_CHECKING:
    from pathlib import Path


def pins(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    found = (re.fullmatch(r"([\w.-]+)==([\w.]+)(;.*)?", line) for line in lines)
    return {match[1].lower().replace("-", "_"): match[2] for match in found if match}


# One version


def test_every_script_takes_the_version_from_the_one_place(packaging: None) -> None:
    import bundle

    assert bundle.version() == embedding_lab.__version__


def test_no_script_names_a_version_of_its_own() -> None:
    scripts = [path for path in PACKAGING.rglob("*") if path.suffix in {".nsi", ".sh", ".plist"}]
    scripts += [LINUX / "deb" / "control", PACKAGING / "embedding_lab.spec", WORKFLOW]
    for script in scripts:
        lines = script.read_text().splitlines()
        named = [line for line in lines if embedding_lab.__version__ in line]
        # A comment that shows how a script is called may look like a real call.
        assert all(line.lstrip().startswith((";", "#")) for line in named), script


def test_another_version_than_the_tags_ends_the_build() -> None:
    script = str(PACKAGING / "bundle.py")
    for expected, status in ((embedding_lab.__version__, 0), ("99.0.0", 2)):
        done = subprocess.run(
            [sys.executable, script, "--list", "--expect", expected],
            capture_output=True,
            check=False,
        )
        assert done.returncode == status


# What is in it


def test_the_tools_of_the_build_disagree_with_nothing_that_development_pins() -> None:
    tools, development = (
        pins(PACKAGING / "requirements-bundle.txt"),
        pins(PACKAGING / "requirements.txt"),
    )
    assert "pyinstaller" in tools
    assert {name: tools[name] for name in tools if name in development} == {
        name: development[name] for name in tools if name in development
    }


def test_every_package_that_the_program_names_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        named += extra
    names = {re.split(r"[<>=;\[ ]", name)[0].lower().replace("-", "_") for name in named}
    assert names <= set(pins(PACKAGING / "requirements.txt"))


def test_torch_is_installed_first_and_in_the_pinned_version(packaging: None) -> None:
    import dev

    pinned = pins(PACKAGING / "requirements.txt")["torch"]
    assert dev.TORCH.split("==") == ["torch", pinned]


def test_every_method_with_a_card_and_every_page_is_in_reach_of_the_spec() -> None:
    text = (PACKAGING / "embedding_lab.spec").read_text()
    assert 'OWN = ("embedding_lab", "embedding_lab_app")' in text
    assert '.glob("*/*.toml")' in text
    cards = list((ROOT / "core" / "embedding_lab").rglob("*.toml"))
    assert cards
    assert all(card.parent.parent == ROOT / "core" / "embedding_lab" for card in cards)


def test_every_file_of_the_program_is_counted_once(packaging: None, tmp_path: Path) -> None:
    import contents

    for name in ("embedding-lab", "_internal/torch/lib/a.so", "_internal/unheard_of/b", "x.pkg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(1_000_000))
    found = {part["part"]: part["megabytes"] for part in contents.measure(tmp_path)}
    assert (found["PyTorch"], found["Code"], found["Everything else"]) == (1.0, 1.0, 2.0)
    assert sum(found.values()) == 4.0


# The release


def test_the_release_builds_on_all_three_systems_and_names_only_scripts_there_are() -> None:
    text = WORKFLOW.read_text()
    jobs = yaml.safe_load(text)["jobs"]
    systems = {job["runs-on"].split("-")[0] for job in jobs.values()}
    assert systems == {"ubuntu", "windows", "macos"}
    named = set(re.findall(r"packaging/[\w/]+\.\w+", text))
    assert {"packaging/bundle.py", "packaging/linux/try_deb.py"} <= named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_system_lets_its_installed_program_check_itself() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    for system in ("windows", "macos"):
        lines = " ".join(step.get("run", "") for step in jobs[system]["steps"])
        assert "self-check" in lines
    lines = " ".join(step.get("run", "") for step in jobs["linux"]["steps"])
    assert "try_deb.py" in lines


def test_every_step_of_the_build_belongs_to_a_system(packaging: None) -> None:
    import bundle

    assert {name for name, step in bundle.STEPS.items() if step.systems == ("linux",)} == {
        "pack",
        "deb",
        "archive",
        "appimage",
    }
    for system in ("linux", "win32", "darwin"):
        own = [name for name, step in bundle.STEPS.items() if system in step.systems]
        assert own[:6] == ["environment", "icons", "starter", "freeze", "check", "contents"]
        assert len(own) > 6
