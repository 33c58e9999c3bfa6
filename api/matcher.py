"""Enquiries answered together: what comes in while the base is being asked waits, and is asked for in one go.

Asking for ten persons costs little more than asking for one (`hub.flows.identify`): one transaction, one look into the base, one
scoring. Nobody waits for company: an enquiry that finds the thread idle is answered alone, at once.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from api.auth import EVERYONE, parts, sha256_of
from hub.errors import HubError
from hub.flows.enquire import Enquirer
from hub.flows.identify import Candidate
from hub.store.engine import Database

log = logging.getLogger("dealerhub.api.matcher")

TOGETHER = 32  # enquiries answered in one go, at most: more would keep the first waiting

Row = Mapping[str, str | None]
Answer = list[Candidate] | None


@dataclass(frozen=True)
class _Enquiry:
    token: str
    row: Row
    limit: int
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Answer]


class Matcher:
    """The thread. Each enquiry is answered on behalf of its own key, which is checked after the enquiry came."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[_Enquiry | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="matcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the enquiries at hand."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(10)

    async def ask(self, token: str, row: Row, limit: int) -> Answer:
        """Candidates for one row, as `identify` finds them for the caller with this API key.

        Returns:
            None if they cannot be had so: the key is none, or the base cannot be asked.
        """
        loop = asyncio.get_running_loop()
        enquiry = _Enquiry(token, row, limit, loop, loop.create_future())
        self._waiting.put(enquiry)
        return await enquiry.answer

    def _run(self) -> None:
        enquirer, ending = Enquirer(self._database), False
        while not ending:
            together, ending = self._next()
            for token, enquiries in _by_token(together).items():
                _deliver(enquiries, self._answered(enquirer, token, enquiries))
        enquirer.close()

    def _next(self) -> tuple[list[_Enquiry], bool]:
        """What waits, at least one; and whether the thread shall end."""
        together: list[_Enquiry] = []
        block = True
        while len(together) < TOGETHER:
            try:
                enquiry = self._waiting.get(block)
            except Empty:
                break
            if enquiry is None:
                return together, True
            together.append(enquiry)
            block = False
        return together, False

    def _answered(self, enquirer: Enquirer, token: str, enquiries: Sequence[_Enquiry]) -> list[Answer]:
        try:
            key_id, secret = parts(token)
            limit = max(enquiry.limit for enquiry in enquiries)
            found = enquirer.ask(key_id, sha256_of(secret), [enquiry.row for enquiry in enquiries], limit)
        except HubError:
            found = None
        except Exception as error:
            if len(enquiries) == 1:
                log.error("an enquiry failed: %s", type(error).__name__)  # its message may quote values
                return [None]
            return [answer for enquiry in enquiries for answer in self._answered(enquirer, token, [enquiry])]
        if found is None or found.role not in EVERYONE:
            return [None] * len(enquiries)
        return [candidates[: one.limit] for one, candidates in zip(enquiries, found.candidates, strict=True)]


def _by_token(enquiries: Sequence[_Enquiry]) -> dict[str, list[_Enquiry]]:
    groups = defaultdict(list)
    for enquiry in enquiries:
        groups[enquiry.token].append(enquiry)
    return groups


def _deliver(enquiries: Sequence[_Enquiry], answers: Sequence[Answer]) -> None:
    """Hand the answers to the loop that asked, which is woken once."""
    pairs = [(enquiry.answer, answer) for enquiry, answer in zip(enquiries, answers, strict=True)]
    enquiries[0].loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(pairs: Sequence[tuple[asyncio.Future[Answer], Answer]]) -> None:
    for future, answer in pairs:
        if not future.cancelled():
            future.set_result(answer)
