"""Party records: canonical text rows of customers or leads to `hub.parties.PARTY_SCHEMA`, in columns.

Each field is read once a distinct value (or combination of values that are read together) and joined back; a handful of
rows goes through `hub.normalize.single` instead, which answers the same in a fraction of a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from hub.normalize import dates
from hub.normalize.addresses import Address, fold_city, parse_address, postcodes
from hub.normalize.emails import normalise_emails
from hub.normalize.fields import (
    EVIDENCE,
    INPUT,
    SEX_WORDS,
    WHITE,
    Numbers,
    Who,
    extra_of,
    read_country,
    read_numbers,
    read_phones,
    read_who,
)  # fmt: skip
from hub.normalize.identity import NAMELESS
from hub.normalize.phones import normalise_phones
from hub.normalize.single import REACHABLE, party_record
from hub.parties import PARTY_SCHEMA

_FEW = 16  # up to so many rows columns cost more than they save
_CHUNK = 50_000  # distinct values read at a time: Python objects of all of them at once would fill the memory
Dtype = type[pl.DataType] | pl.DataType


def party_records(frame: pl.DataFrame, country: str = "ru") -> pl.DataFrame:
    """The party record of each row of ``frame``, in its order.

    Args:
        frame: canonical text of the customers or leads feed; any column may be absent, further ones are ignored.
        country: ISO 3166-1 alpha-2 of the base, which completes phones and chooses checksums where a row names no country.

    Returns:
        Columns exactly as `hub.parties.PARTY_SCHEMA`. Unknown values are null, lists included: never "" or [].
    """
    if frame.height <= _FEW:
        given = [frame[name].cast(pl.String).alias(name) for name in INPUT if name in frame.columns]
        few = pl.DataFrame(given).to_dicts() if given else [{}] * frame.height
        return pl.DataFrame([party_record(row, country) for row in few], schema=PARTY_SCHEMA)
    rows = _input(frame)
    read = rows.hstack(_countries(rows, country))
    read = pl.concat([read.drop("phones", "emails"), _contacts(read)], how="horizontal")
    read = pl.concat([read.drop("tax_id", "registration_no"), _numbers(read)], how="horizontal")
    rest = read.drop("kind", "address", "city", "postcode")
    return _extras(_composed(pl.concat([rest, _who(read), _addresses(read)], how="horizontal")))


def _input(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns read here, trimmed, with null for empty text."""
    columns = []
    for name in INPUT:
        text = pl.col(name).cast(pl.String).str.strip_chars(WHITE) if name in frame.columns else pl.lit(None, pl.String)
        columns.append(pl.when(text != "").then(text).alias(name))
    return frame.select(columns)


