"""The historical set through the night and through dedupe, in small, with people made up here."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hub.bench.historical import DEALERS, labelled, measure, write_inbox, write_map
from hub.bench.options import Options
from hub.bench.tables import QUALITY_COLUMNS
from hub.dealers.columnmap import load_map

NAMES = ["ada holt", "james wren", "mary frost", "john dale", "ruth marsh", "peter vane", "anne locke", "hugh sand"]


def people() -> pl.DataFrame:
    return pl.DataFrame([_record(party, copy) for party in range(len(NAMES)) for copy in range(4)])


def _record(party: int, copy: int) -> dict[str, str | None]:
    first, last = NAMES[party].split()
    return {
        "unique_id": f"Q{party}-{copy}",
        "cluster": f"Q{party}",
        "full_name": NAMES[party],
        "first_name": first,
        "surname": last,
        "first_and_surname": NAMES[party],
        "dob": f"18{10 + party}-0{1 + party}-1{party}" if copy else None,
        "birth_place": f"town of {last}",
        "postcode_fake": f"aa{party} 1bb",
        "gender": "male",
        "occupation": "farmer",
    }


def test_every_record_goes_to_one_dealer(tmp_path: Path) -> None:
    truth = pl.read_csv(write_inbox(people(), tmp_path))
    sent = pl.concat([pl.read_parquet(path) for path in sorted((tmp_path / "inbox").glob("*/customers.parquet"))])
    assert sorted(sent["unique_id"]) == sorted(people()["unique_id"]) == sorted(truth["record_no"])
    assert truth.columns == ["dealer", "feed", "record_no", "party_id"]
    assert set(truth["dealer"]) <= set(DEALERS)


def test_dedupe_never_sees_the_truth(tmp_path: Path) -> None:
    file, columns, out = write_map(people(), tmp_path)
    assert "cluster" not in pl.read_parquet(file).columns
    assert load_map(columns).columns["last_name"].column == ("surname",)
    people().select(id="unique_id", cluster_id="cluster").write_parquet(out)
    assert labelled(people(), out).f1 == 1.0


def test_both_ways_are_measured(tmp_path: Path) -> None:
    file = tmp_path / "people.parquet"
    people().write_parquet(file)
    report = measure(Options(file=file))
    assert [row[0] for row in report.rows] == ["nightly, 12 dealers", "dedupe"]
    assert report.columns[-6:] == QUALITY_COLUMNS
    for row in report.rows:
        assert float(row[3]) == 1.0  # pairwise precision
    assert "read 32, loaded 32" in report.remarks[0]
