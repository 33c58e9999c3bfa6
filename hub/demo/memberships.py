"""Which party is a customer of which dealer, under which record number, since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hub.demo.companies import Companies
from hub.demo.dealers import Dealer, nearest
from hub.demo.people import People
from hub.demo.randomness import Bools, Days, Ints, Texts, chance, stream, texts, weighted
from hub.demo.shares import share

NEAR = 6  # dealers that a person may choose among
TODAY, DAY = np.datetime64("2026-11-20"), np.timedelta64(1, "D")
YESTERDAY = TODAY - DAY
HOUSE_NUMBER = "00H001"  # of a dealer's first stand-in account
FIRST_DAY = np.datetime64("2017-01-10")


@dataclass(frozen=True)
class Memberships:
    """Records of parties at dealers, one entry a record, sorted by dealer and creation.

    ``party`` counts people first, then companies; ``again`` marks a second record of the party at that dealer;
    ``created`` and ``updated`` are days.
    """

    party: Ints
    dealer: Ints
    record_no: Texts
    created: Days
    updated: Days
    again: Bools

    def __len__(self) -> int:
        return len(self.party)

    def without(self, rows: Bools) -> Memberships:
        """The memberships that are not in the mask ``rows``."""
        keep = ~rows
        return Memberships(
            self.party[keep],
            self.dealer[keep],
            self.record_no[keep],
            self.created[keep],
            self.updated[keep],
            self.again[keep],
        )


def enrol(seed: int, people: People, companies: Companies, dealers: list[Dealer], fresh: int = 0) -> Memberships:
    """Make half of the parties customers of one dealer and half of two to four near their home.

    The last ``fresh`` people become customers today, after everyone else.
    """
    rng = stream(seed, "memberships")
    near = nearest(dealers, min(NEAR, len(dealers)))
    several = share("several_dealers")
    parties = len(people) + len(companies)
    counts = 1 + weighted(rng, np.array([1 - several, several * 0.7, several * 0.24, several * 0.06]), parties)
    counts = np.minimum(counts, near.shape[1])
    first = _favourite(seed, people, companies, near.shape[1])
    city = np.concatenate([people.city, companies.city])
    party = np.repeat(np.arange(parties), counts)
    step = np.arange(len(party)) - np.repeat(np.cumsum(counts) - counts, counts)
    dealer = near[city[party], (first[party] + step) % near.shape[1]]
    # 5 % of all records are second ones: of n firsts, draw n·s / (1 - s)
    again = chance(rng, len(party), share("duplicate") / (1 - share("duplicate")))
    party, dealer = np.concatenate([party, party[again]]), np.concatenate([dealer, dealer[again]])
    seconds = np.concatenate([np.zeros(len(again), dtype=bool), np.ones(int(again.sum()), dtype=bool)])
    created, updated = _days(seed, len(party))
    today = (party >= len(people) - fresh) & (party < len(people))
    created[today], updated[today] = TODAY, TODAY
    order = np.lexsort((np.arange(len(party)), created, dealer))
    party, dealer, seconds = party[order], dealer[order], seconds[order]
    return Memberships(party, dealer, number_records(dealer, "", 1), created[order], updated[order], seconds)


def number_records(dealer: Ints, prefix: str, start: int) -> Texts:
    """Record numbers counting within each dealer (``dealer`` must be sorted), in the dealer's own manner."""
    if not len(dealer):
        return texts([])
    begins = np.concatenate([[0], np.flatnonzero(np.diff(dealer)) + 1])
    place = np.arange(len(dealer)) - np.repeat(begins, np.diff(np.concatenate([begins, [len(dealer)]])))
    manner = (f"{prefix}%09d", f"{prefix}%d", f"{prefix or 'C'}-%06d", f"{prefix or 'К'}%07d")
    pairs = zip(dealer.tolist(), (place + start).tolist(), strict=True)
    return texts([manner[d % 4] % (n + (10_000 if d % 4 == 1 else 0)) for d, n in pairs])


def _favourite(seed: int, people: People, companies: Companies, near: int) -> Ints:
    """Where a party goes first: households mostly together, drivers mostly with their company."""
    rng = stream(seed, "favourites")
    falling: NDArray[np.float64] = np.asarray(1.0 / (np.arange(near) + 1.0), dtype=np.float64)
    own = weighted(rng, falling, len(people))
    household = weighted(rng, falling, people.of.count)[people.of.of]
    company = weighted(rng, falling, len(companies))
    first = np.where(chance(rng, len(people), 0.6), household, own)
    employed = (companies.employer >= 0) & chance(rng, len(people), 0.8)
    first = np.where(employed, company[companies.employer], first)
    return np.concatenate([first, company])


def _days(seed: int, size: int) -> tuple[Days, Days]:
    rng = stream(seed, "days")
    span = int((TODAY - FIRST_DAY).astype(int)) - 1
    created = FIRST_DAY + (span * rng.random(size) ** 0.7).astype(np.int64)
    room = (TODAY - created).astype(np.int64)
    updated = created + np.where(chance(rng, size, 0.6), (room * rng.random(size)).astype(np.int64), 0)
    return created, updated
