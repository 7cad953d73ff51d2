"""A stand-in for a hub: the same requests and answers, on this machine, with faults to order.

Large files are redirected to a second server on a port of its own, as hubs do with theirs.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

LARGE = 20_000
CHUNK = 1 << 14


@dataclass
class Repository:
    """What the stand-in tells of one repository."""

    files: dict[str, bytes]
    commit: str
    revisions: set[str]
    facts: dict[str, Any]
    is_gated: bool = False


@dataclass
class Faults:
    """What goes wrong, and how often."""

    # Answer the next requests with these statuses.
    statuses: list[int] = field(default_factory=list)
    # Cut the next so many transfers of large files after so many bytes.
    n_drops: int = 0
    drop_after: int = 0
    # Files that are sent with one byte changed.
    corrupt: set[str] = field(default_factory=set)
    # Wait before each chunk of a large file.
    pause_s: float = 0.0
    # Send no more behind so many bytes, but keep the connection.
    stall_after: int = -1
    ignores_ranges: bool = False


@dataclass(frozen=True)
class Request:
    """One request that came in: on ``hub`` or on ``cdn``."""

    server: str
    path: str
    token: str
    start: int


class StandInHub:
    """Serves folders as repositories, encrypted if a context for that is given."""

    def __init__(self, encryption: ssl.SSLContext | None = None) -> None:
        self._encryption = encryption
        self.repositories: dict[str, Repository] = {}
        self.faults = Faults()
        self.requests: list[Request] = []
        self.is_closing = threading.Event()
        self._servers = [self._serve("hub"), self._serve("cdn")]

    @property
    def endpoint(self) -> str:
        """The address of the hub itself."""
        return f"{self._scheme}://127.0.0.1:{self._servers[0].server_port}"

    @property
    def cdn(self) -> str:
        """Where large files are."""
        return f"{self._scheme}://127.0.0.1:{self._servers[1].server_port}"

    @property
    def _scheme(self) -> str:
        return "https" if self._encryption else "http"

    def add(
        self,
        name: str,
        files: Path | dict[str, bytes],
        *,
        revisions: tuple[str, ...] = ("main",),
        is_gated: bool = False,
        **facts: Any,
    ) -> Repository:
        """Add a repository; a folder's files are taken as they are."""
        if not isinstance(files, dict):
            paths = [path for path in files.rglob("*") if path.is_file()]
            files = {path.relative_to(files).as_posix(): path.read_bytes() for path in paths}
        whole = json.dumps({n: hashlib.sha1(c).hexdigest() for n, c in sorted(files.items())})
        commit = hashlib.sha1(whole.encode()).hexdigest()
        made = Repository(files, commit, {*revisions, commit}, facts, is_gated)
        self.repositories[name] = made
        return made

    def file_requests(self) -> list[Request]:
        """The requests for files' contents, without the redirections to them."""
        return [r for r in self.requests if r.server == "cdn" or "/resolve/" in r.path]

    def close(self) -> None:
        """Stop serving."""
        self.is_closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> StandInHub:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self, kind: str) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"hub": self, "kind": kind})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        if self._encryption:
            server.socket = self._encryption.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: StandInHub
    kind: str

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        token = self.headers.get("Authorization", "")
        start = int((self.headers.get("Range") or "bytes=0-")[6:].partition("-")[0])
        self.hub.requests.append(Request(self.kind, self.path, token, start))
        if self.hub.faults.statuses:
            self._refuse(self.hub.faults.statuses.pop(0))
        elif url.path == "/api/models":
            self._search(parse_qs(url.query))
        elif url.path.startswith("/api/models/"):
            self._tell(unquote(url.path.removeprefix("/api/models/")))
        elif self.kind == "cdn":
            self._send_large(unquote(url.path), start)
        else:
            self._resolve(unquote(url.path))

    def _search(self, query: dict[str, list[str]]) -> None:
        words = query["search"][0].lower()
        found = [
            {"id": name, "downloads": 10, "likes": 2, "library_name": "sentence-transformers"}
            for name in self.hub.repositories
            if any(word in name.lower() for word in words.split())
        ]
        self._answer(found[: int(query["limit"][0])])

    def _tell(self, path: str) -> None:
        name, _, revision = path.partition("/revision/")
        repository = self.hub.repositories.get(name)
        if repository is None:
            self._refuse(401 if self.headers.get("Authorization") is None else 404, "RepoNotFound")
        elif revision not in repository.revisions:
            self._refuse(404, "RevisionNotFound")
        else:
            siblings = [_sibling(name, content) for name, content in repository.files.items()]
            self._answer(
                {
                    "id": name,
                    "sha": repository.commit,
                    "gated": "manual" if repository.is_gated else False,
                    "siblings": siblings,
                    **repository.facts,
                }
            )

    def _resolve(self, path: str) -> None:
        name, _, rest = path[1:].partition("/resolve/")
        commit, _, file = rest.partition("/")
        repository = self.hub.repositories.get(name)
        if repository is None or commit not in repository.revisions:
            self._refuse(404, "RepoNotFound")
        elif repository.is_gated and self.headers.get("Authorization") != "Bearer let-me-in":
            self._refuse(401 if self.headers.get("Authorization") is None else 403, "GatedRepo")
        elif file not in repository.files:
            self._refuse(404, "EntryNotFound")
        elif len(repository.files[file]) < LARGE:
            self._send(self._content(file, repository.files[file]))
        else:
            self._redirect(f"{self.hub.cdn}/{quote(name)}/{commit}/{quote(file)}")

    def _send_large(self, path: str, start: int) -> None:
        organisation, name, _, *rest = path[1:].split("/")
        file, faults = "/".join(rest), self.hub.faults
        content = self._content(file, self.hub.repositories[f"{organisation}/{name}"].files[file])
        is_part = start > 0 and not faults.ignores_ranges
        body = content[start:] if is_part else content
        self.send_response(206 if is_part else 200)
        if is_part:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._pour(body, faults)

    def _pour(self, body: bytes, faults: Faults) -> None:
        end = len(body)
        if faults.n_drops > 0:
            faults.n_drops -= 1
            end = min(end, faults.drop_after)
        for position in range(0, end, CHUNK):
            if 0 <= faults.stall_after <= position:
                self.hub.is_closing.wait()
                break
            time.sleep(faults.pause_s)
            self.wfile.write(body[position : min(position + CHUNK, end)])
        self.close_connection = end < len(body)

    def _content(self, file: str, content: bytes) -> bytes:
        if file not in self.hub.faults.corrupt:
            return content
        return content[:-1] + bytes([content[-1] ^ 1])

    def _redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, status: int, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, value: Any) -> None:
        self._send(json.dumps(value).encode())

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        self.end_headers()
        self.wfile.write(body)


def _sibling(name: str, content: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
    told: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": blob}
    if len(content) >= LARGE:
        mark = hashlib.sha256(content).hexdigest()
        told |= {"blobId": "0" * 40, "lfs": {"sha256": mark, "size": len(content)}}
    return told
