"""Postcodes and cities → coordinates and time zone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.network.places import PlaceEntry
from hub.normalize.addresses import fold_city, parse_postcode
from hub.store.bulk import copy_in, copy_out
from hub.store.questions import Question, Rows, ask


@dataclass(frozen=True)
class Place:
    """A point on the map (degrees, WGS 84) and its IANA time zone, as far as known."""

    latitude: float | None
    longitude: float | None
    timezone: str | None


# The postcode decides, the longest beginning of it that is known; then the city. Without a country, the only one.
# ``asked`` has country, city and the beginnings of the postcode.
BEST = """SELECT latitude, longitude, timezone FROM {asked} JOIN place p
        ON (asked.country IS NULL OR p.country = asked.country)
       AND (p.postcode <> '' AND p.postcode = ANY(asked.beginnings) OR p.city <> '' AND p.city = asked.city)
    ORDER BY CASE WHEN p.postcode <> '' AND p.postcode = ANY(asked.beginnings) THEN length(p.postcode) ELSE 0 END DESC,
             (p.city = asked.city) IS TRUE DESC, p.country = 'ru' DESC, p.country, p.postcode, p.city LIMIT 1"""
_BEST = BEST.format(asked="(SELECT a.country, a.city, a.beginnings) asked")
_LOCATE = sa.text(
    f"""SELECT a.n, found.*
        FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS a (n int, country text, city text, beginnings text[]),
            LATERAL ({_BEST}) found"""
)
_ASKED = {"country": pl.String, "postcode": pl.String, "city": pl.String}


def sync_places(conn: Connection, places: Sequence[PlaceEntry]) -> int:
    """Make the table hold just these places; returns how many."""
    conn.execute(sa.text("DELETE FROM place"))
    rows = [asdict(place) for place in places]
    return copy_in(conn, "place", pl.DataFrame(rows, schema=_PLACE)) if rows else 0


_PLACE = {
    "country": pl.String, "postcode": pl.String, "city": pl.String, "region": pl.String, "latitude": pl.Float64,
    "longitude": pl.Float64, "timezone": pl.String,
}  # fmt: skip


def locate(conn: Connection, country: str | None, postcode: str | None, city: str | None) -> Place | None:
    """Where somebody lives; None if the table knows neither postcode nor city.

    Args:
        country: ISO 3166-1 alpha-2; None: any.
        postcode, city: as written or as party records have them.
    """
    return ask(conn, where_are([(country, postcode, city)]))[0]


Address = tuple[str | None, str | None, str | None]  # country, postcode, city


def where_are(addresses: Sequence[Address]) -> Question[list[Place | None]]:
    """The question that `locate` asks, for each of these."""
    asked = [_asked(n, *address) for n, address in enumerate(addresses)]

    def read(rows: Rows) -> list[Place | None]:
        found = {n: Place(*rest) for n, *rest in rows}
        return [found.get(n) for n in range(len(asked))]

    return Question(_LOCATE, {"asked": json.dumps(asked, ensure_ascii=False)}, read)


def _asked(n: int, country: str | None, postcode: str | None, city: str | None) -> dict[str, object]:
    code = parse_postcode(postcode) if postcode else None
    return {
        "n": n,
        "country": country.lower() if country else None,
        "city": fold_city(city) if city else None,
        "beginnings": [code[:length] for length in range(1, len(code) + 1)] if code else [],
    }


def locate_all(conn: Connection, asked: pl.DataFrame) -> pl.DataFrame:
    """The same for many: ``latitude``, ``longitude``, ``timezone`` beside each row, in the rows' order.

    Args:
        asked: columns ``country``, ``postcode``, ``city`` as party records have them (folded).
    """
    distinct = asked.select(list(_ASKED)).unique().with_row_index("n").with_columns(pl.col("n").cast(pl.Int64))
    conn.execute(
        sa.text("CREATE TEMP TABLE asked_place (n bigint, country text, postcode text, city text) ON COMMIT DROP")
    )
    copy_in(conn, "asked_place", distinct)
    found = copy_out(
        conn,
        f"""SELECT n, found.* FROM (SELECT *, ARRAY(SELECT left(postcode, k) FROM generate_series(1, length(postcode)) k)
                AS beginnings FROM asked_place) a, LATERAL ({_BEST}) found""",
        schema={"n": pl.Int64, "latitude": pl.Float64, "longitude": pl.Float64, "timezone": pl.String},
    )
    conn.execute(sa.text("DROP TABLE asked_place"))
    located = distinct.join(found, on="n", how="left").drop("n")
    return asked.join(located, on=list(_ASKED), how="left", nulls_equal=True, maintain_order="left")
