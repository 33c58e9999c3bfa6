"""`dealerhub decisions`: a word, its list, its way back; labelled pairs out and in."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from hub.flows.export import golden_hash
from hub.flows.labels import PAIR_COLUMNS
from hub.store.engine import Database
from tests.cli.conftest import Command
from tests.flows.inbox import Hub
from tests.flows.stewards import partition, peopled, record

ZUEV = frozenset({"north/5", "south/5"})


@pytest.fixture
def hub(db: Database, tmp_path: Path) -> Hub:
    (tmp_path / "inbox").mkdir()
    return peopled(Hub(db, tmp_path))


def number(out: str) -> str:
    found = re.search(r"Decision (\d+):", out)
    assert found, out
    return found[1]


def test_add_list_and_retract(dealerhub: Command, hub: Hub) -> None:
    before = golden_hash(hub.db)
    done = dealerhub("decisions", "add", "same", "north/customers/5", record(hub, "south/5"), "--reason", "one man")
    assert done.code == 0, done.err
    assert ZUEV in partition(hub)
    listed = dealerhub("decisions", "list")
    for word in ("north/customers/5", "south/customers/5", "in force", "one man"):
        assert word in listed.out
    assert dealerhub("decisions", "retract", number(done.out)).code == 0
    assert golden_hash(hub.db) == before
    assert "one man" not in dealerhub("decisions", "list").out
    assert "one man" in dealerhub("decisions", "list", "--retracted", "--customer", record(hub, "north/5")).out
    assert dealerhub("decisions", "retract", number(done.out)).code == 2


def test_a_split_and_a_pin(dealerhub: Command, hub: Hub) -> None:
    done = dealerhub("decisions", "add", "split", "north/customers/1", "north/customers/5", "vs", "south/customers/1")
    assert done.code == 0, done.err
    assert frozenset({"north/1", "north/5"}) in partition(hub)
    pinned = dealerhub("decisions", "pin", "north/customers/5", "birth_date")
    assert pinned.code == 0, pinned.err
    assert hub.rows(
        "SELECT g.birth_date::text FROM golden g JOIN membership USING (golden) JOIN party p USING (rid) WHERE p.id = :id",
        id=record(hub, "north/1"),
    ) == [("1970-01-02",)]
    assert dealerhub("decisions", "replay").out.startswith("2 entries")
    assert dealerhub("decisions", "retract", number(pinned.out)).code == 0


WRONG = {
    "no name": (["add", "same", "north-1", "south/customers/1"], "names no record"),
    "an unknown record": (
        ["add", "same", "north/customers/99", "south/customers/1"],
        "holds no record north/customers/99",
    ),
    "an unknown verdict": (["add", "perhaps", "north/customers/1", "south/customers/1"], "one of: same"),
    "an unknown decision": (["retract", "999"], "no decision 999"),
    "another ending": (["export", "--out", "pairs.xlsx"], ".csv or .parquet"),
}


@pytest.mark.parametrize(("words", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(dealerhub: Command, hub: Hub, words: list[str], told: str) -> None:
    done = dealerhub("decisions", *words)
    assert done.code == 2
    assert told in done.err


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_labels_go_out_and_come_in_again(dealerhub: Command, hub: Hub, tmp_path: Path, ending: str) -> None:
    for words in (
        ("same", "north/customers/5", "south/customers/5", "north/customers/2"),
        ("split", "north/customers/1", "south/customers/2", "vs", "south/customers/1"),
        ("unsure", "north/customers/1", "south/customers/3"),
    ):
        assert dealerhub("decisions", "add", *words).code == 0
    judged, file = golden_hash(hub.db), tmp_path / f"pairs.{ending}"
    assert dealerhub("decisions", "export", "--out", file).out.startswith("5 pairs")
    assert "0 decisions entered, 5 known already" in dealerhub("decisions", "import", file).out
    for row in hub.rows("SELECT entry_id FROM judgement"):
        assert dealerhub("decisions", "retract", row[0]).code == 0
    assert golden_hash(hub.db) != judged
    done = dealerhub("decisions", "import", file)
    assert "5 decisions entered" in done.out, done.err
    assert golden_hash(hub.db) == judged


def test_labels_are_a_truth(dealerhub: Command, hub: Hub, tmp_path: Path) -> None:
    for words in (
        ("same", "north/customers/5", "south/customers/5"),
        ("different", "north/customers/1", "south/customers/1"),
    ):
        assert dealerhub("decisions", "add", *words).code == 0
    truth = tmp_path / "truth.csv"
    assert dealerhub("decisions", "export", "--labels", "--out", truth).out.startswith("4 records")
    parties = {(dealer, no): party for dealer, _, no, party in pl.read_csv(truth, infer_schema=False).iter_rows()}
    assert parties["north", "5"] == parties["south", "5"]
    assert len(set(parties.values())) == 3
    done = dealerhub("evaluate", "--truth", truth)
    assert "1.0000" in done.out, done.err


def test_a_sample_for_review_is_filled_in_and_imported(dealerhub: Command, hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    assert dealerhub("sample-for-review", "--out", file, "--n", "20").code == 0
    pairs = pl.read_csv(file, infer_schema=False)
    assert set(PAIR_COLUMNS) <= set(pairs.columns)
    assert "0 decisions entered" in dealerhub("decisions", "import", file).out, "nobody has filled it in"
    pairs.with_columns(same_party=pl.Series(["No", *["не знаю"] * (len(pairs) - 1)])).write_csv(file)
    done = dealerhub("decisions", "import", file, "--reason", "labelled")
    assert done.code == 0, done.out
    assert f"{len(pairs)} decisions entered" in done.out
    listed = dealerhub("decisions", "list", "--verdict", "different").out
    assert "labelled" in listed
    assert "in force" in listed


def test_rows_that_cannot_be_are_told(dealerhub: Command, hub: Hub, tmp_path: Path) -> None:
    head = "dealer_a,feed_a,record_no_a,dealer_b,feed_b,record_no_b,verdict\n"
    file = tmp_path / "pairs.csv"
    rows = [
        "north,customers,5,south,customers,5,same", "south,customers,5,north,customers,5,different",
        "north,customers,5,south,customers,99,same", "north,customers,5,south,customers,3,perhaps",
        "north,customers,3,south,customers,3,same", "north,customers,1,south,customers,3,",
    ]  # fmt: skip
    file.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    done = dealerhub("decisions", "import", file)
    assert done.code == 1
    assert "6 rows: 1 decisions entered, 0 known already, 1 not filled in, 4 refused" in done.out
    for row, why in {3: "contradicts", 4: "holds no record", 5: "none of same", 6: "never a person"}.items():
        assert re.search(rf"^ *{row} .*{why}", done.out, flags=re.MULTILINE), done.out
    assert ZUEV in partition(hub)
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "lacks columns" in dealerhub("decisions", "import", file).err
