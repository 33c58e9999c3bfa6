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

_OWNERS_OF_SOME = sa.text(
    """SELECT o.golden, o.brand, o.purpose, o.dealer, o.valid_until, o.rule, o.reason
       FROM unnest(CAST(:goldens AS bigint[]), CAST(:brands AS text[]), CAST(:purposes AS text[]))
           AS asked (golden, brand, purpose) JOIN ownership o USING (golden, brand, purpose)
       WHERE o.valid_from <= :at AND (o.valid_until IS NULL OR o.valid_until > :at)"""
)
Prospect = tuple[int, str, str]  # golden record, brand (folded), purpose


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


def who_own(prospects: Sequence[Prospect], at: datetime) -> Question[dict[Prospect, Owner]]:
    """The owner of each of these prospects that has one, whatever their brands and purposes."""
    goldens, brands, purposes = zip(*prospects, strict=True) if prospects else ((), (), ())
    asked = {"goldens": list(goldens), "brands": list(brands), "purposes": list(purposes), "at": at}
    return Question(_OWNERS_OF_SOME, asked, lambda rows: {tuple(row[:3]): Owner(*row[3:]) for row in rows})


def fold_brand(brand: str | None) -> str:
    """A brand as ownership names it: lower-case, single spaces; "" for none."""
    return " ".join((brand or "").lower().split())
