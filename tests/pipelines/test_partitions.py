from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from hub.settings import Settings
from hub.store.engine import Database
from pipelines.instance import open_instance
from pipelines.partitions import add_dealers, dealers_with_work, range_tags

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@pytest.mark.parametrize(
    ("label", "codes", "ends"),
    [
        ("one", ["b"], ("b", "b")),
        ("a range over others", ["d", "b"], ("b", "d")),
        ("all", ["a", "b", "c", "d"], ("a", "d")),
        ("none: what was left undone", [], ("a", "a")),
    ],
)
def test_one_range_holds_all_dealers_with_work(label: str, codes: list[str], ends: tuple[str, str]) -> None:
    tags = range_tags(["a", "b", "c", "d"], codes)
    assert (tags[START], tags[END]) == ends, label


def test_partitions_keep_their_order_and_are_made_once() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert add_dealers(instance, ["d2", "d1"]) == ["d2", "d1"]
        assert add_dealers(instance, ["d1", "d3"]) == ["d2", "d1", "d3"]


def test_runs_that_begin_at_once_make_the_same_partitions(tmp_path: Path) -> None:
    codes = [f"d{number}" for number in range(100, 160)]

    def begin(_: int) -> list[str]:
        with open_instance(Settings(home=tmp_path)) as instance:
            return add_dealers(instance, codes)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(begin, range(4))) == [codes] * 4


def test_folders_with_files_count_and_unknown_ones_only_without_a_registry(db: Database, tmp_path: Path) -> None:
    for name in ("d1/customers.csv", "d2/sales.csv", "d3/.hidden", ".trash/customers.csv", "stray.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("record_no\n", encoding="utf-8")
    assert dealers_with_work(db, tmp_path) == ["d1", "d2"]
    with db.worker() as conn:
        conn.execute(sa.text("INSERT INTO dealer (code) VALUES ('d1')"))
    assert dealers_with_work(db, tmp_path) == ["d1"]
    assert dealers_with_work(db, tmp_path / "none") == []
