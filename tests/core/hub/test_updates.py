"""Asking for a newer version: only when wanted, one small file, and nothing it says is trusted."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from embedding_lab.errors import HubError, LabError, UsageError
from embedding_lab.hub.updates import look_for_update
from embedding_lab.settings import Settings
from embedding_lab.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator


class Announcer:
    """A stand-in for the address: answers whatever it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.content = b""
        self.status = 200
        self.asked: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                outer.asked.append({"path": self.path, **dict(self.headers)})
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.content)))
                self.end_headers()
                self.wfile.write(outer.content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/lab/newest.json"

    def says(self, **record: Any) -> None:
        self.content = json.dumps(record).encode()


@pytest.fixture
def announcer() -> Iterator[Announcer]:
    made = Announcer()
    yield made
    made.server.shutdown()
    made.server.server_close()


def settings(address: str, *, offline: bool = False) -> Settings:
    return Settings(offline=offline, update_address=address)


@pytest.mark.parametrize(
    ("version", "is_newer"),
    [("99.0", True), ("v0.1.1", True), ("0.1.0", False), ("0.1", False), ("0.0.9", False)],
)
def test_a_newer_version_is_told_from_an_older_one(
    announcer: Announcer, version: str, is_newer: bool
) -> None:
    assert __version__ == "0.1.0", "the versions above were chosen around this one"
    announcer.says(version=version, url="https://lab.example/new", files=["ignored"])
    found = look_for_update(settings(announcer.address))
    assert (found.version, found.url, found.is_newer) == (
        version,
        "https://lab.example/new",
        is_newer,
    )
    (asked,) = announcer.asked
    assert asked["path"] == "/lab/newest.json"
    assert asked["User-Agent"] == f"embedding-lab/{__version__}"
    assert not {"Cookie", "Authorization", "Referer"} & asked.keys()


def test_nothing_is_asked_offline_or_without_an_address(announcer: Announcer) -> None:
    with pytest.raises(HubError, match="offline"):
        look_for_update(settings(announcer.address, offline=True))
    with pytest.raises(UsageError, match="No address is known"):
        look_for_update(settings("  "))
    for wrong in ("file:///etc/passwd", "newest.json", "ftp://lab.example/x"):
        with pytest.raises(UsageError, match="no web address"):
            look_for_update(settings(wrong))
    assert announcer.asked == []


@pytest.mark.parametrize(
    "content",
    [
        b"<html>log in first</html>",
        b"[]",
        b"{}",
        b'{"version": 3}',
        b'{"version": "newest"}',
        b'{"version": "1.' + b"0" * 100 + b'"}',
        b'{"version": "2.0", "more": "' + b"x" * 70_000 + b'"}',
        b"\xff",
    ],
)
def test_an_answer_that_announces_nothing_is_refused(announcer: Announcer, content: bytes) -> None:
    announcer.content = content
    with pytest.raises(HubError, match="does not announce versions"):
        look_for_update(settings(announcer.address))


def test_only_a_web_page_is_handed_on_to_be_opened(announcer: Announcer) -> None:
    for url in ("file:///usr/bin/x", "javascript:alert(1)", 7, None):
        announcer.says(version="9", url=url)
        assert look_for_update(settings(announcer.address)).url == ""


def test_an_address_that_is_not_there_is_told(announcer: Announcer) -> None:
    announcer.status = 404
    with pytest.raises(LabError, match="404"):
        look_for_update(settings(announcer.address))
    announcer.server.shutdown()
    announcer.server.server_close()
    with pytest.raises(HubError, match="refused the connection"):
        look_for_update(settings(announcer.address))
