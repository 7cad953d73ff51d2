"""What the packages for Linux put into the menu, and the scripts they bring."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from packaging_making import FILE_TYPE, LINUX, ROOT

from embedding_lab_app.shell.launcher_entry import DESKTOP_FILE


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
