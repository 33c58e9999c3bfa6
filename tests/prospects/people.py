"""Events and holds of one party in few words, for tests and for the worked example of docs/prospects.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import polars as pl

from hub.prospects.events import EVENTS, HOLDS, KINDS
from hub.prospects.geography import NEARNESS
from hub.prospects.policy import Policy, start_policy
from hub.prospects.rights import UNLIMITED, Rights
from hub.prospects.settle import Reign, Settled, claims_by_policy
from hub.prospects.settle import settle as decide
from hub.prospects.simulate import owners_at, spans_of
from hub.store.policies import micro

NOBODY_NEAR = pl.DataFrame(schema=NEARNESS)


def at(text: str) -> int:
    """``2026-03-01`` or ``2026-03-01 10:00`` in microseconds."""
    return micro(datetime.fromisoformat(text).replace(tzinfo=UTC))


def event(
    dealer: str, kind: str, stated: str | int | None, seen: str | int | None = None, **more: Any
) -> dict[str, Any]:
    """One event of prospect 1, mazda, new; seen when it was stated, unless told."""
    said = at(stated) if isinstance(stated, str) else stated
    first = said if seen is None else at(seen) if isinstance(seen, str) else seen
    row = {
        "golden": 1, "brand": "mazda", "purpose": "new", "dealer": dealer, "kind": KINDS.index(kind), "stated": said,
        "seen": first, "hub_day": False, "dealer_day": False, "crowd": 0, "source": f"{dealer}-{kind}-{said}",
        "feed": "leads", "outcome": None,
    }  # fmt: skip
    return row | more


def hold(rule: str, dealer: str | None, stated: str, until: str | None = None, **more: Any) -> dict[str, Any]:
    """One hold of prospect 1, mazda, new."""
    row = {
        "golden": 1, "brand": "mazda", "purpose": "new", "dealer": dealer, "rule": rule, "stated": at(stated),
        "seen": at(stated), "until": at(until) if until else None, "hub_day": False, "dealer_day": False,
        "source": f"{rule}-{stated}",
    }  # fmt: skip
    return row | more


def events(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=EVENTS)


def holds(rows: Iterable[dict[str, Any]] = ()) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=HOLDS)


def settled(
    told: Iterable[dict[str, Any]], held: Iterable[dict[str, Any]] = (), reigns: list[Reign] | None = None,
    nearness: pl.DataFrame = NOBODY_NEAR, rights: Rights = UNLIMITED,
) -> Settled:  # fmt: skip
    """Everything decided."""
    reigns = reigns or [Reign(start_policy())]
    return decide(claims_by_policy(events(told), reigns), holds(held), nearness, reigns, rights)


def owner(found: Settled, moment: str | int) -> tuple[str | None, str | None]:
    """Owner and rule of prospect 1 at a moment."""
    when = at(moment) if isinstance(moment, str) else moment
    asked = pl.DataFrame({"golden": [1], "brand": ["mazda"], "purpose": ["new"], "at": [when]})
    row = owners_at(asked, spans_of(found)).row(0, named=True)
    return row["owner"], row["rule"]


def changed(**terms: int) -> Policy:
    """The policy that ships with the hub, with other terms."""
    from dataclasses import replace

    policy = start_policy()
    return replace(policy, version="changed", terms=replace(policy.terms, **terms))
