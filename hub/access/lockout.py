"""How long an account stays shut after wrong passwords: longer each time, never for ever, so nobody can be locked out."""

from __future__ import annotations

from datetime import datetime, timedelta

FREE = 5  # failures in a row without a consequence
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)


def locked_until(failures: int, at: datetime) -> datetime | None:
    """The moment until which nobody may sign in after the given number of failures in a row, the last of them now."""
    if failures < FREE:
        return None
    doublings = min(failures - FREE, 10)
    return at + min(FIRST * (1 << doublings), LONGEST)
