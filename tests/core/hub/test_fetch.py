"""Downloads: byte for byte, resumed, proven, cancelled in time, and never fetched twice."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from embedding_lab.errors import HubError, LabError
from embedding_lab.hub import client as client_module
from embedding_lab.hub import fetch as fetch_module
from embedding_lab.hub import receive as receive_module
from embedding_lab.hub.access import open_hub
from embedding_lab.hub.address import parse_address
from embedding_lab.hub.cache import HubCache
from embedding_lab.hub.fetch import Fetcher
from embedding_lab.hub.receive import Watcher
from embedding_lab.hub.repository import find_repository
from embedding_lab.hub.selection import select_files
from embedding_lab.jobs.cancellation import CancellationToken, Cancelled
from embedding_lab.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hub_server import StandInHub

    from embedding_lab.hub.cache import Manifest

WEIGHTS = random.Random(1).randbytes(1_000_003)
FILES = {
    "config.json": b'{"hidden_size": 8}',
    "README.md": b"",
    "1_Pooling/config.json": b"{}",
    "modules.json": b'[{"path": ""}, {"path": "1_Pooling"}]',
    "tokenizer.json": b"t" * 30_000,
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": WEIGHTS,
}
FETCHED = {name: content for name, content in FILES.items() if not name.endswith(".bin")}


class Download:
    """Fetches ``org/tiny`` and keeps what was reported."""

    def __init__(self, folder: Path) -> None:
        self.cache = HubCache(folder)
        self.token = CancellationToken()
        self.steps: list[tuple[int, int]] = []
        self.said: list[str] = []
        self.n_fetched = 0

    def run(self, inspect: Callable[[Path], None] = lambda folder: None) -> Manifest:
        watcher = Watcher(self.token.check, self._on_progress, self.said.append)
        with open_hub(load_settings(), "nothing works", self.token.check) as client:
            found = find_repository(client, parse_address("org/tiny"))
            fetcher = Fetcher(client, self.cache, found, select_files(client, found), watcher)
            try:
                return fetcher.fetch(inspect)
            finally:
                self.n_fetched = fetcher.n_fetched

    def _on_progress(self, done: int, total: int, name: str) -> None:
        self.steps.append((done, total))
        self.token.check()

    def files(self) -> dict[str, bytes]:
        """What lies below the one folder of files."""
        [folder] = [path for path in self.cache.home("org/tiny").iterdir() if path.is_dir()]
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def download(hub: StandInHub, tmp_path: Path) -> Download:
    hub.add("org/tiny", FILES, cardData={"license": "mit"})
    return Download(tmp_path / "downloads")


def test_a_download_equals_its_source_byte_for_byte(hub: StandInHub, download: Download) -> None:
    manifest = download.run()
    assert download.files() == FETCHED
    n_bytes = sum(map(len, FETCHED.values()))
    assert (manifest.n_bytes, download.n_fetched) == (n_bytes, n_bytes)
    assert (manifest.revision, manifest.licence) == (hub.repositories["org/tiny"].commit, "mit")
    assert download.steps == sorted(download.steps)
    assert download.steps[-1] == (n_bytes, n_bytes)
    assert "bin" not in " ".join(request.path for request in hub.file_requests())


def test_a_whole_download_is_found_again_under_every_name_it_was_asked_by(
    hub: StandInHub, download: Download
) -> None:
    manifest = download.run()
    for text in ("org/tiny", f"org/tiny@{manifest.revision}"):
        assert download.cache.find(parse_address(text)) == manifest
    assert download.cache.find(parse_address("org/tiny@v1")) is None
    assert download.cache.find(parse_address("org/other")) is None
    n_files = len(hub.file_requests())
    download.run()
    # Only the list of modules was looked at again.
    assert len(hub.file_requests()) == n_files + 1
    assert download.n_fetched == 0


def test_a_missing_file_makes_a_download_incomplete_and_only_it_is_fetched(
    download: Download,
) -> None:
    manifest = download.run()
    folder = download.cache.files_folder("org/tiny", manifest.revision)
    (folder / "tokenizer.json").unlink()
    assert download.cache.find(parse_address("org/tiny")) is None
    download.run()
    assert download.n_fetched == 30_000
    assert download.files() == FETCHED


def test_a_dropped_connection_is_taken_up_where_it_ended(
    hub: StandInHub, download: Download
) -> None:
    hub.faults.n_drops, hub.faults.drop_after = 5, 150_000
    download.run()
    assert download.files() == FETCHED
    starts = [r.start for r in hub.requests if r.server == "cdn" and "model" in r.path]
    # The tokenizer is too small to be cut; each drop of the weights brought 150,000 bytes.
    assert len(starts) >= 5
    assert starts == sorted(set(starts))
    assert download.n_fetched == sum(map(len, FETCHED.values()))
    assert "dropped the connection. Trying again." in download.said[0]


def test_a_connection_that_brings_nothing_is_given_up_after_three_more_tries(
    hub: StandInHub, download: Download
) -> None:
    hub.faults.n_drops, hub.faults.drop_after = 99, 0
    with pytest.raises(HubError, match="dropped the connection") as raised:
        download.run()
    assert "what was downloaded is kept" in raised.value.hint
    assert len(download.said) == 3


def test_an_interrupted_download_goes_on_in_the_next_run(
    hub: StandInHub, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_module, "RETRIES", 0)
    hub.faults.n_drops, hub.faults.drop_after = 2, 400_000
    with pytest.raises(HubError):
        download.run()
    assert 0 < len(download.files()["model.safetensors.part"]) < len(WEIGHTS)
    assert download.cache.find(parse_address("org/tiny")) is None
    monkeypatch.setattr(receive_module, "RETRIES", 3)
    download.run()
    assert download.files() == FETCHED
    assert download.n_fetched < len(WEIGHTS)


def test_a_server_without_ranges_sends_the_file_from_its_beginning(
    hub: StandInHub, download: Download
) -> None:
    hub.faults.ignores_ranges = True
    hub.faults.n_drops, hub.faults.drop_after = 1, 0
    folder = download.cache.files_folder("org/tiny", hub.repositories["org/tiny"].commit)
    folder.mkdir(parents=True)
    (folder / "model.safetensors.part").write_bytes(b"other" * 1000)
    download.run()
    assert download.files() == FETCHED


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_wrong_checksum_deletes_the_part_and_fails(
    hub: StandInHub, download: Download, name: str
) -> None:
    hub.faults.corrupt = {name}
    with pytest.raises(HubError, match=f"What came of {name} has another checksum"):
        download.run()
    assert not {name, f"{name}.part"} & set(download.files())
    assert download.cache.find(parse_address("org/tiny")) is None
    hub.faults.corrupt = set()
    download.run()
    assert download.files() == FETCHED


def test_a_part_that_was_damaged_on_the_disk_is_noticed(
    hub: StandInHub, download: Download
) -> None:
    folder = download.cache.files_folder("org/tiny", hub.repositories["org/tiny"].commit)
    folder.mkdir(parents=True)
    part = folder / "model.safetensors.part"
    part.write_bytes(b"x" + WEIGHTS[1:500_000])
    with pytest.raises(HubError, match="checksum"):
        download.run()
    assert not part.exists()
    part.write_bytes(WEIGHTS + b"more")
    download.run()
    assert download.files() == FETCHED


@pytest.mark.parametrize("stall_after", [-1, 200_000])
def test_cancelling_ends_within_two_seconds_and_keeps_what_came(
    hub: StandInHub, download: Download, stall_after: int
) -> None:
    hub.faults.pause_s, hub.faults.stall_after = 0.03, stall_after
    cancelled_at: list[float] = []

    def cancel() -> None:
        cancelled_at.append(time.monotonic())
        download.token.cancel()

    timer = threading.Timer(0.8, cancel)
    timer.start()
    with pytest.raises(Cancelled):
        download.run()
    assert time.monotonic() - cancelled_at[0] < 1.0
    timer.join()
    kept = download.files()["model.safetensors.part"]
    assert 0 < len(kept) < len(WEIGHTS)
    assert WEIGHTS.startswith(kept)


def test_a_server_that_stops_sending_is_asked_again(
    hub: StandInHub, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIMEOUTS", client_module.TIMEOUTS | {"read": 0.3})
    hub.faults.stall_after = 0
    with pytest.raises(HubError, match="stopped answering"):
        download.run()
    assert len(download.said) == 3


def test_a_gated_repository_tells_how_to_get_in(
    hub: StandInHub, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories["org/tiny"].is_gated = True
    with pytest.raises(HubError, match="open only to accounts with access") as raised:
        download.run()
    assert "HF_TOKEN" in raised.value.hint
    monkeypatch.setenv("HF_TOKEN", "somebody-else")
    with pytest.raises(HubError, match="has no access to org/tiny"):
        download.run()
    monkeypatch.setenv("HF_TOKEN", "let-me-in")
    download.run()
    assert download.files() == FETCHED
    assert not [r for r in hub.requests if r.server == "cdn" and r.token]


def test_a_full_disk_is_told_before_anything_is_fetched(
    hub: StandInHub, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_module, "SPARE_BYTES", 10**18)
    with pytest.raises(LabError, match="Downloading org/tiny needs about") as raised:
        download.run()
    assert "another folder for downloaded encoders" in raised.value.hint
    assert not [r for r in hub.requests if r.server == "cdn"]


def test_the_settings_are_looked_at_before_the_weights_come(
    hub: StandInHub, download: Download
) -> None:
    def refuse(folder: Path) -> None:
        assert (folder / "config.json").read_bytes() == FILES["config.json"]
        raise LabError("Not this one.")

    with pytest.raises(LabError, match="Not this one"):
        download.run(refuse)
    assert "model.safetensors" not in " ".join(request.path for request in hub.requests)


def test_two_downloads_of_one_repository_take_turns(hub: StandInHub, download: Download) -> None:
    hub.faults.pause_s = 0.005
    other = Download(download.cache.folder)
    errors: list[Exception] = []

    def run() -> None:
        try:
            other.run()
        except Exception as error:  # noqa: BLE001 - it is looked at below
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    download.run()
    thread.join()
    assert errors == []
    assert sorted([download.n_fetched, other.n_fetched]) == [0, sum(map(len, FETCHED.values()))]
    assert download.files() == FETCHED
