"""A second night with as much changed as wanted."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from hub.bench.thinning import thin

ROWS = 4000


@pytest.fixture
def nights(tmp_path: Path) -> Path:
    numbers = pl.int_range(ROWS, eager=True).cast(pl.String)
    before = pl.DataFrame(
        {"record_no": numbers, "last_name": "Петров", "city": pl.Series(['"a, b"', None] * (ROWS // 2))}
    )
    moved = (pl.int_range(ROWS, eager=True) % 10) == 0
    after = before.with_columns(city=pl.when(moved).then(pl.lit("Тверь")).otherwise("city"))
    after = after.filter(pl.int_range(ROWS, eager=True) % 50 != 1)
    new = pl.DataFrame({"record_no": ["new1", "new2"], "last_name": ["Ли"] * 2, "city": ["Омск"] * 2})
    for night, frame in (("night1", before), ("night2", pl.concat([after, new]))):
        place = tmp_path / night / "D001"
        place.mkdir(parents=True)
        frame.write_csv(place / f"customers_{night}.csv")
    return tmp_path


def read(inbox: Path) -> pl.DataFrame:
    return pl.concat([pl.read_csv(path, infer_schema=False) for path in inbox.glob("*/*.csv")])


def test_full_and_delta_tell_of_the_same_changes(nights: Path) -> None:
    kept = thin(nights / "night1", nights / "night2", nights / "full", nights / "delta", 0.01)
    assert kept == pytest.approx(0.01 * ROWS, rel=0.5)
    before, full, delta = (read(nights / name) for name in ("night1", "full", "delta"))
    assert not full["record_no"].is_duplicated().any()
    changed = full.join(before, on=full.columns, how="anti", nulls_equal=True)
    assert changed.sort("record_no").equals(delta.sort("record_no"))
    gone = before.join(full, on="record_no", how="anti")
    assert gone.height + delta.height == kept
    assert gone.height > 0
    assert [path.name for path in nights.glob("delta/*/*.csv")] == ["customers_delta_night2.csv"]


def test_more_than_there_is_changes_all_there_is(nights: Path) -> None:
    assert thin(nights / "night1", nights / "night2", nights / "full", nights / "delta", 0.9) == 400 + 2 + 80
    assert read(nights / "full").sort("record_no").equals(read(nights / "night2").sort("record_no"))
