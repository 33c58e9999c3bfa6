from __future__ import annotations

from pathlib import Path

import polars as pl

from hub.demo import DemoNetwork, generate
from hub.demo.inbox import FIRST
from hub.intake import manifest, naming
from tests.demo.reading import read_plain, read_truth


def sent(folder: Path, feed: str) -> list[Path]:
    return [path for path in sorted(folder.glob(f"{feed}*")) if not path.name.endswith(manifest.ENDING)]


def test_one_file_is_cut_to_a_twentieth(network: DemoNetwork) -> None:
    (before,), (after,) = (sent(night / "D005", "customers") for night in (network.night1, network.night2))
    assert after.stat().st_size < 0.12 * before.stat().st_size
    truth = read_truth(network.truth).filter((pl.col("dealer") == "D005") & (pl.col("feed") == "customers"))
    assert set(truth["night"]) == {"1"}


def test_one_file_has_another_column(network: DemoNetwork) -> None:
    (after,) = sent(network.night2 / "D003", "customers")
    assert after.read_text("utf-8").splitlines()[0].endswith(",LoyaltyLevel")


def test_the_same_bytes_come_again_under_another_name(network: DemoNetwork) -> None:
    (before,) = sent(network.night1 / "D006", "customers")
    again, after = sent(network.night2 / "D006", "customers")
    assert again.read_bytes() == before.read_bytes() != after.read_bytes()
    assert again.name != before.name
    assert naming.day_of(again.name) == naming.day_of(before.name)


def test_a_file_of_the_day_before_comes_late(network: DemoNetwork) -> None:
    days = {naming.day_of(path.name) for path in sent(network.night2 / "D002", "customers")}
    assert len(days) == 2
    assert min(str(day) for day in days) < FIRST


def test_changes_are_as_many_as_the_table_says(plain: DemoNetwork) -> None:
    before, after = (read_plain(plain, "customers", night) for night in ("night1", "night2"))
    assert not [path for path in plain.night2.glob("*/*") if "2026-11-20" in path.name]
    delta = {path.parent.name for path in plain.night2.glob("*/*_delta_*")}
    full = ~pl.col("dealer").is_in(list(delta))
    both = before.filter(full).unique().join(after.filter(full), on=["dealer", "record_no"], suffix="_new")
    differ = pl.any_horizontal(pl.col(f"{name}_new").ne_missing(pl.col(name)) for name in before.columns[1:-1])
    assert 0.02 < both.select(differ.mean()).item() < 0.05
    gone = before.filter(full).join(after.filter(full), on=["dealer", "record_no"], how="anti")
    assert 0 < gone.height < 0.01 * before.filter(full).height


def test_a_delta_holds_only_what_changed(plain: DemoNetwork) -> None:
    before, after = (read_plain(plain, "customers", night) for night in ("night1", "night2"))
    delta = {path.parent.name for path in plain.night2.glob("*/*_delta_*")}
    changed = after.filter(pl.col("dealer").is_in(list(delta)))
    assert changed.join(before, on=before.columns, how="semi", nulls_equal=True).is_empty()


def test_new_people_come_and_numbers_are_given_again(plain: DemoNetwork) -> None:
    first, both = read_truth(plain.truth_night1), read_truth(plain.truth)
    new = both.filter((pl.col("night") == "2") & (pl.col("feed") == "customers"))
    assert 0.005 < new.height / first.height < 0.02
    again = new.join(first, on=["dealer", "feed", "record_no"])
    assert again.height >= 1
    assert again.select((pl.col("party_id") != pl.col("party_id_right")).all()).item()
    assert again.select(pl.col("traps").list.contains("reused_number").all()).item()


def test_consents_are_withdrawn_cars_are_sold_and_leads_arrive(plain: DemoNetwork) -> None:
    key = ["dealer", "record_no"]
    consents = read_plain(plain, "consents").join(read_plain(plain, "consents", "night2"), on=key, suffix="_new")
    assert consents.filter((pl.col("status") == "granted") & (pl.col("status_new") == "withdrawn")).height > 0
    cars = read_plain(plain, "vehicles").join(read_plain(plain, "vehicles", "night2"), on=key, suffix="_new")
    assert cars.filter(pl.col("until").is_null() & (pl.col("until_new") == "2026-11-20")).height > 0
    leads = read_plain(plain, "leads", "night2").join(read_plain(plain, "leads"), on=key, how="anti")
    assert leads.height > 0


def test_a_benchmark_can_have_one_feed_all_delta_and_its_own_share(tmp_path: Path) -> None:
    made = generate(tmp_path, 3, 3000, 1, plain=True, customers_only=True, second_night="delta", changed=0.1)
    assert list(made.rows["night1"]) == ["customers"]
    assert all("_delta_" in path.name for path in made.night2.glob("*/*"))
    assert 0.08 < made.rows["night2"]["customers"] / made.rows["night1"]["customers"] < 0.15
