"""The installers' scripts: one version, one set of names, and nothing that points into the void."""

from __future__ import annotations

import configparser
import plistlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

import embedding_lab
from embedding_lab_app.shell.launcher_entry import DESKTOP_FILE

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
LINUX, WINDOWS, MACOS = (PACKAGING / name for name in ("linux", "windows", "macos"))
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
FILE_TYPE = "application/x-embedding-lab-workspace"
DOORS = ("embedding-lab", "embedding-lab-app")


@pytest.fixture
def packaging(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts import each other as the folder `packaging` is their start."""
    monkeypatch.syspath_prepend(str(PACKAGING))


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


# Linux


@pytest.fixture
def entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(LINUX / "desktop" / "embedding-lab.desktop")
    return parser["Desktop Entry"]


def test_the_menu_entry_starts_the_window_with_the_file_that_was_opened(
    entry: configparser.SectionProxy,
) -> None:
    assert entry["Exec"] == "embedding-lab-app %f"
    assert entry["TryExec"] == "embedding-lab-app"
    assert entry["Terminal"] == "false"


def test_the_menu_entry_knows_its_own_window(entry: configparser.SectionProxy) -> None:
    """Qt names an X11 window's class after the application, a Wayland one's after this file."""
    application = (ROOT / "app" / "embedding_lab_app" / "application.py").read_text()
    assert f'setApplicationName("{entry["StartupWMClass"]}")' in application
    assert f"{DESKTOP_FILE}.desktop" == "embedding-lab.desktop"
    assert "setDesktopFileName(DESKTOP_FILE)" in application


def test_the_menu_entry_and_the_file_type_name_each_other(entry: configparser.SectionProxy) -> None:
    assert entry["MimeType"] == f"{FILE_TYPE};"
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    kind = ET.parse(LINUX / "desktop" / "embedding-lab.xml").getroot().find(f"{space}mime-type")
    assert kind is not None
    assert kind.attrib["type"] == FILE_TYPE
    assert [glob.attrib["pattern"] for glob in kind.iter(f"{space}glob")] == ["*.embedlab"]
    assert [icon.attrib["name"] for icon in kind.iter(f"{space}icon")] == [
        FILE_TYPE.replace("/", "-")
    ]


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="no desktop-file-validate")
def test_the_menu_entry_is_valid() -> None:
    file = str(LINUX / "desktop" / "embedding-lab.desktop")
    done = subprocess.run(
        ["desktop-file-validate", file], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("script", ["archive/installer.sh", "appimage/AppRun", "deb/postrm"])
def test_the_shell_scripts_of_linux_can_be_read(script: str) -> None:
    assert subprocess.run(["sh", "-n", str(LINUX / script)], check=False).returncode == 0


def test_the_drawing_of_the_icon_is_there_in_every_size_asked_for(packaging: None) -> None:
    import icons
    from linux import tree

    assert icons.DRAWING.is_file()
    ET.parse(icons.DRAWING)
    assert set(tree.SIZES) <= set(icons.SIZES)
    assert set(icons.WINDOWS_SIZES) | set(icons.MAC_SIZES) <= set(icons.SIZES)


def test_a_template_is_filled_to_its_last_mark(packaging: None) -> None:
    from linux.tree import filled

    text = filled(LINUX / "deb" / "control", VERSION="1.2", KILOBYTES="3", DEPENDS="libc6")
    assert "Version: 1.2\n" in text
    assert "Depends: libc6\n" in text
    assert re.search(r"@[A-Z]+@", text) is None


# The file that installs itself, with a stand-in for the program


@pytest.fixture
def run_file(packaging: None, tmp_path: Path) -> Path:
    from linux.archive.build import header, join
    from linux.tree import lay_out_share

    class _Build:
        folder = tmp_path / "build"

    icons = tmp_path / "build" / "icons"
    icons.mkdir(parents=True)
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        (icons / f"embedding-lab-{size}.png").write_bytes(b"png")
    tree = tmp_path / "tree"
    program = tree / "usr" / "lib" / "embedding-lab"
    program.mkdir(parents=True)
    for door in DOORS:
        (program / door).write_text(f"#!/bin/sh\necho {door} 1.2.3 $1\n")
        (program / door).chmod(0o755)
    lay_out_share(_Build(), tree / "usr" / "share")  # type: ignore[arg-type]
    packed = tmp_path / "packed.tar.zst"
    subprocess.run(["tar", "--zstd", "-cf", packed, "-C", tree, "."], check=True)
    target = tmp_path / "lab.run"
    join(target, header("1.2.3", packed, 100), packed)
    return target


def sh(script: Path, *words: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        ["sh", str(script), *words], env=environment, capture_output=True, text=True, check=False
    )


needs_zstd = pytest.mark.skipif(not shutil.which("zstd"), reason="no zstd")


@needs_zstd
def test_it_installs_for_one_user_and_removes_all_but_the_users_files(
    run_file: Path, tmp_path: Path
) -> None:
    home = tmp_path / "a person's home"
    kept = home / ".local" / "share" / "applications" / "other.desktop"
    kept.parent.mkdir(parents=True)
    kept.write_text("[Desktop Entry]\n")
    done = sh(run_file, home=home)
    assert done.returncode == 0, done.stderr
    for door in DOORS:
        link = home / ".local" / "bin" / door
        assert subprocess.run([link, "x"], capture_output=True, text=True, check=True).stdout == (
            f"{door} 1.2.3 x\n"
        )
    entry = (kept.parent / "embedding-lab.desktop").read_text()
    assert f'Exec="{home}/.local/bin/embedding-lab-app" %f' in entry
    assert sh(run_file, home=home).returncode == 0, "over itself, as over an older version"
    assert sh(run_file, "--uninstall", home=home).returncode == 0
    left = [path for path in home.rglob("*") if path.is_file() or path.is_symlink()]
    # The list of file types beside it was made anew, without ours.
    assert [path for path in left if path.name != "mimeinfo.cache"] == [kept]
    assert not [path for path in left if "embed" in path.read_text().lower()]


@needs_zstd
def test_two_versions_lie_side_by_side_below_two_prefixes(run_file: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert sh(run_file, "--prefix", str(tmp_path / name), home=tmp_path).returncode == 0
    assert (
        sh(run_file, "--uninstall", "--prefix", str(tmp_path / "one"), home=tmp_path).returncode
        == 0
    )
    assert not (tmp_path / "one" / "lib").exists()
    assert (tmp_path / "two" / "bin" / "embedding-lab").exists()


@needs_zstd
def test_a_damaged_file_says_so_and_leaves_what_is_installed(
    run_file: Path, tmp_path: Path
) -> None:
    assert sh(run_file, home=tmp_path).returncode == 0
    with run_file.open("r+b") as file:
        file.seek(-20, 2)
        file.write(b"spoilt")
    done = sh(run_file, home=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "This file is damaged or incomplete. Download it again.\n"
    assert (tmp_path / ".local" / "bin" / "embedding-lab").exists()


@needs_zstd
def test_removing_what_is_not_installed_says_so(run_file: Path, tmp_path: Path) -> None:
    done = sh(run_file, "--uninstall", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Embedding Lab is not installed in")


# Windows


@pytest.mark.skipif(not shutil.which("makensis"), reason="no makensis")
def test_the_windows_installer_compiles_around_a_stand_in(packaging: None, tmp_path: Path) -> None:
    from windows.build import compile_command

    program = tmp_path / "program"
    (program / "_internal" / "deep").mkdir(parents=True)
    for name in ("embedding-lab.exe", "embedding-lab-app.exe", "_internal/deep/file.dll"):
        (program / name).write_bytes(b"stand-in")
    icon, target = tmp_path / "icon.ico", tmp_path / "embedding-lab-windows.exe"
    draw_stand_in(icon)
    command = compile_command("makensis", embedding_lab.__version__, program, icon, target)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert target.read_bytes()[:2] == b"MZ"


def draw_stand_in(path: Path) -> None:
    from PIL import Image

    Image.new("RGBA", (32, 32), "navy").save(path, sizes=[(32, 32)])


def test_the_windows_uninstaller_takes_back_every_key_the_installer_writes() -> None:
    text = (WINDOWS / "embedding-lab.nsi").read_text()
    install, uninstall = text.split('Section "Uninstall"')
    for key in ("${CLASSES}\\${FILE_TYPE}", "${KEY}"):
        assert f'WriteRegStr HKCU "{key}' in install
        assert f'DeleteRegKey HKCU "{key}"' in uninstall
    assert 'DeleteRegValue HKCU "${CLASSES}\\.embedlab" ""' in uninstall
    assert "RequestExecutionLevel user" in install
    assert "HKLM" not in text


def test_the_windows_uninstaller_never_empties_the_folder_it_was_pointed_at() -> None:
    """A person may have chosen a folder with other things in it."""
    text = (WINDOWS / "embedding-lab.nsi").read_text()
    assert 'RMDir /r "$INSTDIR"' not in text
    assert "$DOCUMENTS" not in text
    assert "$APPDATA" not in text.replace("$LOCALAPPDATA", "")


# macOS


def test_macos_learns_of_the_file_type() -> None:
    keys: dict[str, Any] = plistlib.loads((MACOS / "Info.plist").read_bytes())
    (exported,) = keys["UTExportedTypeDeclarations"]
    (document,) = keys["CFBundleDocumentTypes"]
    assert exported["UTTypeTagSpecification"]["public.filename-extension"] == ["embedlab"]
    assert exported["UTTypeTagSpecification"]["public.mime-type"] == FILE_TYPE
    assert document["LSItemContentTypes"] == [exported["UTTypeIdentifier"]]
    assert keys["CFBundleExecutable"] == "embedding-lab-app"


def test_the_disk_image_is_signed_and_notarized() -> None:
    text = (MACOS / "make_dmg.sh").read_text()
    for needed in ("codesign", "--options runtime", "notarytool submit", "stapler staple"):
        assert needed in text
    assert subprocess.run(["sh", "-n", MACOS / "make_dmg.sh"], check=False).returncode == 0
    assert (MACOS / "entitlements.plist").is_file()
    plistlib.loads((MACOS / "entitlements.plist").read_bytes())


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


@pytest.mark.skipif(not shutil.which("mksquashfs"), reason="no mksquashfs")
def test_the_appimage_is_the_runtime_with_the_packed_folder_behind_it(
    packaging: None, tmp_path: Path
) -> None:
    from linux.appimage.build import build_appimage

    program, icons, runtime = (tmp_path / name for name in ("program", "icons", "runtime"))
    program.mkdir()
    icons.mkdir()
    for door in DOORS:
        (program / door).write_text(f'#!/bin/sh\necho {door} "$@"\n')
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        (icons / f"embedding-lab-{size}.png").write_bytes(b"png")
    runtime.write_bytes(b"runtime" * 100)

    class _Build:
        folder, installers, version = tmp_path, tmp_path, "1.2.3"
        appimage_runtime, is_quick = runtime, True

    _Build.program = program  # type: ignore[attr-defined]
    made = build_appimage(_Build())  # type: ignore[arg-type]
    assert made.read_bytes().startswith(b"runtime" * 100)
    out = tmp_path / "out"
    unpack = ["unsquashfs", "-no-progress", "-o", "700", "-d", str(out), str(made)]
    assert subprocess.run(unpack, capture_output=True, check=False).returncode == 0
    for words, told in (
        (["a.embedlab"], "embedding-lab-app a.embedlab"),
        (["cli", "x"], "embedding-lab x"),
    ):
        done = subprocess.run([out / "AppRun", *words], capture_output=True, text=True, check=True)
        assert done.stdout == f"{told}\n"
    assert (out / "embedding-lab.desktop").is_file()
