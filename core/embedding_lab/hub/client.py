"""A small client of the plain protocol that hubs speak.

The ``huggingface_hub`` library is not used here. It reads its offline switch once, when it is first
imported, and keeps it for the whole process. Embedding Lab sets that switch, so that no library
ever looks up an encoder's files by itself; lifting it for a download the user asked for would lift
it for everybody else in the process too. The protocol needs two requests only, which also makes it
plain to see what is sent, and lets a cancelled download end at once.
"""

from __future__ import annotations

import json
import re
import string
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from embedding_lab.errors import HubError, UsageError
from embedding_lab.hub import failures
from embedding_lab.hub.failures import ConnectionLostError, UnreachableError
from embedding_lab.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpcore2

    Check = Callable[[], None]
    # Makes the sentence for a refusal of its status, its code, the host, and whether a token was
    # sent.
    Refusal = Callable[..., HubError]

TIMEOUTS = {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 10.0}
MOST_REDIRECTS = 5
MOST_ANSWER_BYTES = 64_000_000
RETRIES = 3
FIRST_PAUSE_S = 1.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class HubAnswer:
    """The head of an answer; ``chunks`` is its body, still to be read."""

    status: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


class HubClient:
    """Asks one hub. Use it in a ``with`` statement, which closes its connections.

    Parameters
    ----------
    endpoint : str
        The hub's address, such as ``https://huggingface.co``.
    token : str, optional
        Names the user's account. It is sent to this hub only, never to where it redirects, and
        never unencrypted to another machine.
    check : callable, optional
        Called some times a second while waiting; raises to cancel.

    Raises
    ------
    UsageError
        If the address or the token cannot be one.
    """

    def __init__(self, endpoint: str, token: str = "", check: Check = lambda: None) -> None:
        self._endpoint = endpoint.strip().rstrip("/")
        parts = urlsplit(self._endpoint)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise UsageError(
                f"{endpoint or 'Nothing'} is no address of a hub.",
                hint="It looks like https://huggingface.co; change it under Settings.",
            )
        # A sentence of the network layer would quote it.
        if token and not re.fullmatch(r"[\x21-\x7e]+", token):
            raise UsageError(
                f"The token in {failures.TOKEN_VARIABLE} holds letters that no token has.",
                hint="Copy it again from the hub.",
            )
        is_safe = parts.scheme == "https" or parts.hostname in LOOPBACK
        self._token = token if is_safe else ""
        self._check = check
        self._pools: dict[str, httpcore2.ConnectionPool] = {}

    @property
    def host(self) -> str:
        """The hub's name in sentences."""
        return _host(self._endpoint)

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()

    def __enter__(self) -> HubClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self, seconds: float) -> None:
        """Wait, unless the check ends it."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._check()
            time.sleep(min(left, 0.1))

    def json(self, path: str, refusal: Refusal = failures.refused) -> Any:
        """Return the JSON answer to a request, after up to three more tries.

        Raises
        ------
        HubError
            If the hub refuses, or cannot be reached; a first contact that fails is not tried again.
        """
        for attempt in range(RETRIES + 1):
            try:
                return self._json_once(path, refusal)
            except UnreachableError:
                raise
            except ConnectionLostError:
                if attempt == RETRIES:
                    raise
                self.wait(pause_before(attempt))
        raise AssertionError("unreachable")

    def _json_once(self, path: str, refusal: Refusal) -> Any:
        with self.open(path, refusal) as answer:
            content = bytearray()
            for chunk in answer.chunks:
                content += chunk
                if len(content) > MOST_ANSWER_BYTES:
                    raise HubError(f"{self.host} answered far more than expected.")
        try:
            return json.loads(content)
        except ValueError as error:
            raise HubError(
                f"{self.host} did not answer as a hub does.",
                hint="Check the hub's address under Settings, and whether the network wants you "
                "to log in first.",
            ) from error

    @contextmanager
    def open(
        self,
        path: str,
        refusal: Refusal = failures.refused,
        *,
        start: int = 0,
        accept: str = "*/*",
    ) -> Iterator[HubAnswer]:
        """Send a request, follow where it is redirected, and give out the answer.

        Parameters
        ----------
        path : str
            What to ask for, with the slash it begins with.
        refusal : callable, optional
            Makes the sentence for a status that is no success.
        start : int, optional
            Ask for the bytes from here on; the answer's status tells whether the hub did so.
        accept : str, optional
            Which forms of an answer are understood.
        """
        url = self._endpoint + path
        for _ in range(MOST_REDIRECTS):
            with self._exchange(url, start, accept) as answer:
                target = answer.headers.get("location", "")
                if not (300 <= answer.status < 400 and target):
                    self._require_success(url, answer, refusal)
                    yield answer
                    return
            url = self._redirected(url, target)
        raise HubError(f"{self.host} sends from one address to the next without end.")

    def _redirected(self, url: str, target: str) -> str:
        new = urljoin(url, target)
        if urlsplit(url).scheme == "https" and urlsplit(new).scheme != "https":
            raise HubError(
                f"{self.host} redirects to an address that is not encrypted.",
                hint="It was not followed. Try again, or use another network.",
            )
        return quote(new, safe=string.punctuation)

    def _require_success(self, url: str, answer: HubAnswer, refusal: Refusal) -> None:
        if answer.status in {200, 206}:
            return
        if answer.status == failures.PROXY_WANTS_LOGIN:
            from embedding_lab.hub.network import proxy_name

            raise failures.proxy_login(proxy_name(url))
        if _origin(url) != _origin(self._endpoint):
            # Addresses of large files hold for some minutes; the hub gives a new one next time.
            raise ConnectionLostError(
                f"{_host(url)} answered with status {answer.status}.", hint=failures.TRY_LATER
            )
        code = answer.headers.get("x-error-code", "")
        raise refusal(answer.status, code, self.host, has_token=bool(self._token))

    @contextmanager
    def _exchange(self, url: str, start: int, accept: str) -> Iterator[HubAnswer]:
        import httpcore2

        try:
            with self._pool(url).stream(
                "GET",
                url,
                headers=self._headers(url, start, accept),
                extensions={"timeout": TIMEOUTS},
            ) as response:
                headers = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                yield HubAnswer(response.status, headers, response.iter_stream())
        except httpcore2.UnsupportedProtocol as error:
            raise HubError(
                f"{self.host} redirects to an address that is no web address."
            ) from error
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.ProxyError) as error:
            raise _lost(url, error, is_connected=False) from error
        except (
            httpcore2.TimeoutException,
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
        ) as error:
            raise _lost(url, error, is_connected=True) from error

    def _headers(
        self, url: str, start: int, accept: str = "*/*"
    ) -> list[tuple[bytes | str, bytes | str]]:
        headers: dict[bytes | str, bytes | str] = {
            "Host": _host(url),
            "User-Agent": f"embedding-lab/{__version__}",
            "Accept": accept,
            # Packed answers would have other sizes than the hub lists.
            "Accept-Encoding": "identity",
        }
        if start:
            headers["Range"] = f"bytes={start}-"
        if self._token and _origin(url) == _origin(self._endpoint):
            headers["Authorization"] = f"Bearer {self._token}"
        return list(headers.items())

    def _pool(self, url: str) -> httpcore2.ConnectionPool:
        from embedding_lab.hub.network import new_pool

        origin = _origin(url)
        if origin not in self._pools:
            self._pools[origin] = new_pool(url, self._check)
        return self._pools[origin]


def pause_before(attempt: int) -> float:
    """Return how long to wait before trying once more, in seconds."""
    return float(FIRST_PAUSE_S * 2**attempt)


def _lost(url: str, error: Exception, *, is_connected: bool) -> HubError:
    import httpcore2

    from embedding_lab.hub.network import proxy_name

    return failures.lost(
        _host(url),
        error,
        is_timeout=isinstance(error, httpcore2.TimeoutException),
        is_connected=is_connected,
        proxy=proxy_name(url),
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{parts.hostname}:{port}"
