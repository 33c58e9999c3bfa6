"""Caps: so many contacts at most in any rolling span of time, over the whole network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from hub.contact.policy import Cap, FeedReading


@dataclass(frozen=True, slots=True)
class Event:
    """A contact that was made, or that somebody has reserved and may yet make: both count alike.

    Attributes:
        dealer: who made it; None: the importer.
        reported: by the API; else it is a row of the interactions feed.
    """

    at: datetime
    channel: str
    purpose: str
    dealer: str | None
    reported: bool = True


def room(cap: Cap, priority: int) -> int:
    """How many contacts the cap allows a campaign of this priority: the last ``kept`` are for more important ones."""
    return cap.most if priority >= cap.kept_from else cap.most - cap.kept


def free_at(times: Iterable[datetime], at: datetime, window: timedelta, most: int) -> datetime:
    """The earliest moment from ``at`` on when one more contact leaves no span of ``window`` with more than ``most``.

    Args:
        times: of the contacts that count, past and planned, in any order.
        most: at least 1.

    Two contacts exactly ``window`` apart are in no common span.
    """
    sorted_times = sorted(times)
    if _fits(sorted_times, at, window, most):
        return at
    ends = sorted({one + window for one in sorted_times if one + window > at})
    return next(end for end in ends if _fits(sorted_times, end, window, most))


def _fits(times: Sequence[datetime], at: datetime, window: timedelta, most: int) -> bool:
    near = [one for one in times if at - window < one < at + window]
    if len(near) < most:
        return True
    begins = [one for one in near if one <= at] + [at]
    return all(sum(begin <= one < begin + window for one in near) < most for begin in begins)


def of_feed(reading: FeedReading, subject: str | None, campaign: str | None, lead: str | None) -> str:
    """The purpose of a row of the interactions feed, which names none: by its subject, campaign or lead."""
    return _purpose(tuple(reading.subjects.items()), (reading.campaign, reading.lead, reading.otherwise),
                    (subject or "").lower(), campaign is not None, lead is not None)  # fmt: skip


@lru_cache(maxsize=4096)
def _purpose(
    subjects: tuple[tuple[str, str], ...], purposes: tuple[str, str, str], subject: str, campaign: bool, lead: bool
) -> str:
    found = next((purpose for words, purpose in subjects if words in subject), None)
    return found or purposes[0 if campaign else 1 if lead else 2]


def reached(reading: FeedReading, outcome: str | None) -> bool:
    """Whether a row of the feed tells of a person who was reached; an unknown outcome counts as one."""
    return (outcome or "").strip().lower() not in reading.not_reached


def told_once(events: Sequence[Event], apart: timedelta) -> list[Event]:
    """The events without those of the feed that the same dealer also reported by the API, over that channel, at about
    that time."""
    reported = [one for one in events if one.reported]
    return [
        one
        for one in events
        if one.reported
        or not any(
            one.dealer == other.dealer and one.channel == other.channel and abs(one.at - other.at) <= apart
            for other in reported
        )
    ]