def _over_distinct(
    rows: pl.DataFrame, columns: Sequence[str], function: Callable[..., tuple[object, ...]], schema: dict[str, Dtype]
) -> pl.DataFrame:
    """``function`` of the values of ``columns`` for each row, called once a distinct combination."""
    keys = rows.select(columns)
    distinct = keys.unique(maintain_order=True)
    read = pl.concat([_read(chunk, function, schema) for chunk in distinct.iter_slices(_CHUNK)])
    keyed = distinct.rename({name: f"key_{name}" for name in columns}).hstack(read)
    joined = keys.rename({name: f"key_{name}" for name in columns}).join(
        keyed, on=[f"key_{name}" for name in columns], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.select(list(schema))


def _read(keys: pl.DataFrame, function: Callable[..., tuple[object, ...]], schema: dict[str, Dtype]) -> pl.DataFrame:
    values = zip(*(function(*key) for key in keys.rows()), strict=True)
    return pl.DataFrame([pl.Series(name, each, dtype=schema[name]) for name, each in zip(schema, values, strict=True)])


def _texts(names: Sequence[str]) -> dict[str, Dtype]:
    return dict.fromkeys(names, pl.String)


def _countries(rows: pl.DataFrame, country: str) -> pl.DataFrame:
    return _over_distinct(
        rows, ["country"], lambda text: read_country(text, country), _texts(("country_code", "region_code"))
    )


def _contacts(rows: pl.DataFrame) -> pl.DataFrame:
    regions = rows["region_code"].unique()
    if len(regions) == 1:
        phones = _over_series(rows["phones"], lambda cells: normalise_phones(cells, regions[0]))
    else:
        schema: dict[str, Dtype] = {"phones": pl.List(pl.String), "unread_phones": pl.String}
        phones = _over_distinct(rows, ["phones", "region_code"], read_phones, schema)
    return pl.concat([phones, _over_series(rows["emails"], normalise_emails)], how="horizontal")


def _over_series(cells: pl.Series, function: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """``function`` of the distinct texts of a list column, joined back: the lists, and what of them was unread."""
    distinct = cells.drop_nulls().unique(maintain_order=True)
    keyed = function(distinct).rename({"unread": f"unread_{cells.name}"}).with_columns(distinct.rename("key"))
    return cells.rename("key").to_frame().join(keyed, on="key", how="left", maintain_order="left").drop("key")


def _numbers(rows: pl.DataFrame) -> pl.DataFrame:
    return _over_distinct(rows, ["tax_id", "registration_no", "region_code"], read_numbers, _texts(Numbers._fields))


def _who(rows: pl.DataFrame) -> pl.DataFrame:
    columns = ["full_name", "last_name", "first_name", "middle_name", "company_name", "kind", "holder"]
    return _over_distinct(rows, columns, read_who, _texts(Who._fields))


def _addresses(rows: pl.DataFrame) -> pl.DataFrame:
    def read(address: str | None, city: str | None) -> Address:
        return parse_address(address, city) if address else Address()

    lines = _over_distinct(rows, ["address", "city"], read, _texts([f"read_{name}" for name in Address._fields]))
    cities = _over_distinct(rows, ["city"], lambda city: (fold_city(city) if city else None,), _texts(["own_city"]))
    columns = rows.select("city", "address", postcodes(pl.col("postcode")).alias("own_postcode"))
    one_space = f"[{WHITE}]+"
    return pl.concat([columns, cities, lines], how="horizontal").select(
        pl.coalesce("own_postcode", "read_postcode").alias("postcode"),
        pl.coalesce("own_city", "read_city").alias("city"),
        pl.col("read_street").alias("street"),
        pl.col("read_house").alias("house"),
        pl.col("read_flat").alias("flat"),
        pl.col("address").str.replace_all(one_space, " ").alias("shown_address"),
        pl.coalesce(pl.col("city").str.replace_all(one_space, " "), "read_shown_city").alias("shown_city"),
    )


def _composed(whole: pl.DataFrame) -> pl.DataFrame:
    """The party's columns, and those that `_extras` folds into one."""
    stated = pl.col("gender").str.to_lowercase().replace_strict(SEX_WORDS, default=None, return_dtype=pl.String)
    dated = whole.with_columns(
        dates.birth_dates(pl.col("birth_date")).alias("birth_date"),
        dates.unread_birth_dates(pl.col("birth_date")).alias("unread_birth_date"),
        pl.when(pl.col("kind") != "company").then(pl.coalesce(stated, "name_sex")).alias("sex"),
        pl.col("given").str.split(" "),
        pl.col("tokens").str.split(" "),
        pl.col("country_code").alias("country"),
    )
    somebody = pl.any_horizontal(pl.col(REACHABLE).is_not_null())
    nameless = pl.when(somebody).then(pl.lit("person")).otherwise(pl.lit("house"))
    kind = pl.when(pl.col("kind") == NAMELESS).then(nameless).otherwise("kind").alias("kind")
    return dated.with_columns(kind).select(*PARTY_SCHEMA, *EVIDENCE)


def _extras(composed: pl.DataFrame) -> pl.DataFrame:
    """Fold ``extra`` and all further evidence into one JSON object; rows without any cost nothing."""
    some = composed.select(pl.any_horizontal(pl.col("extra", *EVIDENCE).is_not_null())).to_series()
    party = composed.select(list(PARTY_SCHEMA))
    if not some.any():
        return party
    at = some.arg_true()
    read = _over_distinct(composed[at], ["extra", *EVIDENCE], lambda *texts: (extra_of(*texts),), _texts(["extra"]))
    return party.with_columns(party["extra"].scatter(at, read["extra"]))
