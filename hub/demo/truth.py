"""Who each record of customers and leads really is."""

from __future__ import annotations

import polars as pl

from hub.demo.dealers import Dealer

COLUMNS = ("dealer", "feed", "record_no", "party_id", "kind", "household_id", "night", "traps")


def table(feeds: dict[str, pl.DataFrame], dealers: list[Dealer], households: list[int], night: int) -> pl.DataFrame:
    """One row a record number: `COLUMNS`, plus ``_key`` of the record.

    Stand-in accounts (``kind`` house) and rows that no upload can load (``kind`` broken) have a party of their own.
    ``feeds`` are frames with ``_dealer``, ``_party`` (-1 house, -2 broken) and ``_traps``.
    """
    codes = pl.Series([dealer.code for dealer in dealers])
    homes = pl.Series(households, dtype=pl.Int64)
    people = len(households)
    parts = []
    for feed, frame in feeds.items():
        rows = frame.filter(pl.col("record_no").is_not_null()).unique(
            ["_dealer", "record_no"], keep="first", maintain_order=True
        )
        party, code = pl.col("_party"), codes.gather(rows["_dealer"])
        person = (party >= 0) & (party < people)
        home = homes.gather(rows["_party"].clip(0, people - 1))
        parts.append(
            rows.select(
                dealer=code,
                feed=pl.lit(feed),
                record_no="record_no",
                party_id=pl.when(person)
                .then(pl.format("P{}", party))
                .when(party >= people)
                .then(pl.format("C{}", party - people))
                .otherwise(pl.format("X-{}-{}-{}", code, pl.lit(feed), "record_no")),
                kind=pl.when(person)
                .then(pl.lit("person"))
                .when(party >= people)
                .then(pl.lit("company"))
                .when(party == -1)
                .then(pl.lit("house"))
                .otherwise(pl.lit("broken")),
                household_id=pl.when(person).then(pl.format("H{}", home)),
                night=pl.lit(night),
                traps="_traps",
            )
        )
    return pl.concat(parts)


def after_both(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """The truth after both nights: a record number given to another party belongs to the later one.

    ``night`` is the one in which this party first stood under the number.
    """
    key = ["dealer", "feed", "record_no"]
    known = first.select(*key, "party_id", _seen=pl.lit(True))
    later = second.join(known, on=[*key, "party_id"], how="left", maintain_order="left").with_columns(
        night=pl.when(pl.col("_seen")).then(1).otherwise(2).cast(pl.Int32)
    )
    gone = first.join(second, on=key, how="anti", maintain_order="left")
    return pl.concat([later.select(COLUMNS), gone.select(COLUMNS)]).sort("feed", "dealer", "record_no")
