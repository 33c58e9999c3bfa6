"""Whom each record of a feed describes: the input of everything that writes a person or company down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hub.demo.companies import Companies
from hub.demo.dealers import Dealer
from hub.demo.people import People
from hub.demo.randomness import Bools, Ints


@dataclass(frozen=True)
class Records:
    """One entry a record: ``party`` counts people first, then companies; ``dealer`` is a dealer's number."""

    people: People
    companies: Companies
    dealers: list[Dealer]
    party: Ints
    dealer: Ints

    def __len__(self) -> int:
        return len(self.party)

    @cached_property
    def is_person(self) -> Bools:
        """Records of people."""
        return self.party < len(self.people)

    @cached_property
    def person(self) -> Ints:
        """The person of each record; 0 for companies."""
        return np.where(self.is_person, self.party, 0)

    @cached_property
    def company(self) -> Ints:
        """The company of each record; 0 for people."""
        return np.where(self.is_person, 0, self.party - len(self.people))

    @cached_property
    def is_trader(self) -> Bools:
        """Records of sole traders."""
        trader: Bools = self.is_person & (self.people.registration_no[self.person] != None)  # noqa: E711
        return trader
