"""Whose accounts a person may administer: head office everybody's, a dealer's administrator those of its own dealer."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_OFFICE, DEALER = "head_office", "dealer"


@dataclass(frozen=True)
class Office:
    """What of a person counts for this.

    Attributes:
        administrator: of its dealer's accounts.
    """

    role: str
    dealer: str | None
    administrator: bool = False


def may_see(who: Office, other: Office) -> bool:
    """Whether the account exists for that person at all."""
    if who.role == HEAD_OFFICE:
        return True
    return who.administrator and other.role == DEALER and other.dealer == who.dealer


def administers(who: Office) -> bool:
    """Whether the person may administer any accounts."""
    return who.role == HEAD_OFFICE or (who.role == DEALER and who.administrator)
