"""Connections that can be cancelled while they wait, through the system's proxy if it has one.

A read that waits for 30 seconds would let a cancelled job wait as long. Here every wait is made of
short ones with a check between them.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2

from embedding_lab.errors import HubError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    Check = Callable[[], None]

SLICE_S = 0.1
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def new_pool(url: str, check: Check) -> httpcore2.ConnectionPool:
    """Return a pool of connections for what lies at an address."""
    return httpcore2.ConnectionPool(
        ssl_context=httpcore2.default_ssl_context(),
        proxy=_proxy(url),
        max_connections=2,
        keepalive_expiry=30.0,
        network_backend=PatientBackend(check),
    )


class PatientBackend(httpcore2.NetworkBackend):
    """Makes connections, calling ``check`` some times a second while it waits."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a connection to a host."""
        return PatientStream(
            _wait_for(
                lambda: self._inner.connect_tcp(host, port, timeout, local_address, socket_options),
                self._check,
            ),
            self._check,
        )


class PatientStream(httpcore2.NetworkStream):
    """A connection whose reads can be cancelled."""

    def __init__(self, inner: httpcore2.NetworkStream, check: Check) -> None:
        self._inner = inner
        self._check = check

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, after waiting for it if need be."""
        last = time.monotonic() + (timeout or 0.0)
        while True:
            self._check()
            try:
                return self._inner.read(max_bytes, SLICE_S)
            except httpcore2.ReadTimeout:
                if timeout is not None and time.monotonic() > last:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send something; requests are short, so this hardly ever waits."""
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Let go of the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Return the same connection, encrypted from here on."""
        encrypted = _wait_for(
            lambda: self._inner.start_tls(ssl_context, server_hostname, timeout), self._check
        )
        return PatientStream(encrypted, self._check)

    def get_extra_info(self, info: str) -> Any:
        """Return what the connection knows of itself."""
        return self._inner.get_extra_info(info)


def _wait_for(
    action: Callable[[], httpcore2.NetworkStream], check: Check
) -> httpcore2.NetworkStream:
    """Return what ``action`` makes in a thread of its own, checking meanwhile.

    The system offers no way to look up a name or to connect in slices. If the check raises, the
    thread is left to end by its own time limit, and what it makes is closed.
    """
    results: queue.SimpleQueue[httpcore2.NetworkStream | Exception] = queue.SimpleQueue()
    is_abandoned = threading.Event()

    def close_late() -> None:
        with suppress(queue.Empty):
            late = results.get_nowait()
            if isinstance(late, httpcore2.NetworkStream):
                late.close()

    def act() -> None:
        try:
            results.put(action())
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            results.put(error)
        if is_abandoned.is_set():
            close_late()

    threading.Thread(target=act, name="hub connection", daemon=True).start()
    try:
        while True:
            check()
            with suppress(queue.Empty):
                result = results.get(timeout=SLICE_S)
                break
    except BaseException:
        is_abandoned.set()
        close_late()
        raise
    if isinstance(result, Exception):
        raise result
    return result


def proxy_name(url: str) -> str:
    """Return host and port of the proxy an address is asked through; empty if it is asked itself.

    The user name and the password that a proxy may want are left out.
    """
    proxy = _proxy(url)
    if proxy is None:
        return ""
    return f"{proxy.url.host.decode()}:{proxy.url.port}"


def _proxy(url: str) -> httpcore2.Proxy | None:
    """Return the proxy the system names for an address."""
    target = urlsplit(url)
    proxies = getproxies()
    named = proxies.get(target.scheme) or proxies.get("all", "")
    # Exceptions may name a host, or a host and its port.
    place = target.netloc.rpartition("@")[2]
    if not named or target.hostname in LOOPBACK or proxy_bypass(place):
        return None
    proxy = urlsplit(named if "://" in named else f"http://{named}")
    if proxy.scheme not in {"http", "https"} or not proxy.hostname:
        raise HubError(
            f"The proxy for {target.scheme} addresses is of a kind that is not supported.",
            hint="Name an http proxy in the environment, or none.",
        )
    port = proxy.port or (443 if proxy.scheme == "https" else 80)
    host = f"[{proxy.hostname}]" if ":" in proxy.hostname else proxy.hostname
    auth = (unquote(proxy.username), unquote(proxy.password or "")) if proxy.username else None
    return httpcore2.Proxy(f"{proxy.scheme}://{host}:{port}", auth=auth)
