"""Connections: cancelled while they are made, and through the system's proxy."""

from __future__ import annotations

import threading
import time

import httpcore2
import pytest

from embedding_lab.errors import HubError
from embedding_lab.hub.network import PatientBackend, new_pool
from embedding_lab.jobs.cancellation import Cancelled

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
