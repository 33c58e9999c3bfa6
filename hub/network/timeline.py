"""What one party has lived through, in order; the transactions of one long body repair are one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BODY = ("body", "parts", "insurance")  # departments through which a body repair is booked


@dataclass(frozen=True)
class Happening:
    """One thing that happened.

    Attributes:
        feed: of the row that tells it: sales, service_visits, leads, interactions, surveys, consents.
        until: when it was over, where that is known.
        what: its kind: a sale's status, a visit's department, a contact's channel and direction …
        case: number of the visit that the case began with, for visits of one repair.
    """

    at: datetime | None
    until: datetime | None
    dealer: str
    feed: str
    record_no: str
    what: str | None
    vin: str | None = None
    detail: str | None = None
    case: str | None = None


def ordered(happenings: Sequence[Happening]) -> list[Happening]:
    """The latest first, what has no date last; visits of one body repair share a case."""
    cases = repair_cases([one for one in happenings if one.feed == "service_visits"])
    told = [
        replace(one, case=cases.get((one.dealer, one.record_no))) if one.feed == "service_visits" else one
        for one in happenings
    ]
    return sorted(
        told,
        key=lambda one: (one.at is None, -one.at.timestamp() if one.at else 0, one.dealer, one.feed, one.record_no),
    )


def repair_cases(visits: Sequence[Happening]) -> dict[tuple[str, str], str]:
    """For visits of the body shop with the same VIN and dealer whose times overlap: the number of the first of them."""
    cases: dict[tuple[str, str], str] = {}
    dated = [v for v in visits if v.vin and v.at and v.what in BODY]
    end, case, place = None, None, None
    for visit in sorted(dated, key=lambda v: (v.dealer, v.vin or "", v.at or datetime.min, v.record_no)):
        assert visit.at is not None
        if (visit.dealer, visit.vin) != place or end is None or visit.at > end:
            place, case, end = (visit.dealer, visit.vin), visit.record_no, visit.at
        end = max(end, visit.until or visit.at + timedelta(days=1))
        assert case is not None
        cases[visit.dealer, visit.record_no] = case
    several = {(dealer, case) for (dealer, number), case in cases.items() if number != case}
    return {key: case for key, case in cases.items() if (key[0], case) in several}
