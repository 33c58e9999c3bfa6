"""People in the base without files: source records, consents, interactions as the feeds would leave them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy import Connection

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday, noon in Moscow
LONG_AGO = NOW - timedelta(days=400)
_SPACE = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


def identity(dealer: str, record_no: str) -> UUID:
    """The id of a record of this world."""
    return uuid5(_SPACE, f"{dealer}/{record_no}")


class World:
    """Adds rows as the nightly job would, in the transaction given."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self._uploads: dict[tuple[str, str, datetime], int] = {}

    def dealer(self, code: str, timezone: str = "Europe/Moscow", brands: tuple[str, ...] = ("Lada",)) -> None:
        """A dealer of the registry, unless it is there."""
        self._run(
            "INSERT INTO dealer (code, timezone, brands) VALUES (:code, :zone, :brands) ON CONFLICT DO NOTHING",
            code=code, zone=timezone, brands=list(brands),
        )  # fmt: skip

    def upload(self, dealer: str, feed: str, received_at: datetime = LONG_AGO) -> int:
        """An accepted upload, the same one for the same moment."""
        if (dealer, feed, received_at) not in self._uploads:
            self.dealer(dealer)
            entry = self._run(
                "INSERT INTO entry (kind, dealer, received_at, author) VALUES ('upload', :dealer, :at, 'inbox') "
                "RETURNING entry_id", dealer=dealer, at=received_at,
            ).scalar_one()  # fmt: skip
            self._run(
                """INSERT INTO upload (upload_id, dealer, feed, file_name, sha256, bytes, day, delta, received_at, status)
                   VALUES (:id, :dealer, :feed, 'f.csv', CAST(:id AS text), 1, :day, true, :at, 'accepted')""",
                id=entry, dealer=dealer, feed=feed, day=received_at.date(), at=received_at,
            )  # fmt: skip
            self._uploads[dealer, feed, received_at] = entry
        return self._uploads[dealer, feed, received_at]

    def customer(self, dealer: str, record_no: str, golden: int | None = None, **columns: Any) -> int:
        """A customer record with its party; returns its rid, which is its golden record unless another is named."""
        upload = self.upload(dealer, "customers", columns.get("first_seen", LONG_AGO))
        values = {
            "rid": self._run("SELECT nextval('rid_seq')").scalar_one(), "id": identity(dealer, record_no),
            "dealer": dealer, "no": record_no, "upload": upload, "first_seen": LONG_AGO, "incarnation": 0,
            "opted_out": None, "kind": "person", "postcode": None, "city": None, "country": None, "feed": "customers",
            "account": record_no, **columns,
        }  # fmt: skip
        if values["feed"] == "customers":
            self._run(
                """INSERT INTO customers (rid, id, dealer, record_no, incarnation, upload_id, day, row_hash, first_seen,
                                          opted_out)
                   VALUES (:rid, :id, :dealer, :no, :incarnation, :upload, '2025-10-01', :id, :first_seen, :opted_out)""",
                **values,
            )
        self._run(
            """INSERT INTO party (rid, id, dealer, feed, record_no, account, first_seen, stated_on, ended, kind, postcode,
                                  city, country)
               VALUES (:rid, :id, :dealer, :feed, :no, :account, :first_seen, '2025-10-01', false, :kind, :postcode,
                       :city, :country)""",
            **values,
        )
        rid = int(values["rid"])
        self.move(rid, golden or rid)
        return rid

    def move(self, rid: int, golden: int) -> None:
        """Put a record into a golden record: a merge or an unmerge."""
        self._run("DELETE FROM membership WHERE rid = :rid", rid=rid)
        self._run(
            "INSERT INTO membership (rid, golden, dealer) SELECT rid, :golden, dealer FROM party WHERE rid = :rid",
            rid=rid, golden=golden,
        )  # fmt: skip

    def household(self, *goldens: int) -> None:
        """One household of these golden records."""
        for golden in goldens:
            self._run("INSERT INTO household VALUES (:golden, :first)", golden=golden, first=min(goldens))

    def consent(self, dealer: str, customer_no: str, status: str, at: datetime, **columns: Any) -> None:
        """A row of the consents feed; ``table="consents_history"`` for one that was replaced."""
        self._row(
            columns.pop("table", "consents"), dealer, "consents", columns,
            customer_no=customer_no, status=status, at=at, controller="dealer", purpose="marketing", channel="any",
        )  # fmt: skip

    def interaction(self, dealer: str, customer_no: str, at: datetime, **columns: Any) -> None:
        """A row of the interactions feed: a call that went out, unless columns say otherwise."""
        self._row(
            "interactions", dealer, "interactions", columns,
            customer_no=customer_no, at=at, channel="call", direction="out", campaign="autumn",
        )  # fmt: skip

    def owner(self, golden: int, dealer: str, until: datetime | None = None, purpose: str = "new") -> None:
        """Whose prospect somebody is, for the brand Lada."""
        self._run(
            """INSERT INTO ownership VALUES (:golden, 'lada', :purpose, :dealer, :since, :until, 'claim', 'p', 'r')""",
            golden=golden, purpose=purpose, dealer=dealer, since=LONG_AGO, until=until,
        )  # fmt: skip

    def _row(self, table: str, dealer: str, feed: str, columns: dict[str, Any], **defaults: Any) -> None:
        received = columns.pop("received_at", NOW)
        number = self._run("SELECT nextval('rid_seq')").scalar_one()
        values = {
            "rid": number, "id": identity(dealer, f"{feed}-{number}"), "dealer": dealer, "record_no": str(number),
            "upload_id": self.upload(dealer, feed, received), "day": received.date(), "first_seen": received,
            "row_hash": identity(dealer, str(number)), "incarnation": 0, **defaults, **columns,
        }  # fmt: skip
        names = ", ".join(values)
        self._run(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in values)})", **values)

    def _run(self, statement: str, **values: Any) -> sa.CursorResult[Any]:
        return self.conn.execute(sa.text(statement), values)
