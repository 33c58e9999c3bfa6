"""What of each request the audit log tells: by default all of it, once; routes that touch nobody's data are listed here.

A reading request adds its row to the transaction that reads. A changing one adds it to the first transaction that writes, so
the row and the change are there together or not at all: what was refused changed nothing, and has no row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fastapi import Request
from sqlalchemy import Connection

from hub.store.audit import add_entry, has_written

# Routes without personal data, by the name of their function, and why.
IMPERSONAL = {
    "read_dealers": "dealers are companies, and public",
    "read_dealer": "dealers are companies, and public",
    "read_uploads": "names and counts of files",
    "read_upload": "names and counts of files",
    "read_webhook": "an address of a dealer's system",
    "read_deliveries": "numbers of leads and states of pushes",
    "read_fairness": "counts by dealer and week",
    "count_waiting": "counts",
    "read_abuse": "counts by dealer",
    "read_policies": "the rules are no secret",
    "read_policy": "the rules are no secret",
    "simulate_policy": "counts by dealer; nothing is stored",
    "read_metrics": "counts",
    "propose_properties": "names of properties",
    "propose_properties_by_token": "names of properties",
}
# The same of pages.
IMPERSONAL_PAGES = {
    "GET /": "counts, and names of files",
    "GET /uploads": "names and counts of files",
    "GET /uploads/{upload_id}": "names and counts of files",
    "GET /people": "accounts are of the work, not of customers",
    "GET /people/{account_id}": "accounts are of the work, not of customers",
    "GET /people/keys/{key_id}": "a key is no person",
    "GET /me": "the visitor's own account",
    "GET /me/second-factor": "the visitor's own account",
    "POST /language": "the visitor's own choice",
}
# Routes that only read although they are posted, since what they ask for is too much, or too personal, for an address.
READING = {"match_customer", "match_customers", "reconcile_form", "reconcile_form_by_token", "ask_permission"}
_MOST = 1000  # ids that one row names


@dataclass
class Record:
    """The row of one request.

    Attributes:
        action: what is done: the operation's id, or the page's method and address.
        target: the object's id, if the address names one.
        reading: whether the row is due as soon as the request reads; else when it has written.
        told: the row is there, or none is due.
        reason: the caller's, if it gave one.
        shown: ids of the objects that a list shows.
    """

    action: str
    target: str | None = None
    reading: bool = True
    told: bool = False
    reason: str | None = None
    shown: list[str] = field(default_factory=list)
    actor: str = ""
    role: str = ""
    dealer: str | None = None

    def of(self, actor: str, role: str, dealer: str | None) -> None:
        """Who it is, now that the credential is checked."""
        self.actor, self.role, self.dealer = actor, role, dealer

    def show(self, ids: Iterable[object]) -> None:
        """Name what a list shows, beyond what the address names."""
        self.shown += [str(one) for one in ids if one is not None]

    def name(self, action: str, ids: str | None) -> None:
        """Give the row another action, and ids with commas between."""
        self.action, self.told, self.target, self.shown = action, False, None, []
        named = ids.split(",") if ids else []
        if len(named) == 1:
            self.target = named[0]
        else:
            self.show(named)

    def add(self, conn: Connection) -> None:
        """Add the row to a transaction that is about to commit, if it is due there."""
        if self.told or not self.actor or not (self.reading or has_written(conn)):
            return
        details = {"ids": list(dict.fromkeys(self.shown))[:_MOST]} if self.shown else None
        add_entry(conn, self.actor, self.role, self.dealer, self.action, self.target, self.reason, details)
        self.told = True


def record_of(request: Request) -> Record:
    """The row that a request of the API is due."""
    name = request.scope["route"].name
    reading = request.method in ("GET", "HEAD") or name in READING
    ids = {key: value for key, value in request.path_params.items() if key not in ("token", "kind")}
    return _named(Record(name, reading=reading, told=name in IMPERSONAL), ids.values(), request)


def page_record_of(request: Request) -> Record:
    """The row that a page is due, by its method and address, such as ``GET /uploads/{upload_id}``."""
    action = f"{request.method} {request.scope['route'].path}"
    record = Record(action, reading=request.method == "GET", told=action in IMPERSONAL_PAGES)
    if (kind := request.query_params.get("format")) in ("csv", "xlsx"):
        record.action = f"{action} as {kind}"
    return _named(record, request.path_params.values(), request)


def _named(record: Record, path: Iterable[object], request: Request) -> Record:
    """The record with the ids that the address names: one as its target, several in its details."""
    named = [str(one) for one in path] + [request.query_params[key] for key in _IDS if key in request.query_params]
    if len(named) == 1:
        record.target = named[0]
    else:
        record.show(named)
    return record


_IDS = ("a", "b", "id", "customer")  # parameters that hold ids; what does not fit never comes to a transaction
