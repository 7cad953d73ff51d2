"""The installers for Windows and macOS."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from packaging_making import FILE_TYPE, MACOS, WINDOWS

import embedding_lab

if TYPE_CHECKING:
    from pathlib import Path

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
