"""The registry in the base: what `dealers sync` wrote is what the table says, also the second time."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from hub.dealers.franchises import Franchise, Territory
from hub.dealers.registry import DealerEntry
from hub.store.dealers import sync_dealers
from hub.store.engine import Database

FULL = DealerEntry(
    "d1", name="x", brands=("Mazda",), active_from=date(2020, 1, 1), franchises=(Franchise("Mazda", "new"),),
    territory=Territory(("1150",)), holidays=(date(2026, 1, 1),), target_share=0.5, dealer_group="g",
)  # fmt: skip


def test_all_columns_arrive_and_leave(db: Database) -> None:
    query = sa.text(
        "SELECT active_from, franchises, territory, holidays, target_share, dealer_group, timezone FROM dealer"
    )
    with db.worker() as conn:
        for _ in range(2):
            sync_dealers(conn, [FULL])
            assert tuple(conn.execute(query).one()) == (
                date(2020, 1, 1), [{"brand": "Mazda", "purpose": "new"}], {"postcodes": ["1150"]}, [date(2026, 1, 1)],
                0.5, "g", "Europe/Moscow",
            )  # fmt: skip
        sync_dealers(conn, [DealerEntry("d1")])
        assert tuple(conn.execute(query).one()) == (None, [], None, [], None, None, "Europe/Moscow")


def test_records_that_hold_a_dealers_own_phone_are_matched_anew(db: Database) -> None:
    party = sa.text(
        """INSERT INTO party (rid, id, dealer, feed, record_no, first_seen, stated_on, ended, kind, phones, emails)
           VALUES (:rid, gen_random_uuid(), 'd1', 'customers', :rid, now(), now(), false, 'person', :phones, :emails)"""
    )
    records = [(1, ["74951112233"], None), (2, None, ["info@x.ru"]), (3, ["79161112233"], None)]
    marked = sa.text("WITH gone AS (DELETE FROM dirty RETURNING rid) SELECT array_agg(rid ORDER BY rid) FROM gone")
    with_contacts = DealerEntry("d1", phones=("8 (495) 111-22-33",), emails=("Info@x.ru",))
    with db.worker() as conn:
        conn.execute(party, [{"rid": rid, "phones": phones, "emails": emails} for rid, phones, emails in records])
        for entries, rids in (
            ([DealerEntry("d1")], None),
            ([with_contacts], [1, 2]),
            ([with_contacts], None),
            ([DealerEntry("d1", emails=("info@x.ru",))], [1]),
        ):
            sync_dealers(conn, entries)
            assert conn.execute(marked).scalar() == rids
