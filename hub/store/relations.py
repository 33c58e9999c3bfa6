"""Who belongs to whom: people of one household, a company and the people who drive its cars. For the importer's people."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection


@dataclass(frozen=True)
class Relative:
    """A customer in relation to another.

    Attributes:
        relation: "household", "driver" (of the company's cars) or "company" (whose cars the person drives).
    """

    relation: str
    golden_id: UUID
    kind: str
    full_name: str | None
    city: str | None


_HOLDS, _USES = "('owner', 'lessee', 'payer')", "('driver', 'contact', 'owner')"
_RELATIVES = sa.text(
    f"""WITH mine AS (SELECT kind FROM golden WHERE golden = :golden),
       related AS (
           SELECT true AS home, o.golden FROM household h JOIN household o USING (household)
           WHERE h.golden = :golden AND o.golden <> :golden
           UNION
           SELECT false, o.golden FROM membership m JOIN party_vehicle c ON c.rid = m.rid
           JOIN party_vehicle d ON d.vin = c.vin AND d.rid <> c.rid JOIN membership o ON o.rid = d.rid
           JOIN golden g ON g.golden = o.golden CROSS JOIN mine
           WHERE m.golden = :golden AND (
               mine.kind = 'company' AND g.kind = 'person' AND c.role IN {_HOLDS} AND d.role IN {_USES}
               OR mine.kind = 'person' AND g.kind = 'company' AND d.role IN {_HOLDS} AND c.role IN {_USES}))
       SELECT CASE WHEN r.home THEN 'household' WHEN g.kind = 'company' THEN 'company' ELSE 'driver' END AS relation,
              g.golden_id, g.kind, g.full_name, g.city
       FROM related r JOIN golden g USING (golden) ORDER BY relation, g.full_name, g.golden_id LIMIT :most"""
)


def relatives(conn: Connection, golden: int, most: int = 100) -> list[Relative]:
    """The household of a golden record, and the company or the drivers that its cars connect it with."""
    return [Relative(*row) for row in conn.execute(_RELATIVES, {"golden": golden, "most": most})]
