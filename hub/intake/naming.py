"""What a file's name tells: its feed, business day, whether it holds changes only, whether it is still arriving."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase

from hub.dealers.specification import Specification
from hub.feeds import FEEDS

PARTIAL_ENDINGS = (
    ".part",
    ".tmp",
    ".temp",
    ".filepart",
    ".crdownload",
    ".download",
    ".uploading",
    ".swp",
    "~",
)

_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d{1,3}(?!\d))")
_DAY_FIRST = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])([-_.])(0[1-9]|1[0-2])\2((?:19|20)\d\d)(?!\d)")
_DELTA = re.compile(r"(?<![a-z])(delta|incremental|changes)(?![a-z])", re.IGNORECASE)


def is_partial(name: str) -> bool:
    """Whether the name is that of a file whose sender has not finished."""
    return name.lower().endswith(PARTIAL_ENDINGS)


def is_hidden(name: str) -> bool:
    """Whether the file is none of ours: hidden, or an office program's lock."""
    return name.startswith((".", "~$"))


def feed_of(name: str, specification: Specification | None = None) -> str | None:
    """The feed of a file: by the specification's patterns first, else by the feed's name as prefix; None if unknown.

    ``service_visits-2026.csv`` and ``service visits.csv`` are of one feed; ``customersatisfaction.csv`` is of none.
    """
    lower = name.lower()
    if specification is not None and (found := _by_pattern(lower, specification.feeds)):
        return found
    stem = re.sub(r"[\s-]", "_", lower)
    for feed in FEEDS:
        if stem.startswith(feed) and not stem[len(feed) : len(feed) + 1].isalpha():
            return feed
    return None


def _by_pattern(name: str, feeds: Mapping[str, object]) -> str | None:
    for feed, spec in feeds.items():
        if any(fnmatchcase(name, pattern.lower()) for pattern in getattr(spec, "files", ())):
            return feed
    return None


def day_of(name: str) -> date | None:
    """The business day in a file's name (``2026-11-21``, ``20261121``, ``21.11.2026``), or None."""
    if match := _YEAR_FIRST.search(name):
        year, _, month, day = match.groups()
    elif match := _DAY_FIRST.search(name):
        day, _, month, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def says_delta(name: str) -> bool:
    """Whether the name says that the file holds changes only."""
    return _DELTA.search(name) is not None
