"""The short way of the hottest request, `POST /v1/customers/match`, past the framework: it costs a third.

The lane answers nothing but what goes well. Whatever is unusual about a request (its headers, its body, its key, a fault)
sends it down the common road, which it then goes from the start: what is refused there, and how, is written once.
"""

from __future__ import annotations

import logging
import time

from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import Limits
from api.matcher import Matcher
from api.metrics import Metrics
from api.middleware import BODY_LIMIT, HEADERS
from api.routers.match import asked, rendered
from api.schemas.match import Partial
from hub.errors import HubError

log = logging.getLogger("dealerhub.api")

PATH = "/v1/customers/match"
_COMMON = [(b"content-type", b"application/json")] + [
    (name.lower().encode(), value.encode()) for name, value in HEADERS.items()
]


class FastLane:
    """Serves what it can of ``PATH``; everything else is the application's."""

    def __init__(self, app: ASGIApp, matcher: Matcher, metrics: Metrics, limits: Limits) -> None:
        self.app, self.matcher, self.metrics, self.limits = app, matcher, metrics, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or scope["query_string"]:
            await self.app(scope, receive, send)
            return
        token = _token(scope)
        if token is None:
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        messages: list[Message] = []
        answer = await self._answer(token, receive, messages)
        if answer is None:
            await self.app(scope, _again(messages, receive), send)
            return
        headers = [(b"content-length", b"%d" % len(answer)), *_COMMON]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})
        seconds = time.perf_counter() - began
        self.metrics.observe("POST", PATH, 200, seconds)
        log.info("POST %s 200 %.1f ms", PATH, seconds * 1000)

    async def _answer(self, token: str, receive: Receive, messages: list[Message]) -> bytes | None:
        """The body of the answer; None if the request must go the common road. What was received is kept."""
        size, more = 0, True
        while more:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if message["type"] != "http.request" or size > BODY_LIMIT:
                return None
        try:
            partial = Partial.model_validate_json(b"".join(message.get("body", b"") for message in messages))
            row, limit = asked(partial)
            self.limits.caller(token, PATH)
        except (ValidationError, HubError):
            return None
        found = await self.matcher.ask(token, row, limit)
        return None if found is None else rendered(found)


def _token(scope: Scope) -> str | None:
    """The API key; None if the headers are not as plain as a client's commonly are."""
    token = kind = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            if token is not None or value[:7] != b"Bearer ":
                return None
            token = value[7:]
        elif name == b"content-type":
            kind = value
        elif name == b"x-api-key":
            if token is not None:
                return None
            token = value
    if token is None or kind != b"application/json" or not token.isascii():
        return None
    return str(token.decode("ascii"))


def _again(messages: list[Message], receive: Receive) -> Receive:
    """What was received, once more, and then what else comes."""
    waiting = iter(messages)

    async def receiving() -> Message:
        return next(waiting, None) or await receive()

    return receiving
