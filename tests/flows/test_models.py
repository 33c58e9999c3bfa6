"""Versions of the model in the base, and what is measured there, through the commands that people type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from hub.demo import DemoNetwork, generate
from hub.errors import Conflict, Invalid, NotFound
from hub.flows import measure, models
from hub.flows.base import read_base
from hub.flows.consolidate import consolidate
from hub.flows.evaluate import evaluate, evaluate_base
from hub.flows.export import export_links, golden_hash
from hub.flows.match import match
from hub.matching.model import START_MODEL, dump, start_model
from hub.store.embedded import EmbeddedServer
from tests.conftest import Filled, copied, created, database
from tests.flows.inbox import NOON, Hub

DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> DemoNetwork:
    return generate(tmp_path_factory.mktemp("demo"), dealers=5, people=500, seed=4, plain=True)


@pytest.fixture(scope="module")
def night(
    server: EmbeddedServer, template: str, network: DemoNetwork, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    """A hub after the first night of a small network, to copy."""
    home = tmp_path_factory.mktemp("night")
    (home / "inbox").symlink_to(network.night1)
    with created(server, template) as name:
        with database(server, name) as db:
            Hub(db, home).night(DAY)
            match(db)
            consolidate(db)
        yield Filled(name, home)


@pytest.fixture
def filled(server: EmbeddedServer, night: Filled, tmp_path: Path) -> Iterator[Hub]:
    """A copy of it for each test."""
    with copied(server, night, tmp_path) as (_, db):
        yield Hub(db, tmp_path, clock=NOON + timedelta(minutes=1))  # one was taken to fill it


def in_force(hub: Hub) -> list[str]:
    return [one.version for one in models.versions(hub.db) if one.active]


def test_a_trained_model_decides_nothing_until_it_is_activated(filled: Hub, network: DemoNetwork) -> None:
    before = golden_hash(filled.db)
    trained = models.train(filled.db)
    assert models.train(filled.db).version == trained.version, "the same base, the same model"
    assert [one.version for one in models.versions(filled.db)] == [start_model().version, trained.version]
    assert in_force(filled) == [start_model().version]
    assert match(filled.db).records == 0
    models.activate(filled.db, trained.version)
    assert in_force(filled) == [trained.version]
    assert match(filled.db).full, "another model matches everything anew"
    consolidate(filled.db)
    models.activate(filled.db, "start-5")
    assert in_force(filled) == ["start-5"]
    assert match(filled.db).full
    consolidate(filled.db)
    assert golden_hash(filled.db) == before


def test_a_model_may_take_its_rules_from_the_base_too(filled: Hub) -> None:
    kept, own = models.train(filled.db), models.train(filled.db, own=True)
    assert kept.keys == start_model().keys, "a network of dealers is what the start model was made for"
    assert own.keys != kept.keys
    assert own.kin is not None
    assert own.trained_on.endswith("of the base's own")
    models.activate(filled.db, own.version)
    summary = match(filled.db)
    assert summary.full
    assert summary.lost < 0.04
    consolidate(filled.db)
    assert match(filled.db).records == 0


def test_a_night_never_trains(filled: Hub) -> None:
    assert filled.rows("SELECT count(*) FROM model") == [(0,)]


def test_training_with_labels_and_comparing(filled: Hub, network: DemoNetwork) -> None:
    trained = models.train(filled.db, network.truth_night1)
    assert trained.trained_on.endswith("from start-5")
    assert "on the records it was trained on" in trained.quality
    found = models.compare(filled.db, "start-5", trained.version, network.truth_night1)
    assert found.differences
    assert found.quality_a is not None
    assert found.quality_a.precision == pytest.approx(
        evaluate_base(filled.db, network.truth_night1).precision, abs=0.01
    )


def test_install(hub: Hub, tmp_path: Path) -> None:
    text = START_MODEL.read_text("utf-8")
    file = tmp_path / "mine.yml"
    file.write_text(text.replace("version: start-5", "version: mine", 1), "utf-8")
    assert models.install(hub.db, file) == ("mine", True)
    assert models.install(hub.db, file) == ("mine", False)
    assert models.text(hub.db, "mine") == file.read_text("utf-8"), "what is shown is what was installed"
    assert models.text(hub.db, "active") == text
    file.write_text(file.read_text("utf-8").replace("match: 3.0", "match: 4.0"), "utf-8")
    with pytest.raises(Conflict, match="mine"):
        models.install(hub.db, file)
    (tmp_path / "start.yml").write_text(dump(start_model()).replace("match: 3.0", "match: 5.0"), "utf-8")
    with pytest.raises(Conflict):
        models.install(hub.db, tmp_path / "start.yml")
    with pytest.raises(NotFound):
        models.activate(hub.db, "nobody")
    with pytest.raises(Invalid):
        read_base(hub.db)


def test_measures_of_the_base(filled: Hub, network: DemoNetwork, tmp_path: Path) -> None:
    truth = network.truth_night1
    links = tmp_path / "links.csv"
    export_links(filled.db, links)
    assert evaluate_base(filled.db, truth) == evaluate(links, truth)
    base = read_base(filled.db)
    found = measure.errors(base, truth)
    assert found == measure.errors(base, truth, links)
    pairs = evaluate_base(filled.db, truth).pairs
    assert sum(found.missed.values()) == pairs[2] - pairs[1]
    assert sum(found.false.values()) == pairs[0] - pairs[1]
    assert measure.errors(base, truth, anew=True) == found, "matched anew, the base is as it was"
    for draw, name in ((measure.draw_curve, "curve"), (measure.draw_reliability, "reliability")):
        for ending in ("svg", "csv"):
            draw(base, truth, tmp_path / f"{name}.{ending}")
            assert (tmp_path / f"{name}.{ending}").stat().st_size > 100
        with pytest.raises(Invalid, match=r"\.svg or \.csv"):
            draw(base, truth, tmp_path / "x.png")


def test_a_truth_of_another_base(filled: Hub, tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("dealer,feed,record_no,party_id\nX,customers,1,P1\n", "utf-8")
    with pytest.raises(Invalid, match="knows no record"):
        measure.errors(read_base(filled.db), tmp_path / "truth.csv")


def test_a_sample_without_personal_data_unless_asked(filled: Hub, tmp_path: Path) -> None:
    base = read_base(filled.db)
    plain, full = tmp_path / "plain.csv", tmp_path / "full.csv"
    count = measure.sample_for_review(base, 20, plain)
    measure.sample_for_review(base, 20, full, with_values=True)
    shown, told = pl.read_csv(plain, infer_schema=False), pl.read_csv(full, infer_schema=False)
    assert count == len(shown) > 0
    levels = {c.name: set(c.levels) for c in base.model.comparisons}
    keys = [f"{name}_{side}" for side in "ab" for name in ("dealer", "feed", "record_no")]
    assert shown.columns == [*keys, "log2_odds", "probability", *levels, "same_party"]
    for name, known in levels.items():
        assert set(shown[name]) <= known
    assert {"last_a", "phones_b"} <= set(told.columns)


def test_the_blocking_of_a_base(filled: Hub) -> None:
    report = measure.blocking(read_base(filled.db))
    assert [kind.name for kind in report.kinds] == list(start_model().keys)
    assert report.matches > 0
    assert max(kind.pairs for kind in report.kinds) <= report.pairs <= sum(kind.pairs for kind in report.kinds)
    assert 0 < measure.estimate(read_base(filled.db)).recall <= 1
