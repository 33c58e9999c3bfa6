"""Enquiries answered together (`hub.flows.identify`): one transaction and one look into the base for all that wait.

All of it is done by the event loop. A thread that asked and scored would wait for the loop, and the loop for the thread, four
times a request; and nobody would gain: one of them runs at a time. While the base looks for some, others are read, and
those that are found are scored while it looks for the next.

An enquiry can be made to meet fifty times as many records as one commonly does. So that nobody else waits for it: the callers
take turns, who met many is answered few at a time, and what takes long is scored by a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.auth import EVERYONE, parts, sha256_of
from hub.errors import HubError
from hub.flows.enquire import Enquirer, Near
from hub.flows.identify import Candidate, Question
from hub.store.engine import Database

log = logging.getLogger("dealerhub.api.matcher")

TOGETHER = 32  # enquiries answered in one go, at most: more would keep the first waiting
RECORDS = 1_000  # that they should meet at most, going by those of the same caller before them
FEW = 250  # records that the loop scores itself, which takes it 5 ms at worst; or, of many enquiries, …
EACH = 40  # … so many for each of them; commonly it is 20

Row = Mapping[str, str | None]
Answer = list[Candidate] | None


@dataclass(frozen=True)
class _Waiting:
    """An enquiry on behalf of the caller with this API key."""

    token: str
    question: Question
    limit: int
    answer: asyncio.Future[Answer]


class Matcher:
    """Each enquiry is answered on behalf of its own key, which is checked after the enquiry came."""

    def __init__(self, database: Database) -> None:
        self._enquirer = Enquirer(database)
        self._waiting: list[_Waiting] = []
        self._most: dict[str, int] = {}  # enquiries in one go of callers who met many
        self._work: asyncio.Task[None] | None = None

    async def ask(self, token: str, row: Row, limit: int) -> Answer:
        """Candidates for one row, as `identify` finds them for the caller with this API key.

        Returns:
            None if they cannot be had so: the key is none, or the base cannot be asked.
        """
        try:
            question = self._enquirer.question(row)
        except Exception as error:
            _tell(error)
            return None
        waiting = _Waiting(token, question, limit, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._work is None:
            self._work = asyncio.create_task(self._answer_all())
        return await waiting.answer

    def close(self) -> None:
        """End; nobody waits any more."""
        self._enquirer.close()

    async def _answer_all(self) -> None:
        """Answer who waits, and who comes meanwhile. Nobody waits for company: who finds the base idle is answered at once."""
        try:
            while self._waiting:
                together, self._waiting = self._waiting, []
                left: list[_Waiting] = []
                for token, of_one in _by_token(together).items():
                    most = self._most.get(token, TOGETHER)
                    left += of_one[most:]
                    await self._answer(token, of_one[:most])
                self._waiting = left + self._waiting
        finally:
            self._work = None

    async def _answer(self, token: str, waiting: Sequence[_Waiting]) -> None:
        """Ask the base, and score what it found after it was asked for the next; whatever goes wrong, those who wait are told."""
        near = None
        try:
            key_id, secret = parts(token)
            near = await self._enquirer.look(key_id, sha256_of(secret), [each.question for each in waiting])
        except HubError:
            pass
        except Exception as error:
            _tell(error)
        met = near.met if near is not None else 0
        self._allow(token, len(waiting), met)
        if met <= max(FEW, EACH * len(waiting)):
            asyncio.get_running_loop().call_soon(_deliver, waiting, near)
        else:
            _hand_over(waiting, await asyncio.to_thread(_scored, waiting, near))

    def _allow(self, token: str, asked: int, met: int) -> None:
        """Say how many of a caller's enquiries are answered in one go, after so many of them met so many records."""
        most = min(TOGETHER, 2 * self._most.get(token, TOGETHER), max(1, RECORDS * asked // max(met, 1)))
        if most < TOGETHER:
            self._most[token] = most
        else:
            self._most.pop(token, None)


def _deliver(waiting: Sequence[_Waiting], near: Near | None) -> None:
    _hand_over(waiting, _scored(waiting, near))


def _scored(waiting: Sequence[_Waiting], near: Near | None) -> Sequence[Answer]:
    try:
        if near is not None and near.role in EVERYONE:
            return near.candidates(max(each.limit for each in waiting))
    except Exception as error:
        _tell(error)
    return [None] * len(waiting)


def _hand_over(waiting: Sequence[_Waiting], answers: Sequence[Answer]) -> None:
    for each, answer in zip(waiting, answers, strict=True):
        if not each.answer.cancelled():
            each.answer.set_result(answer[: each.limit] if answer is not None else None)


def _tell(error: Exception) -> None:
    log.error("an enquiry failed: %s", type(error).__name__)  # its message may quote values


def _by_token(waiting: Sequence[_Waiting]) -> dict[str, list[_Waiting]]:
    groups = defaultdict(list)
    for each in waiting:
        groups[each.token].append(each)
    return groups
