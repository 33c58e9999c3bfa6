"""Values that a steward chose for a golden field, each the value of one source record.

A pin holds while its record stands in one golden record with the record that it was pinned beside, and still says what it
said. So an unmerge takes the choice along with its source, and a dealer's correction is not overruled by a choice between
values of yesterday. Of several pins of one field the newest holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import polars as pl

PIN_SCHEMA = {"entry_id": pl.Int64, "record": pl.String, "beside": pl.String, "field": pl.String, "digest": pl.String}


def digest(value: str) -> str:
    """What is kept of a pinned value: enough to see that a record says something else now."""
    return blake2b(value.encode(), digest_size=12).hexdigest()


def standing_pins(
    weighed: pl.DataFrame, pins: pl.DataFrame | None, same: Mapping[str, pl.Expr]
) -> dict[str, pl.DataFrame]:
    """For each pinned field of some parties what holds: ``golden``, ``same`` and the ``row`` of the pinned record.

    Args:
        weighed: the parties' records (`hub.golden.survivorship.weigh`).
        pins: `PIN_SCHEMA`; those of other parties' records are passed over.
        same: for each field the expression that tells a record's value.
    """
    if pins is None or pins.is_empty():
        return {}
    records = weighed.with_row_index("row").select(pl.col("row").cast(pl.Int64), "golden", record="id")
    beside = records.select(beside="record", golden_beside="golden")
    found = {}
    for (name,), wanted in pins.group_by("field"):
        if name not in same:
            continue
        said = records.with_columns(same=weighed.select(same[str(name)]).to_series())
        held = (
            wanted.join(said.drop_nulls("same"), on="record")
            .join(beside, on="beside")
            .filter(pl.col("golden") == pl.col("golden_beside"))
        )
        now = pl.Series([digest(value) for value in held["same"].to_list()], dtype=pl.String)
        held = held.filter(held["digest"] == now).sort("entry_id", descending=True)
        if not held.is_empty():
            found[str(name)] = held.unique("golden", keep="first", maintain_order=True).select("golden", "same", "row")
    return found


def prefer(standing: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """The values of a field (``golden``, ``same``, ``weight``, ``row``), pinned ones before the others of their party."""
    marked = standing.join(chosen.rename({"row": "pinned"}), on=["golden", "same"], how="left", maintain_order="left")
    return (
        marked.with_columns(row=pl.coalesce("pinned", "row"), after=pl.col("pinned").is_null())
        .sort("golden", "after", maintain_order=True)
        .drop("pinned", "after")
    )
