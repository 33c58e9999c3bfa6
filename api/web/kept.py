"""Answers that take longer to work out than a page may take, kept for a while in this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Asked = TypeVar("Asked", bound=Hashable)
Answer = TypeVar("Answer")
MOST = 200  # answers remembered


class Kept(Generic[Asked, Answer]):
    """Answers by what was asked, at most so many seconds old.

    Args:
        seconds: how long an answer may be shown.
        worth: whether an answer is kept at all; small ones are worked out again, and so are never old.
    """

    def __init__(self, seconds: float, worth: Callable[[Answer], bool]) -> None:
        self._seconds, self._worth = seconds, worth
        self._answers: OrderedDict[Asked, tuple[float, Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: Asked, work_out: Callable[[], Answer]) -> Answer:
        """The kept answer, or a new one."""
        with self._lock:
            found = self._answers.get(asked)
        if found and time.monotonic() < found[0] + self._seconds:
            return found[1]
        answer = work_out()
        with self._lock:
            self._answers.pop(asked, None)
            if self._worth(answer):
                self._answers[asked] = (time.monotonic(), answer)
            while len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return answer
