"""Whose prospect somebody is, or was: the spans of time that settling computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.questions import Question, ask, numbers


@dataclass(frozen=True)
class Owner:
    """The dealer that holds a prospect.

    Attributes:
        valid_until: when it ends if nothing further happens; None: open.
        rule: the rule of the policy that decided.
        reason: the same in a sentence; it names no other dealer.
    """

    dealer: str
    valid_until: datetime | None
    rule: str
    reason: str


_OWNERS = sa.text(
    """SELECT golden, dealer, valid_until, rule, reason FROM ownership
       WHERE golden = ANY(:goldens) AND brand = :brand AND purpose = :purpose
         AND valid_from <= :at AND (valid_until IS NULL OR valid_until > :at)"""
)


def owners(conn: Connection, goldens: Sequence[int], brand: str, purpose: str, at: datetime) -> dict[int, Owner]:
    """The owner of each golden record that has one.

    Args:
        goldens: numbers of golden records (``membership.golden``).
        brand: as written anywhere; case and spaces do not count. Blank: prospects of no known brand.
        purpose: "new", "used" or "service".
        at: the moment asked about; past and future ones are answered from what is known now.
    """
    return ask(conn, who_owns(goldens, brand, purpose, at))


def who_owns(goldens: Sequence[int], brand: str, purpose: str, at: datetime) -> Question[dict[int, Owner]]:
    """The question that `owners` asks."""
    asked = {"goldens": numbers(goldens), "brand": fold_brand(brand), "purpose": purpose, "at": at}
    return Question(_OWNERS, asked, lambda rows: {golden: Owner(*rest) for golden, *rest in rows})


def fold_brand(brand: str | None) -> str:
    """A brand as ownership names it: lower-case, single spaces; "" for none."""
    return " ".join((brand or "").lower().split())
