"""What waits, answered together: what comes in while the base is busy with others is dealt with in one go.

Dealing with ten costs little more than dealing with one: one transaction, one look into the base. Nobody waits for company:
who finds the thread idle is answered alone, at once.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

log = logging.getLogger("dealerhub.api.together")

Asked = TypeVar("Asked")
Given = TypeVar("Given")


@dataclass(frozen=True)
class _Waiting(Generic[Asked, Given]):
    asked: Asked
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Given | None]


class Together(ABC, Generic[Asked, Given]):
    """A thread that answers.

    Args:
        name: of the thread.
        most: answered in one go: more would keep the first waiting.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most
        self._waiting: SimpleQueue[_Waiting[Asked, Given] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after what is at hand."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(10)

    async def wait_for(self, asked: Asked) -> Given | None:
        """The answer; None if it cannot be had so."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting[Asked, Given](asked, loop, loop.create_future())
        self._waiting.put(waiting)
        return await waiting.answer

    @abstractmethod
    def answer(self, asked: Sequence[Asked]) -> list[Given | None]:
        """The answers to all of these, in their order; called by the thread. If it raises, nobody has an answer."""

    @abstractmethod
    def close(self) -> None:
        """Called by the thread at its end."""

    def _run(self) -> None:
        ending = False
        while not ending:
            together, ending = self._next()
            if together:
                _deliver(together, self._answers([each.asked for each in together]))
        self.close()

    def _answers(self, asked: Sequence[Asked]) -> list[Given | None]:
        """Whatever goes wrong, those who wait are told, and the thread lives on: all who come later would wait for ever."""
        try:
            return self.answer(asked)
        except Exception as error:
            log.error("%s: %s", self._name, type(error).__name__)  # its message may quote values
            return [None] * len(asked)

    def _next(self) -> tuple[list[_Waiting[Asked, Given]], bool]:
        """What waits, at least one; and whether the thread shall end."""
        together: list[_Waiting[Asked, Given]] = []
        block = True
        while len(together) < self._most:
            try:
                waiting = self._waiting.get(block)
            except Empty:
                break
            if waiting is None:
                return together, True
            together.append(waiting)
            block = False
        return together, False


def _deliver(waiting: Sequence[_Waiting[Asked, Given]], answers: Sequence[Given | None]) -> None:
    """Hand the answers to the loop that asked, which is woken once."""
    pairs = [(each.answer, answer) for each, answer in zip(waiting, answers, strict=True)]
    waiting[0].loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(pairs: Sequence[tuple[asyncio.Future[Given | None], Given | None]]) -> None:
    for future, answer in pairs:
        if not future.cancelled():
            future.set_result(answer)
