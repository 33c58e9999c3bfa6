from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from hub.dealers.documents import load_folder
from hub.dealers.specification import Specification, canonical_specification
from hub.demo import DemoNetwork, generate
from hub.feeds import FEEDS, PARTY_FEEDS
from hub.intake import manifest, naming
from hub.intake.mapping import map_rows
from hub.intake.readers import open_raw
from tests.demo.reading import DEALERS, read_truth

Upload = tuple[str, str, str, pl.DataFrame]


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_same_bytes_and_another_seed_other_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        generate(tmp_path / name, DEALERS, 300, seed)
    first, again, other = (contents(tmp_path / name) for name in "abc")
    assert first == again
    assert first["truth.csv"] != other["truth.csv"]


@pytest.fixture(scope="module")
def specifications(network: DemoNetwork) -> dict[str, Specification]:
    return load_folder(network.specs)


@pytest.fixture(scope="module")
def uploads(network: DemoNetwork, specifications: dict[str, Specification]) -> list[Upload]:
    """Night, dealer, feed and canonical text of each file, as intake reads it."""
    found = []
    for night in (network.night1, network.night2):
        for path in sorted(night.glob("*/*")):
            if path.name.endswith(manifest.ENDING):
                continue
            dealer = path.parent.name
            spec = specifications.get(dealer) or canonical_specification(dealer)
            feed = naming.feed_of(path.name, spec)
            assert feed is not None, path.name
            with open_raw(path, spec.feed(feed)) as reader:
                raw = reader.read_all()
                assert not reader.bad_rows, path.name
            found.append((night.name, dealer, feed, map_rows(raw, spec.feed(feed), FEEDS[feed], spec.timezone)))
    return found


def test_every_file_is_readable_by_its_specification(network: DemoNetwork, uploads: list[Upload]) -> None:
    assert len(uploads) == network.files
    for night in ("night1", "night2"):
        for feed, rows in network.rows[night].items():
            read = sum(frame.height for at, _, name, frame in uploads if at == night and name == feed)
            without = 2 if feed == "leads" else 0  # leads without a number, which ADF cannot hold
            assert rows - without * DEALERS <= read <= rows


def test_choices_are_looked_up(uploads: list[Upload]) -> None:
    for _, dealer, feed, frame in uploads:
        for column in FEEDS[feed].columns:
            if column.choices:
                values = frame[column.name].drop_nulls()
                assert values.is_in(list(column.choices)).all(), (dealer, feed, column.name)


def test_every_system_delivers_every_feed(uploads: list[Upload]) -> None:
    first = {(dealer, feed) for night, dealer, feed, _ in uploads if night == "night1"}
    assert first == {(f"D{number:03d}", feed) for number in range(1, DEALERS + 1) for feed in FEEDS}


def test_identity_arrives_from_every_dealer(uploads: list[Upload]) -> None:
    """No system loses names, birth dates, phones or addresses on the way."""
    for night, dealer, feed, frame in uploads:
        if night != "night1" or feed != "customers":
            continue
        named = (
            pl.col("full_name").is_not_null() | pl.col("last_name").is_not_null() | pl.col("company_name").is_not_null()
        )
        assert frame.select(named.mean()).item() > 0.99, dealer
        assert frame["phones"].is_not_null().mean() > 0.85, dealer
        assert 0.4 < float(frame["birth_date"].str.contains(r"^\d{4}-\d\d-\d\d$").fill_null(False).mean() or 0) < 0.75
        assert frame["address"].is_not_null().mean() > 0.7, dealer


def test_truth_covers_each_record_once(network: DemoNetwork, uploads: list[Upload]) -> None:
    key = ["dealer", "feed", "record_no"]
    for night, path in (("night1", network.truth_night1), ("night2", network.truth)):
        truth = read_truth(path)
        assert not truth.select(key).is_duplicated().any()
        assert truth["party_id"].null_count() == 0
        for at, dealer, feed, frame in uploads:
            if at == night and feed in PARTY_FEEDS:
                rows = frame.filter(pl.col("record_no").is_not_null())
                rows = rows.with_columns(dealer=pl.lit(dealer), feed=pl.lit(feed))
                assert rows.join(truth, on=key, how="anti").is_empty(), (at, dealer, feed)


def test_house_accounts_and_broken_rows_are_parties_of_their_own(network: DemoNetwork) -> None:
    truth = read_truth(network.truth)
    own = truth.filter(pl.col("kind").is_in(["house", "broken"]))
    assert own.filter(pl.col("kind") == "house")["dealer"].n_unique() == DEALERS
    assert own["party_id"].is_unique().all()


def test_references_point_to_records(uploads: list[Upload]) -> None:
    for _, dealer, feed, frame in (u for u in uploads if u[0] == "night1"):
        known = next(f for n, d, name, f in uploads if (n, d, name) == ("night1", dealer, "customers"))
        if dealer == "D011":  # two files a feed
            known = pl.concat(f for n, d, name, f in uploads if (n, d, name) == ("night1", dealer, "customers"))
        for column in ("customer_no", "co_buyer_no"):
            if column in frame.columns and feed != "leads":
                assert frame[column].drop_nulls().is_in(known["record_no"].drop_nulls().to_list()).all(), (dealer, feed)


def test_manifests_agree_with_their_files(network: DemoNetwork) -> None:
    manifests = list(network.night1.glob("*/*" + manifest.ENDING))
    assert manifests
    for path in manifests:
        content = path.with_name(path.name.removesuffix(manifest.ENDING)).read_bytes()
        said = json.loads(path.read_text())
        assert (said["bytes"], said["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_registry_names_each_dealer_with_contacts_and_zone(network: DemoNetwork) -> None:
    registry = pl.read_csv(network.dealers, infer_schema=False)
    assert registry["dealer_code"].to_list() == [f"D{number:03d}" for number in range(1, DEALERS + 1)]
    assert registry.null_count().sum_horizontal().item() == 0


def test_parts_that_need_no_specification_have_none(specifications: dict[str, Specification]) -> None:
    assert {"D002", "D008", "D010", "D011"}.isdisjoint(specifications)
    assert len(specifications) == DEALERS - 4
