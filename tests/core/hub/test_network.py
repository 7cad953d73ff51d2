"""Connections: cancelled while they are made, and through the system's proxy."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpcore2
import pytest

from embedding_lab.errors import HubError
from embedding_lab.hub import client as client_module
from embedding_lab.hub.client import HubClient
from embedding_lab.hub.network import PatientBackend, new_pool, proxy_name
from embedding_lab.jobs.cancellation import Cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator

HUB = "https://hub.example/x"


class SlowStream(httpcore2.NetworkStream):
    """A connection that only tells when it was closed."""

    def __init__(self) -> None:
        self.is_closed = threading.Event()

    def close(self) -> None:
        self.is_closed.set()


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


def test_a_connection_that_comes_too_late_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = SlowStream()

    def connect(*_: object) -> SlowStream:
        time.sleep(0.4)
        return stream

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    started = time.monotonic()

    def check() -> None:
        if time.monotonic() - started > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        PatientBackend(check).connect_tcp("hub.example", 443)
    assert time.monotonic() - started < 0.35
    assert stream.is_closed.wait(2)


def test_a_proxy_of_the_system_is_used_but_never_for_this_machine(
    proxies: pytest.MonkeyPatch,
) -> None:
    assert new_pool(HUB, lambda: None)._proxy is None
    proxies.setenv("https_proxy", "http://me:p%40ss@proxy.example:3128")
    proxies.setenv("http_proxy", "proxy.example")
    proxy = new_pool(HUB, lambda: None)._proxy
    assert proxy is not None
    assert (proxy.url.host, proxy.url.port) == (b"proxy.example", 3128)
    assert proxy.auth == (b"me", b"p@ss")
    plain = new_pool("http://hub.example/x", lambda: None)._proxy
    assert plain is not None
    assert plain.url.port == 80
    assert new_pool("http://127.0.0.1:80/", lambda: None)._proxy is None
    proxies.setenv("no_proxy", "hub.example")
    assert new_pool(HUB, lambda: None)._proxy is None


def test_a_proxy_of_another_kind_is_refused_without_quoting_it(proxies: pytest.MonkeyPatch) -> None:
    proxies.setenv("https_proxy", "socks5://me:secret@proxy.example:1080")
    with pytest.raises(HubError, match="kind that is not supported") as raised:
        new_pool(HUB, lambda: None)
    assert "secret" not in str(raised.value)


def test_exceptions_may_name_a_port_a_domain_or_everything(proxies: pytest.MonkeyPatch) -> None:
    proxies.setenv("https_proxy", "http://me:secret@proxy.example:3128")
    for exception, is_direct in (
        ("hub.example:8443", True),
        ("hub.example:9", False),
        (".example", True),
        ("other.example, hub.example", True),
        ("ub.example", False),
        ("*", True),
    ):
        proxies.setenv("no_proxy", exception)
        name = proxy_name("https://hub.example:8443/x")
        assert name == ("" if is_direct else "proxy.example:3128")


def test_one_proxy_may_stand_for_all_addresses(proxies: pytest.MonkeyPatch) -> None:
    proxies.setenv("all_proxy", "http://proxy.example:3128")
    assert proxy_name(HUB) == "proxy.example:3128"
    proxies.setenv("https_proxy", "http://other.example:80")
    assert proxy_name(HUB) == "other.example:80"


def test_a_proxy_that_fails_is_named_and_never_with_its_password(
    proxies: pytest.MonkeyPatch,
) -> None:
    """What is asked is plain, so that the stand-in sees it; the proxy is on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    proxies.setenv("http_proxy", f"http://me:secret@127.0.0.1:{port}")
    with HubClient("http://hub.example") as client, pytest.raises(HubError) as raised:
        client.json("/x")
    assert raised.value.message == (
        f"The proxy 127.0.0.1:{port} refused the connection, so hub.example was not reached."
    )
    assert "no_proxy" in raised.value.hint
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("status", "sentence"),
    [(407, "wants a user name and a password"), (502, "status 502")],
)
def test_a_proxy_that_refuses_is_told_from_the_hub(
    proxies: pytest.MonkeyPatch, scheme: str, status: int, sentence: str
) -> None:
    proxies.setattr(client_module, "FIRST_PAUSE_S", 0.0)
    with refusing_proxy(status) as port:
        proxies.setenv(f"{scheme}_proxy", f"127.0.0.1:{port}")
        with HubClient(f"{scheme}://hub.example") as client, pytest.raises(HubError) as raised:
            client.json("/x")
    if scheme == "https" or status == 407:
        assert f"The proxy 127.0.0.1:{port}" in raised.value.message
    else:
        # Through a plain proxy nobody can tell whose failure it is.
        sentence = "failure of its own (502)"
    assert sentence in raised.value.message


@contextmanager
def refusing_proxy(status: int) -> Iterator[int]:
    """A proxy that answers everything with one status."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(status, "No")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_CONNECT = do_GET  # noqa: N815 - the library's name

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()
