"""Whether a dealer has given a used record number to somebody else."""

from __future__ import annotations

import polars as pl


def contradict(old: pl.DataFrame, new: pl.DataFrame) -> pl.Series:
    """Row by row: True where two party records of one record number cannot be one person or company.

    Args:
        old: party records (`hub.parties.PARTY_SCHEMA`) as they stand.
        new: the records that are to replace them, in the same order.

    People marry, move and change phones, so a new identity needs every sign at once: both are named, no part of the
    name agrees, no phone, e-mail or number of the state is shared, the birth date is not the same. Two companies
    need different tax ids as well, since companies rename themselves.
    """
    pairs = pl.concat(
        [old.select(pl.all().name.prefix("old_")), new.select(pl.all().name.prefix("new_"))], how="horizontal"
    )
    house = (pl.col("old_kind") == "house") | (pl.col("new_kind") == "house")
    companies = (pl.col("old_kind") == "company") & (pl.col("new_kind") == "company")
    return pairs.select(
        pl.when(house)
        .then(False)
        .when(companies)
        .then(_differ("company") & _differ("tax_id") & ~_same("registration_no"))
        .otherwise(_strangers())
        .and_(~_meet("phones") & ~_meet("emails"))
        .fill_null(False)
        .alias("contradict")
    ).to_series()


def _strangers() -> pl.Expr:
    """Both are named, and no part of the name, birth date or number agrees."""
    named = (pl.col("old_tokens").list.len() > 0) & (pl.col("new_tokens").list.len() > 0)
    return (
        named.fill_null(False)
        & _differ("last_root")
        & ~_same("first")
        & ~_meet("given")
        & ~_meet("tokens")
        & ~_same("birth_date")
        & ~_same("tax_id")
        & ~_same("registration_no")
    )


def _same(field: str) -> pl.Expr:
    """Both known and equal; missing is not equal."""
    return (pl.col(f"old_{field}") == pl.col(f"new_{field}")).fill_null(False)


def _differ(field: str) -> pl.Expr:
    """Both known and different; missing is not different."""
    return (pl.col(f"old_{field}") != pl.col(f"new_{field}")).fill_null(False)


def _meet(field: str) -> pl.Expr:
    """The two lists share a value."""
    shared = pl.col(f"old_{field}").list.set_intersection(pl.col(f"new_{field}"))
    return (shared.list.len() > 0).fill_null(False)
