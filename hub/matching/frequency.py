"""Contact values that are no evidence, or little: found by how many different people hold them in the present base.

A salesman types the showroom's phone into every customer; a company's switchboard stands for seventy people; «нет@mail.ru»
is nobody's address. No list can name them all, but frequency does (cf. term-frequency adjustment, Winkler 2000). What this
returns is a function of the present base alone: a value that crosses a limit re-opens every record that holds it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.matching.records import SLOTS
from hub.parties import TEXTS

FIELDS = ("phones", "emails")

DEALER_PLACEHOLDER = 8  # different names under one value at one dealer: the dealer's own, or invented
COMMON = 6  # different names under one value in the whole base: shared by more than a household
PLACEHOLDER = 30  # different names under one value in the whole base: a switchboard, or invented

SHARED_SCHEMA = {"field": pl.String, "value": pl.String, "dealer": pl.String, "class": pl.String}


def fewest_holders() -> int:
    """How many records hold a value at the least that is anything but ordinary."""
    return min(COMMON, PLACEHOLDER, DEALER_PLACEHOLDER)


def shared_values(frame: pl.DataFrame, own: pl.DataFrame | None = None) -> pl.DataFrame:
    """Classify the contact values of a base, or of all the records that hold the values in question.

    Args:
        frame: party records with ``dealer``.
        own: the dealers' own contact points from the registry: ``dealer``, ``phones``, ``emails``.

    Returns:
        ``field``, ``value``, ``dealer`` ('' for the whole base) and ``class`` ('common' or 'placeholder'), sorted; only
        what is not ordinary.
    """
    found = [_classify(holders(crowded(frame, field), field), field) for field in FIELDS]
    if own is not None:
        found.append(own_values(own))
    everything = pl.concat(found)
    # 'placeholder' sorts after 'common' and wins
    return everything.sort("field", "value", "dealer", "class").unique(
        ["field", "value", "dealer"], keep="last", maintain_order=True
    )


def own_values(own: pl.DataFrame) -> pl.DataFrame:
    """The dealers' own contact points (``dealer``, ``phones``, ``emails``) as placeholders in the whole base."""
    parts = [
        own.select(field=pl.lit(name), value=pl.col(name).cast(TEXTS)).explode("value").drop_nulls("value")
        for name in FIELDS
    ]
    return pl.concat(parts).unique().with_columns(pl.lit("").alias("dealer"), pl.lit("placeholder").alias("class"))


def crowded(frame: pl.DataFrame, field: str) -> pl.DataFrame:
    """The records that hold a value which enough records hold to be looked at, and perhaps a few more.

    Values are counted by a part of their hashes: nearly all are rare, and are ruled out without being told apart.
    """
    if frame[field].null_count() == len(frame):
        return frame.clear()
    held = frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), pl.col(field).alias("value"))
    held = held.explode("value").drop_nulls("value")
    part = np.uint64((2 << len(held).bit_length()) - 1)
    slot = (held["value"].hash().to_numpy() & part).astype(np.int64)
    return frame[held["row"].filter(pl.Series(np.bincount(slot)[slot] >= COMMON)).unique().sort()]


def holders(frame: pl.DataFrame, field: str) -> pl.DataFrame:
    """Each value of a contact field with its ``dealer`` and the ``name`` of who holds it; nameless records hold nothing."""
    name = pl.coalesce(
        pl.col("company"),
        pl.concat_str(
            pl.col("last_root").fill_null(""),
            pl.col("given").list.first().fill_null(pl.col("first")).fill_null(""),
            separator=" ",
        ),
    )
    return (
        frame.filter(pl.col("kind") != "house")
        .select("dealer", name.alias("name"), pl.col(field).list.head(SLOTS).alias("value"))
        .filter(pl.col("name") != " ")
        .explode("value")
        .drop_nulls("value")
    )


def _classify(holding: pl.DataFrame, field: str) -> pl.DataFrame:
    by_dealer = (
        holding.group_by("value", "dealer")
        .agg(pl.col("name").n_unique().alias("names"))
        .filter(pl.col("names") >= DEALER_PLACEHOLDER)
    ).select("value", "dealer", pl.lit("placeholder").alias("class"))
    overall = (
        holding.group_by("value")
        .agg(pl.col("name").n_unique().alias("names"))
        .filter(pl.col("names") >= COMMON)
        .select(
            "value",
            pl.lit("").alias("dealer"),
            pl.when(pl.col("names") >= PLACEHOLDER)
            .then(pl.lit("placeholder"))
            .otherwise(pl.lit("common"))
            .alias("class"),
        )
    )
    return pl.concat([by_dealer, overall]).with_columns(field=pl.lit(field)).select(list(SHARED_SCHEMA))


def weigh_contacts(frame: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Sort contact values by what they are worth: ``own_phones`` and ``own_emails`` are good evidence, ``common_phones`` and
    ``common_emails`` little, placeholders none.

    Args:
        frame: party records with ``dealer``.
        shared: as from `shared_values`.
    """
    for field in FIELDS:
        frame = _weigh(frame, field, shared.filter(pl.col("field") == field))
    return frame


def _weigh(frame: pl.DataFrame, field: str, shared: pl.DataFrame) -> pl.DataFrame:
    own, common = f"own_{field}", f"common_{field}"
    frame = frame.with_columns(pl.col(field).alias(own), pl.lit(None, TEXTS).alias(common))
    if shared.is_empty() or frame.is_empty():
        return frame
    frame = frame.with_row_index("_place")
    # beyond `SLOTS` values are no keys, so nobody would look at the record again when the class of such a value changes
    every = frame.select("_place", "dealer", value=field).explode("value").drop_nulls("value")
    many = bool((frame[field].list.len() > SLOTS).any())  # hardly ever
    every = every.with_columns(keyed=pl.int_range(pl.len()).over("_place") < SLOTS if many else True)
    flagged = every.filter("keyed").join(shared.select("value").unique(), on="value", how="semi")
    if flagged.is_empty():
        return frame.drop("_place")
    values = every.join(flagged.select("_place").unique(), on="_place", how="semi")
    overall = shared.filter(pl.col("dealer") == "").select("value", pl.col("class").alias("overall"))
    local = shared.filter(pl.col("dealer") != "").select("value", "dealer", pl.col("class").alias("local"))
    weighed = (
        values.join(overall, on="value", how="left")
        .join(local, on=["value", "dealer"], how="left")
        .with_columns(pl.when("keyed").then(pl.coalesce("local", "overall")).alias("class"))
        .group_by("_place")
        .agg(
            pl.col("value").filter(pl.col("class").is_null()).sort().alias("_own"),
            pl.col("value").filter((pl.col("class") == "common").fill_null(False)).sort().alias("_common"),
        )
    )
    return (
        frame.join(weighed, on="_place", how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("_own").is_null()).then(pl.col(own)).otherwise(_filled("_own")).alias(own),
            _filled("_common").alias(common),
        )
        .drop("_place", "_own", "_common")
    )


def _filled(name: str) -> pl.Expr:
    """The list, or null when it is empty."""
    return pl.when(pl.col(name).list.len() > 0).then(pl.col(name))
