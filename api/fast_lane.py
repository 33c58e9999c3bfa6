"""The short way of the two hottest requests past the framework, which costs as much as they do: who is this, and a lead.

The lane answers nothing but what goes well. Whatever is unusual about a request (its headers, its body, its key, a fault)
sends it down the common road, which it then goes from the start: what is refused there, and how, is written once.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import lead_views
from api.lead_bodies import is_adf, read_json
from api.lead_desk import LeadDesk
from api.limits import Limits, address_of
from api.matcher import Matcher
from api.metrics import Metrics
from api.middleware import BODY_LIMIT, HEADERS
from api.routers.match import asked, rendered
from api.schemas.common import PLAIN
from api.schemas.match import Partial
from hub.errors import HubError
from hub.flows.meet_lead import Submission

log = logging.getLogger("dealerhub.api")

MATCH, LEADS = "/v1/customers/match", "/v1/leads"
_COMMON = [(b"content-type", b"application/json")] + [
    (name.lower().encode(), value.encode()) for name, value in HEADERS.items()
]
_KEY = re.compile(PLAIN)
_LONGEST_KEY = 200


@dataclass(frozen=True)
class _Asked:
    """A request of the commonest form."""

    address: str
    token: str
    key: str | None
    body: bytes


Answer = tuple[int, bytes] | None  # status and body; None: the request must go the common road


class FastLane:
    """Serves what it can of two paths; everything else is the application's."""

    def __init__(self, app: ASGIApp, matcher: Matcher, desk: LeadDesk, metrics: Metrics, limits: Limits) -> None:
        self.app, self.matcher, self.desk, self.metrics, self.limits = app, matcher, desk, metrics, limits
        self._lanes: Mapping[str, Callable[[_Asked], Awaitable[Answer]]] = {MATCH: self._match, LEADS: self._lead}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lane = self._lanes.get(scope["path"]) if scope["type"] == "http" else None
        if lane is None or scope["method"] != "POST" or scope["query_string"]:
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        messages: list[Message] = []
        request = await _asked(scope, receive, messages)
        answer = None
        if request is not None:
            with suppress(ValidationError, RequestValidationError, HubError):  # the common road says what is wrong
                answer = await lane(request)
        if request is None or answer is None:
            await self.app(scope, _again(messages, receive), send)
            return
        self.limits.served(request.token)
        status, body = answer
        headers = [(b"content-length", b"%d" % len(body)), *_COMMON]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        seconds = time.perf_counter() - began
        self.metrics.observe("POST", scope["path"], status, seconds)
        log.info("POST %s %d %.1f ms", scope["path"], status, seconds * 1000)

    def _admit(self, request: _Asked, path: str) -> None:
        """Count the request, once it can be answered; who comes too often is told so on the common road."""
        self.limits.known(request.address, request.token)
        self.limits.caller(request.token, path)

    async def _match(self, request: _Asked) -> Answer:
        row, limit = asked(Partial.model_validate_json(request.body))
        self._admit(request, MATCH)
        found = await self.matcher.ask(request.token, row, limit)
        return None if found is None else (200, rendered(found))

    async def _lead(self, request: _Asked) -> Answer:
        if is_adf("", request.body):
            return None
        columns, transfer = read_json(request.body)
        self._admit(request, LEADS)
        digest = hashlib.sha256(request.body).hexdigest()
        submission = Submission(columns, "", datetime.now(UTC), digest, request.key, transfer=transfer)
        found = await self.desk.send(request.token, submission)
        return None if found is None else (200 if found.repeated else 201, to_json(lead_views.routed(found)))


async def _asked(scope: Scope, receive: Receive, messages: list[Message]) -> _Asked | None:
    """The request, if it is as plain as a client's commonly is. What was received is kept."""
    token = kind = key = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            if token is not None or value[:7] != b"Bearer ":
                return None
            token = value[7:]
        elif name == b"content-type":
            kind = value
        elif name == b"idempotency-key":
            if key is not None:
                return None
            key = value
        elif name == b"x-api-key":
            if token is not None:
                return None
            token = value
    if token is None or kind != b"application/json" or not token.isascii() or not _plain(key):
        return None
    size, more = 0, True
    while more:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
        if message["type"] != "http.request" or size > BODY_LIMIT:
            return None
    body = b"".join(message.get("body", b"") for message in messages)
    return _Asked(address_of(scope), token.decode("ascii"), key.decode("ascii") if key else None, body)


def _plain(key: bytes | None) -> bool:
    """Whether an Idempotency-Key is none, or one that nobody could read in another way."""
    return key is None or (key.isascii() and len(key) <= _LONGEST_KEY and bool(_KEY.match(key.decode("ascii"))))


def _again(messages: list[Message], receive: Receive) -> Receive:
    """What was received, once more, and then what else comes."""
    waiting = iter(messages)

    async def receiving() -> Message:
        return next(waiting, None) or await receive()

    return receiving
