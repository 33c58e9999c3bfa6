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
