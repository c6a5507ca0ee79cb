"""Why a server can't be reached, in a sentence and a next step.

Imports httpx: reach it only through a lazy import.
"""

import socket
import ssl
from collections.abc import Iterator

import httpx

from personadesk.domain.errors import ModelError


class Unreachable(ModelError):
    """Nothing was sent: no connection came about."""


def explain_unreachable(error: httpx.TransportError, address: str) -> ModelError:
    """Say what an attempt to connect ran into. `address` is shown: it must hold no key."""
    host = httpx.URL(address).host
    if isinstance(error, httpx.ConnectTimeout):
        return Unreachable(f"The model's server {host} can't be reached: it does not answer.", "Check that it runs.")
    causes = [cause for cause in _causes(error) if not isinstance(cause, ssl.SSLWantReadError | ssl.SSLWantWriteError)]
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "CERTIFICATE" in str(error):
        return Unreachable(
            f"The certificate of {host} can't be trusted.",
            "Check the address and this computer's clock; a proxy that reads along causes this, too.",
            retryable=False,
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "SSL" in str(error):
        return Unreachable(
            f"{host} does not speak TLS at this address.",
            "Use http:// for a server in your own network, or check the port.",
            retryable=False,
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(
            f"There is no server called {host}, or the network is down.",
            "Check the address in Settings, Models, and the connection to the internet.",
        )
    if isinstance(error, httpx.ProxyError):
        return Unreachable("The proxy refused the connection.", "Check the proxy in the system's settings.")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return Unreachable(
            "The server can't be asked with this address or key.", "Check both in Settings, Models.", retryable=False
        )
    return Unreachable(
        f"The model's server can't be reached: nothing listens at {httpx.URL(address).netloc.decode()}.",
        "Start the server, or check the address and its port.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it was raised from, and what groups hold."""
    waiting, seen = [error], 0
    while waiting and seen < 50:
        current = waiting.pop()
        if current is None:
            continue
        seen += 1
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
        waiting.append(current.__cause__ or current.__context__)
