"""How often somebody may come: a token bucket, as the moment at which it is full again (the generic cell rate algorithm)."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rate:
    """So many a second in the long run, and so many at once.

    Attributes:
        each_second: 0 means any number.
        at_once: the bucket's size.
    """

    each_second: float
    at_once: float


def take(rate: Rate, full_at: float, now: float) -> tuple[float, float]:
    """Take one from a bucket.

    Args:
        full_at: when it is full again; a moment past for a full one.

    Returns:
        The new ``full_at``, and the seconds to wait; if these are above 0, nothing was taken.
    """
    if not rate.each_second:
        return full_at, 0.0
    then = max(full_at, now) + 1 / rate.each_second
    wait = then - now - rate.at_once / rate.each_second
    return (full_at, wait) if wait > 1e-9 else (then, 0.0)


@dataclass
class Buckets:
    """A bucket for each of many, in this process's memory; those that are full again are forgotten.

    Attributes:
        most: how many are kept. Should more be at it than that, those that came first begin anew.
    """

    rate: Rate
    most: int = 20_000
    _full_at: dict[Hashable, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, who: Hashable, now: float) -> float:
        """Take one; returns the seconds to wait, 0 if it was there."""
        with self._lock:
            full_at, wait = take(self.rate, self._full_at.pop(who, 0.0), now)
            self._full_at[who] = full_at  # at the end: the dictionary is in the order of the last visits
            if len(self._full_at) > self.most:
                self._forget(now)
            return wait

    def wait(self, who: Hashable, now: float) -> float:
        """The seconds to wait if one were taken; nothing is."""
        with self._lock:
            return take(self.rate, self._full_at.get(who, 0.0), now)[1]

    def _forget(self, now: float) -> None:
        kept = [(who, full_at) for who, full_at in self._full_at.items() if full_at > now]
        self._full_at = dict(kept[-self.most // 2 :])
