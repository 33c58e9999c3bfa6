"""Contact values that are nobody's own: the dealers' own, placeholders, and those that many records hold."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.parties import TEXTS
from hub.store.bulk import copy_in, copy_out


def own_contacts(conn: Connection) -> pl.DataFrame:
    """The dealers' own contact points from the importer's registry: ``dealer``, ``phones`` (E.164 digits), ``emails``."""
    return copy_out(
        conn,
        f"""SELECT code, (SELECT array_agg({_OWN["phones"]}) FROM unnest(phones) v),
               (SELECT array_agg({_OWN["emails"]}) FROM unnest(emails) v)
           FROM dealer""",
        schema={"dealer": pl.String, "phones": TEXTS, "emails": TEXTS},
    )


# how a contact point of the registry is told, as a record's is
_OWN = {
    "phones": "regexp_replace(regexp_replace(v, '[^0-9]', '', 'g'), '^8(?=[0-9]{10}$)', '7')",
    "emails": "lower(trim(v))",
}


def shared_values(conn: Connection) -> pl.DataFrame:
    """The classified contact values of the present base."""
    schema = {"field": pl.String, "value": pl.String, "dealer": pl.String, "class": pl.String}
    return copy_out(conn, "SELECT field, value, dealer, class FROM shared_value", schema=schema)


def shared_among(conn: Connection, phones: Collection[str], emails: Collection[str]) -> list[tuple[str, str, str, str]]:
    """The same of a few contact values, row by row."""
    held = {"phones": list(phones), "emails": list(emails)}
    return [tuple(row) for row in conn.execute(_SHARED_AMONG, held)]


def nobodys_among(
    conn: Connection, phones: Collection[str], emails: Collection[str]
) -> list[tuple[str, str, str, str]]:
    """Of a few contact values those that are no contact of whoever holds them: invented ones, and the dealers' own.

    Returns:
        rows as `shared_among`, all of class 'placeholder'; what the caller may see of both.
    """
    held = {"phones": list(phones), "emails": list(emails)}
    return [tuple(row) for row in conn.execute(_NOBODYS_AMONG, held)]


_HELD = "(field = 'phones' AND value = ANY(:phones) OR field = 'emails' AND value = ANY(:emails))"
_SHARED_AMONG = sa.text(f"SELECT field, value, dealer, class FROM shared_value WHERE {_HELD}")
_NOBODYS_AMONG = sa.text(
    f"SELECT field, value, dealer, class FROM shared_value WHERE class = 'placeholder' AND {_HELD}"
    + "".join(
        f" UNION SELECT '{field}', {told}, '', 'placeholder' FROM dealer, unnest({field}) v WHERE {told} = ANY(:{field})"
        for field, told in _OWN.items()
    )
)


def replace_shared_values(conn: Connection, values: pl.DataFrame) -> None:
    """Store the classified contact values of the base anew."""
    conn.execute(sa.text("DELETE FROM shared_value"))
    copy_in(conn, "shared_value", values)
