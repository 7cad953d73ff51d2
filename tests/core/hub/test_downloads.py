"""Downloads are listed with what they take, and deleted without touching anything else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from embedding_lab.errors import HubError, UsageError
from embedding_lab.hub.cache import HubCache, Manifest
from embedding_lab.hub.downloads import delete_download, find_download, list_downloads

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "a" * 40, "b" * 40


@pytest.fixture
def cache(tmp_path: Path) -> HubCache:
    return HubCache(tmp_path / "hub")


def put(cache: HubCache, repository: str, commit: str = FIRST, n_bytes: int = 100) -> Path:
    """Put a whole download into the cache as the fetcher leaves it, and return its home."""
    folder = cache.files_folder(repository, commit)
    (folder / "0_Part").mkdir(parents=True)
    (folder / "0_Part" / "model.safetensors").write_bytes(b"w" * n_bytes)
    files = (("0_Part/model.safetensors", n_bytes),)
    cache.save(Manifest(repository, commit, ("main",), files))
    with cache.locked(repository, lambda: None):
        pass
    return cache.home(repository)


def nothing() -> None:
    pass


def test_a_cache_that_does_not_exist_lists_nothing(cache: HubCache) -> None:
    assert list_downloads(cache) == []
    with pytest.raises(UsageError, match="Nothing was downloaded of org/one"):
        find_download(cache, "org/one")


def test_downloads_are_listed_by_name_with_all_their_commits(cache: HubCache) -> None:
    put(cache, "org/two", n_bytes=30)
    put(cache, "org/one", FIRST, n_bytes=10)
    put(cache, "org/one", SECOND, n_bytes=5)
    one, two = list_downloads(cache)
    assert (one.repository, one.n_bytes, one.commits) == ("org/one", 15, (FIRST, SECOND))
    assert [manifest.revision for manifest in one.whole] == [SECOND, FIRST]
    assert one.finished == one.whole[0].finished
    assert (two.repository, two.n_bytes) == ("org/two", 30)


def test_what_came_of_an_unfinished_download_counts_and_is_deleted(cache: HubCache) -> None:
    part = cache.files_folder("org/half", FIRST) / "model.safetensors.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"12345")
    (found,) = list_downloads(cache)
    assert (found.n_bytes, found.whole, found.finished) == (5, (), 0.0)
    assert delete_download(cache, found, nothing) == 5
    assert list_downloads(cache) == []


def test_deleting_one_leaves_the_others_and_it_can_be_downloaded_again(cache: HubCache) -> None:
    put(cache, "org/one")
    kept = put(cache, "org/two")
    freed = delete_download(cache, find_download(cache, "org/one"), nothing)
    assert freed == 100
    assert [item.repository for item in list_downloads(cache)] == ["org/two"]
    assert (kept / FIRST / "0_Part" / "model.safetensors").stat().st_size == 100
    put(cache, "org/one")
    assert len(list_downloads(cache)) == 2


def test_what_somebody_else_put_there_is_neither_listed_nor_deleted(cache: HubCache) -> None:
    home = put(cache, "org/one")
    (home / "notes.txt").write_text("mine", encoding="utf-8")
    for name in ("plain", "org--own", "a--b--c"):
        (cache.folder / name).mkdir()
        (cache.folder / name / "thesis.txt").write_text("mine", encoding="utf-8")
    assert [item.repository for item in list_downloads(cache)] == ["org/one"]
    delete_download(cache, find_download(cache, "org/one"), nothing)
    assert (home / "notes.txt").exists()
    assert (cache.folder / "org--own" / "thesis.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_out_of_the_cache_is_never_followed(cache: HubCache, tmp_path: Path) -> None:
    elsewhere = HubCache(tmp_path / "elsewhere")
    away = put(elsewhere, "org/one")
    found = list_downloads(elsewhere)[0]
    cache.folder.mkdir()
    cache.home("org/one").symlink_to(away)
    assert list_downloads(cache) == []
    with pytest.raises(HubError, match="does not lie in"):
        delete_download(cache, found, nothing)
    inside = put(cache, "org/two")
    (inside / SECOND).symlink_to(away / FIRST)
    (inside / FIRST / "linked").symlink_to(away / FIRST)
    delete_download(cache, find_download(cache, "org/two"), nothing)
    assert (away / FIRST / "0_Part" / "model.safetensors").exists()


@pytest.mark.parametrize("name", ["../org", "..", "org/..", "/etc/passwd", "org", "", "org/a@main"])
def test_only_a_plain_repository_can_be_named(cache: HubCache, name: str) -> None:
    put(cache, "org/a")
    with pytest.raises(UsageError):
        find_download(cache, name)


def test_a_download_under_way_is_not_deleted(cache: HubCache) -> None:
    home = put(cache, "org/one")
    found = find_download(cache, "org/one")
    with cache.locked("org/one", nothing), pytest.raises(HubError, match="just now"):
        delete_download(cache, found, nothing)
    assert (home / f"{FIRST}.json").exists()
    delete_download(cache, found, nothing)


def test_a_deletion_that_was_cancelled_goes_on_later(cache: HubCache) -> None:
    put(cache, "org/one", FIRST)
    put(cache, "org/one", SECOND)
    calls: list[None] = []

    def stop_at_the_second() -> None:
        calls.append(None)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        delete_download(cache, find_download(cache, "org/one"), stop_at_the_second)
    (left,) = list_downloads(cache)
    assert left.commits == (SECOND,)
    delete_download(cache, left, nothing)
    assert list_downloads(cache) == []


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="the system lets everything be deleted"
)
def test_files_that_cannot_be_deleted_are_named(cache: HubCache) -> None:
    folder = put(cache, "org/one") / FIRST / "0_Part"
    folder.chmod(0o500)
    try:
        with pytest.raises(HubError, match="could not be deleted whole"):
            delete_download(cache, find_download(cache, "org/one"), nothing)
    finally:
        folder.chmod(0o700)
