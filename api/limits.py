"""How often one key, one person, one address may come; who comes too often is told when to come again (429).

The buckets are in each process's memory (`docs/decisions/0015-limits-in-memory.md`): with N processes the limits are N times as
wide. A key's bucket goes by the whole key, so that nobody can use up another's by its public part.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import sent_token
from api.problems import problem
from api.web.visitors import COOKIE
from hub.access.buckets import Buckets, Rate
from hub.errors import TooMany
from hub.settings import Settings

SECONDS_AT_ONCE = 10  # of its rate that a caller may use at once
MINUTE = 60
PROVEN = 10_000  # keys that each process remembers as good
# What programs ask for on behalf of many people: matching, leads, permission
_FAST = ("/v1/customers/match", "/v1/customers/match/batch", "/v1/leads", "/v1/contacts/permission", "/v1/contacts")


class Limits:
    """The buckets of this process."""

    def __init__(self, settings: Settings) -> None:
        self._slow = Buckets(Rate(settings.rate_each, settings.rate_each * SECONDS_AT_ONCE))
        self._fast = Buckets(Rate(settings.rate_fast, settings.rate_fast * SECONDS_AT_ONCE))
        self._refused = Buckets(_a_minute(settings.rate_refused))
        self._addresses = Buckets(_a_minute(settings.rate_sign_in))
        self._logins = Buckets(_a_minute(settings.rate_sign_in))
        self._proven: OrderedDict[bytes, None] = OrderedDict()  # keys that were served, the latest last
        self._lock = threading.Lock()

    def caller(self, credential: str, path: str) -> None:
        """Count a request of a key or a session.

        Raises:
            TooMany: one too many.
        """
        buckets = self._fast if path in _FAST else self._slow
        _refuse(
            buckets.take(_digest(credential), time.monotonic()),
            "Too many requests of this caller. Retry-After says how long to wait.",
        )

    def known(self, address: str, credential: str) -> None:
        """Refuse an address from which too many wrong keys came, unless this very key was good before.

        So those who share an address with somebody who guesses, behind one proxy say, go on working.

        Raises:
            TooMany: it did.
        """
        if credential and _digest(credential) in self._proven:
            return
        _refuse(
            self._refused.wait(address, time.monotonic()),
            "Too many requests with a wrong key, or none. Retry-After says how long to wait.",
        )

    def refused(self, address: str, credential: str) -> None:
        """Count a request with a wrong key; one that was good before, and ended, is so no more."""
        self._refused.take(address, time.monotonic())
        with self._lock:
            self._proven.pop(_digest(credential), None)

    def served(self, credential: str) -> None:
        """Remember that a key was good."""
        digest = _digest(credential)
        with self._lock:
            self._proven[digest] = None
            self._proven.move_to_end(digest)
            if len(self._proven) > PROVEN:
                self._proven.popitem(last=False)

    def sign_in(self, address: str, login: str) -> None:
        """Count a try to sign in, by its address and by its login.

        Raises:
            TooMany: one too many of either.
        """
        now = time.monotonic()
        wait = max(self._addresses.take(address, now), self._logins.take(login.strip().lower()[:100], now))
        _refuse(wait, "Too many tries to sign in. Wait a minute, and try again.")


def _digest(credential: str) -> bytes:
    return hashlib.blake2b(credential.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _a_minute(number: int) -> Rate:
    return Rate(number / MINUTE, number)


def _refuse(wait: float, what: str) -> None:
    if wait > 0:
        raise TooMany(what, math.ceil(wait))


class Throttled:
    """Counts each request by its credential, before anything else is done for it."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app, self.limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path.startswith("/static/"):
            await self.app(scope, receive, send)
            return
        address, credential = address_of(scope), _credential(scope, path)
        keyed = path.startswith("/v1/") and path != "/v1/openapi.json"

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and keyed:
                if message["status"] == 401:
                    self.limits.refused(address, credential)
                elif credential and message["status"] < 400:
                    self.limits.served(credential)
            await send(message)

        try:
            if keyed:
                self.limits.known(address, credential)
            if credential:
                self.limits.caller(credential, path)
        except TooMany as error:
            await problem(Request(scope), error)(scope, receive, send)
            return
        await self.app(scope, receive, sending)


def address_of(scope: Scope) -> str:
    """The caller's address; behind a proxy on this machine the one that the proxy tells (uvicorn sees to that)."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _credential(scope: Scope, path: str) -> str:
    """The key or the session's token that the request will be served by; empty for who sends none.

    What else a caller sends along does not count: by a new one in each request it would never meet its limit.
    """
    request = Request(scope)
    if path.startswith("/v1/reconcile/dh_"):
        return path.split("/")[3]
    if path.startswith("/v1/") or path == "/metrics":
        return sent_token(request.headers) or ""
    return request.cookies.get(COOKIE, "")
