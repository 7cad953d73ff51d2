"""What can go wrong between this machine and a hub, each as a sentence and a way out."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING

from embedding_lab.errors import HubError

if TYPE_CHECKING:
    from embedding_lab.hub.address import HubAddress

TOKEN_VARIABLE = "HF_TOKEN"
TOO_MANY_REQUESTS, PROXY_WANTS_LOGIN = 429, 407
TRY_LATER = "Try again later; what was downloaded is kept."
THE_PROXY = "Check the system's proxy (https_proxy), or except the address from it (no_proxy)."


class ConnectionLostError(HubError):
    """A hub was reached, but the answer did not come, or not whole. Worth another try."""


class UnreachableError(ConnectionLostError):
    """No connection could be made."""


class NotFoundError(HubError):
    """A hub has no repository of this name, or shows it to nobody without a token."""


def lost(
    host: str, error: Exception, *, is_timeout: bool, is_connected: bool, proxy: str = ""
) -> HubError:
    """Return the sentence for a connection that failed.

    Parameters
    ----------
    host : str
        Who should have answered.
    error : Exception
        What the network said.
    is_timeout : bool
        Whether nothing came for too long.
    is_connected : bool
        Whether the connection had been made before.
    proxy : str, optional
        The proxy that was asked to reach the host.
    """
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        between = f"what the proxy {proxy} does" if proxy else "whether a proxy stands in between"
        return HubError(
            f"The certificate of {host} is not trusted: {cause.verify_message}.",
            hint=f"Check this machine's clock, and {between}.",
        )
    if is_connected:
        what = "stopped answering" if is_timeout else "dropped the connection"
        through = f" It was reached through the proxy {proxy}." if proxy else ""
        return ConnectionLostError(f"{host} {what}.{through}", hint=TRY_LATER)
    if proxy:
        return _not_through(proxy, host, cause, is_timeout=is_timeout)
    if isinstance(cause, socket.gaierror):
        return UnreachableError(
            f"The address {host} was not found.", hint="Check that this machine has a network."
        )
    return UnreachableError(
        f"{host} {_how_it_failed(cause, is_timeout=is_timeout)}.",
        hint="Check the network, and the address under Settings.",
    )


def _not_through(proxy: str, host: str, cause: Exception, *, is_timeout: bool) -> HubError:
    """Return the sentence for a proxy that did not lead to the host."""
    status = re.match(r"\d{3}", str(cause))
    if status and int(status[0]) == PROXY_WANTS_LOGIN:
        return proxy_login(proxy)
    if status:
        what = f"answered with status {status[0]}"
    elif isinstance(cause, socket.gaierror):
        what = "was not found"
    else:
        what = _how_it_failed(cause, is_timeout=is_timeout)
    return UnreachableError(f"The proxy {proxy} {what}, so {host} was not reached.", hint=THE_PROXY)


def _how_it_failed(cause: Exception, *, is_timeout: bool) -> str:
    if is_timeout:
        return "did not answer"
    is_refused = isinstance(cause, ConnectionRefusedError)
    return "refused the connection" if is_refused else "could not be reached"


def proxy_login(proxy: str) -> HubError:
    """Return the sentence for a proxy that lets only known users through."""
    return HubError(
        f"The proxy {proxy} wants a user name and a password.",
        hint="Name them in the proxy's address: http://NAME:PASSWORD@HOST:PORT.",
    )


def refused(status: int, code: str, host: str, *, has_token: bool) -> HubError:
    """Return the sentence for an answer that concerns no particular repository."""
    if status == TOO_MANY_REQUESTS:
        return ConnectionLostError(f"{host} was asked too often.", hint="Wait some minutes.")
    if status >= 500:
        return ConnectionLostError(f"{host} has a failure of its own ({status}).", hint=TRY_LATER)
    if status == 401 and has_token and not code:
        return HubError(
            f"{host} does not accept the token in {TOKEN_VARIABLE}.",
            hint=f"Make a new one on the hub, or unset {TOKEN_VARIABLE} for what is public.",
        )
    return HubError(f"{host} answered with status {status}.", hint="Check the hub's address.")


def refused_repository(
    status: int, code: str, host: str, address: HubAddress, *, has_token: bool
) -> HubError:
    """Return the sentence for a refused look-up of a repository."""
    if code == "GatedRepo" or status == 403:
        return gated(address, host, has_token=has_token)
    if code == "RevisionNotFound":
        return HubError(
            f"{address.id} has no revision {address.revision}.",
            hint="Name a branch, a tag or a commit of it, or none for the newest.",
        )
    if status == 404 or code == "RepoNotFound" or (status == 401 and not has_token):
        return NotFoundError(f"{host} shows no {address.id}.")
    return refused(status, code, host, has_token=has_token)


def refused_file(
    status: int, code: str, host: str, address: HubAddress, *, has_token: bool
) -> HubError:
    """Return the sentence for a refused file of a repository that was found."""
    if code == "GatedRepo" or status == 403 or (status == 401 and not has_token):
        return gated(address, host, has_token=has_token)
    if status == 404:
        return HubError(
            f"{host} lists a file of {address.id} that it does not have.",
            hint="Try again later, or choose another revision.",
        )
    return refused(status, code, host, has_token=has_token)


def gated(address: HubAddress, host: str, *, has_token: bool) -> HubError:
    """Return the sentence for a repository that is open to some accounts only."""
    if has_token:
        return HubError(
            f"The account of the token in {TOKEN_VARIABLE} has no access to {address.id}.",
            hint=f"Ask for access on its page at {host}, then try again.",
        )
    return HubError(
        f"{address.id} is open only to accounts with access to it.",
        hint=f"Ask for access on its page at {host}, make a token there, and set it as "
        f"{TOKEN_VARIABLE}.",
    )


def offline(wanted: str) -> HubError:
    """Return the sentence for a network that the user has switched off."""
    return HubError(
        f"Embedding Lab is offline, so {wanted}.",
        hint="Switch off Stay offline under Settings, or add --online to this one command.",
    )
