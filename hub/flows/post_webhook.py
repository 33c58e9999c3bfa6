"""Send one signed request to a dealer's address, and to no other place: the hub must not be a way into its own network.

The address is looked up here, every result must be public, and the connection goes to that very result, so a name that
changes its mind between the check and the request gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

CONNECT_SECONDS = 5.0
LONGEST_SECONDS = 15.0  # from the first byte to the answer, however slowly it drips


class Undeliverable(Exception):
    """The request failed; its text says why, without anything that was sent."""


def check_url(url: str, private: bool) -> SplitResult:
    """The parts of a webhook's address.

    Args:
        private: whether plain http and private addresses are allowed.

    Raises:
        Undeliverable: it may not be sent to.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Undeliverable("The address is no URL.") from None
    if parts.scheme not in (("https", "http") if private else ("https",)):
        raise Undeliverable("The address must begin with https://.")
    if not parts.hostname or parts.username or parts.password or parts.fragment or port == 0:
        raise Undeliverable("The address must be https://host/path, without a user, a password or a fragment.")
    return parts


def resolve(host: str, port: int, private: bool) -> str:
    """The IP address to connect to.

    Raises:
        Undeliverable: the name is unknown, or leads to an address that is not public.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Undeliverable("The host's name cannot be resolved.") from None
    addresses = [str(address[4][0]) for address in found]
    if not private and not all(map(_public, addresses)):
        raise Undeliverable("The host's name leads to an address that is not public.")
    return addresses[0]


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The signature header: HMAC-SHA256 over timestamp and body, so that neither can be changed or played again later."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def post(url: str, body: bytes, headers: Mapping[str, str], private: bool = False) -> None:
    """POST a body; returns when the other side has answered 2xx.

    Args:
        private: as for `check_url`.

    Raises:
        Undeliverable: anything else.
    """
    parts = check_url(url, private)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = resolve(host, port, private)
    connection = _Pinned(host, port, address, secure)
    alarm = threading.Timer(LONGEST_SECONDS, connection.hang_up)
    alarm.daemon = True
    alarm.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(headers))
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Undeliverable(f"The request failed: {type(error).__name__}.") from None
    finally:
        alarm.cancel()
        connection.close()
    if not 200 <= status < 300:
        raise Undeliverable(f"The other side answered {status}.")


class _Pinned(http.client.HTTPConnection):
    """A connection to one IP address under the host's name."""

    def __init__(self, host: str, port: int, address: str, secure: bool) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._address, self._secure = address, secure

    def connect(self) -> None:
        """Connect to the address; for TLS the certificate must be the host's."""
        plain = socket.create_connection((self._address, self.port), CONNECT_SECONDS)
        self.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self._secure else plain
        )

    def hang_up(self) -> None:
        """End a conversation that takes too long."""
        sock = self.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return found.is_global and not found.is_multicast
