"""Take many leads from one dealer at once: it lost a franchise, its territory was redrawn, it is closed over the weekend.

Simulating does the very work in a transaction that is then undone, so what is told is what would happen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from hub.errors import Invalid
from hub.flows.allocate import Rules, allocate, read_rules
from hub.flows.work_lead import LeadInHand
from hub.routing.clock import Event
from hub.routing.wish import fold_brand
from hub.store import leads
from hub.store.engine import Database
from hub.store.uploads import enter

_ATTEMPTS = 5


@dataclass(frozen=True)
class Order:
    """Which leads are to leave a dealer.

    Attributes:
        brand: only of this brand; None: all.
        contacted: also those whose customer the dealer has contacted.
        only_misplaced: only those for which the dealer is not among the best any more, or cannot have them.
        reason: for the ledger and the report; no personal data.
    """

    dealer: str
    reason: str
    brand: str | None = None
    contacted: bool = False
    only_misplaced: bool = False


@dataclass(frozen=True)
class Move:
    """One lead that leaves the dealer: where it stood, where it goes (None: head office), by which rule."""

    lead_id: UUID
    state: str
    to: str | None
    rule: str


@dataclass(frozen=True)
class Report:
    """What a re-assignment does, or did; ``kept``: leads that stay, with ``only_misplaced``."""

    applied: bool
    moves: tuple[Move, ...]
    kept: int

    @property
    def gained(self) -> dict[str, int]:
        """Leads by the dealer that gets them; head office as an empty code."""
        return dict(sorted(Counter(move.to or "" for move in self.moves).items()))


class _Undo(Exception):
    """Ends a transaction that was only to show what it would do."""


def reassign(db: Database, order: Order, author: str, at: datetime, apply: bool = False) -> Report:
    """Give a dealer's open leads to others by the rules, in the order in which they came.

    Args:
        apply: do it; else only tell what would happen.

    Raises:
        Invalid: there is no such dealer.
    """
    for attempt in range(_ATTEMPTS):
        reports: list[Report] = []
        try:
            with db.worker() as conn:
                reports.append(_reassign(conn, order, author, at, apply))
                if not apply:
                    raise _Undo
        except _Undo:
            pass
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "40P01" or attempt == _ATTEMPTS - 1:
                raise
            continue
        return reports[0]
    raise AssertionError


def _reassign(conn: Connection, order: Order, author: str, at: datetime, apply: bool) -> Report:
    rules = read_rules(conn, at)
    if rules.network.find(order.dealer) is None:
        raise Invalid(f"Unknown dealer {order.dealer!r}; `dealerhub dealers sync` brings the registry in.")
    entry_id = enter(conn, "reassignment", order.dealer, at, author, asdict(order)) if apply else None
    states = ("offered", "accepted", "contacted") if order.contacted else ("offered", "accepted")
    brand = None if order.brand is None else fold_brand(order.brand)
    found = [_move(conn, rules, lead.lead_id, order, at, entry_id)
             for lead in leads.held_leads(conn, order.dealer, states, brand)]  # fmt: skip
    moves = tuple(move for move in found if move is not None)
    return Report(apply, moves, len(found) - len(moves))


def _move(
    conn: Connection, rules: Rules, lead_id: UUID, order: Order, at: datetime, entry_id: int | None
) -> Move | None:
    """Move one lead; None if it stays."""
    case = LeadInHand.take(conn, rules, lead_id)
    state = case.state.state
    if case.state.dealer != order.dealer:
        return None  # it left meanwhile by itself
    wish, person = case.wish(at)
    tried = case.state.tried - {order.dealer} if order.only_misplaced else case.state.tried
    decision = allocate(conn, rules, wish, case.hindrances(person, at, tried))
    if order.only_misplaced and order.dealer in decision.near:
        return None
    case.happen(Event("reassigned", at, None, {"reason": order.reason}), entry_id)
    case.decided(decision, wish, person, "reassigned", entry_id)
    case.save()
    return Move(lead_id, state, decision.dealer, decision.rule)
