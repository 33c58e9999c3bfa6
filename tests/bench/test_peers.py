"""Benchmarks beside a peer: what is told when the peer is missing, and both sides in small."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from hub.bench import tenmillion
from hub.bench.options import Options
from hub.bench.peers import require
from hub.bench.people import people
from hub.bench.quality_sets import FOLDER, check, quality_sets
from hub.bench.speed_runs import ours
from hub.bench.splink_quality import _clusterings, _ours
from hub.bench.splink_setups import SETUPS
from hub.bench.splink_speed import NARROW, WIDE
from hub.errors import Invalid


def test_a_missing_peer_is_told_with_its_cure() -> None:
    with pytest.raises(Invalid, match=r"no-such-peer, which is not installed: pip install 'dealer-hub\[peers\]'"):
        require("no-such-peer")


def test_our_run_scores_each_pair_of_the_rules_once(tmp_path: Path) -> None:
    file = tmp_path / "people.parquet"
    made = people(3000)
    made.write_parquet(file)
    pairs: set[tuple[int, int]] = set()
    for rule in WIDE:
        held = made.drop_nulls(list(rule)).select("unique_id", *rule)
        met = held.join(held, on=rule, suffix="_other").filter(pl.col("unique_id") < pl.col("unique_id_other"))
        pairs.update(met.select("unique_id", "unique_id_other").iter_rows())
    run = ours(file, WIDE)
    assert run.candidates == len(pairs)
    assert run.f1 > 0.9
    assert ours(file, NARROW).candidates < run.candidates


def test_each_set_has_a_set_up_and_its_truth_is_hidden(tmp_path: Path) -> None:
    rows = ['"id","name","addr","city","phone","type","class"']
    rows += [f'{n},"cafe {n // 2}","{n // 2} main st.","paris","1-{n // 2}","french", \'{n // 2}\'' for n in range(40)]
    (tmp_path / "restaurant.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    sets = [found for found in quality_sets(tmp_path) if found.name == "restaurants"]
    assert [found.peer in SETUPS for found in sets] == [True]
    assert sets[0].table["truth"][3] == "1"
    labels = _ours(sets[0].table, sets[0].columns, tmp_path)
    assert len(labels) == 40
    assert "truth" not in pl.read_parquet(tmp_path / "records.parquet").columns


def test_nothing_at_hand_is_told_with_what_would_be_read() -> None:
    with pytest.raises(Invalid, match=next(iter(FOLDER))):
        check([])


def test_the_peers_best_threshold_is_the_one_that_labels_choose(tmp_path: Path) -> None:
    (tmp_path / "restaurant.csv").write_text(
        "id,name,addr,city,phone,type,class\n1,a,x,c,1,t,1\n2,a,x,c,1,t,1\n3,b,y,c,2,t,2\n", encoding="utf-8"
    )
    given = next(found for found in quality_sets(tmp_path) if found.name == "restaurants")
    pairs = pl.DataFrame({"i": [0, 0], "j": [1, 2], "weight": [3.0, 1.0]})
    found = dict(_clusterings(given, pairs))
    best = found["Splink, threshold by labels"]
    assert best[0] == best[1] != best[2]
    assert found["Splink, p ≥ 0.5"].n_unique() == 1


def test_ten_million_in_small_tells_the_memory_of_each_step(tmp_path: Path) -> None:
    report = tenmillion.measure(Options(rows=2000, keep=tmp_path))
    assert [row[0] for row in report.rows] == ["read", "encode", "train", "score", "cluster", "**all**"]
    assert "10,000,000 records need" in report.remarks[0]
    assert (tmp_path / "people-2000.parquet").is_file()
