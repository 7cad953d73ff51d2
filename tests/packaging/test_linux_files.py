"""The files for Linux that need no package manager, around a stand-in for the program."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from packaging_making import DOORS

if TYPE_CHECKING:
    from pathlib import Path


def draw_icons(folder: Path) -> None:
    folder.mkdir(parents=True)
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        (folder / f"embedding-lab-{size}.png").write_bytes(b"png")


# The file that installs itself


@pytest.fixture
def run_file(packaging: None, tmp_path: Path) -> Path:
    from linux.archive.build import header, join
    from linux.tree import lay_out_share

    class _Build:
        folder = tmp_path / "build"

    draw_icons(tmp_path / "build" / "icons")
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


# The AppImage


@pytest.mark.skipif(not shutil.which("mksquashfs"), reason="no mksquashfs")
def test_the_appimage_is_the_runtime_with_the_packed_folder_behind_it(
    packaging: None, tmp_path: Path
) -> None:
    from linux.appimage.build import build_appimage

    program, runtime = tmp_path / "program", tmp_path / "runtime"
    program.mkdir()
    draw_icons(tmp_path / "icons")
    for door in DOORS:
        (program / door).write_text(f'#!/bin/sh\necho {door} "$@"\n')
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
