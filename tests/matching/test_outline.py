"""No edge is lost to what is told of records by their names and birth dates alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hub.demo import generate
from hub.matching.keys import blocking_keys
from hub.matching.model import Model, start_model
from hub.matching.outline import COLUMNS, worth_reading
from hub.matching.records import COMPANY, HOUSE, complete, encode
from hub.matching.resolve import edges
from hub.matching.score import Scorer
from hub.normalize.party import party_records
from tests.matching.test_glance import HARD


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    network = generate(tmp_path_factory.mktemp("demo"), dealers=3, people=150, seed=6, plain=True)
    files = sorted(Path(network.night1).glob("*/customers*"))
    rows = pl.concat([pl.DataFrame(HARD), *(pl.read_csv(file, infer_schema=False) for file in files)], how="diagonal")
    unread = {"full_name": "Анна Иванова", "extra": '{"birth_date": "1981-01-81"}'}
    rows = pl.concat([rows, pl.DataFrame([unread])], how="diagonal")
    return complete(party_records(rows)).with_row_index("rid")


@pytest.fixture(params=["start", "kin"])
def model(request: pytest.FixtureRequest) -> Model:
    start = start_model()
    phones = replace(start.fields["phones"], kin=start.fields["phones"].m)
    return start if request.param == "start" else replace(start, kin=-17.0, fields={**start.fields, "phones": phones})


def test_a_contradiction_in_the_outline_is_one_of_the_whole(parties: pl.DataFrame, model: Model) -> None:
    i, j = (side.astype(np.int64) for side in np.triu_indices(len(parties), 1))
    whole = Scorer(model, encode(parties)).score(i, j).forbidden
    outline = Scorer(model, encode(complete(parties.select(COLUMNS)))).score(i, j).forbidden
    assert not (outline & ~whole).any()
    assert outline.mean() > 0.5


@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_whoever_has_an_edge_with_a_touched_record_is_read(parties: pl.DataFrame, model: Model, share: float) -> None:
    records = encode(parties)
    keys = blocking_keys(records, model.keys)
    touched = np.random.default_rng(0).random(len(parties)) < share
    worth = worth_reading(model, parties.select(COLUMNS), keys, touched)
    assert worth[touched].all()
    i, j, _ = edges(Scorer(model, records), keys, touched=touched)
    assert len(i)
    assert worth[i].all()
    assert worth[j].all()
    assert share == 1.0 or not worth.all()


def test_a_house_account_may_be_of_another_kind(parties: pl.DataFrame, model: Model) -> None:
    """A lead without a name is of the kind of the customer whom it names, which the outline does not know."""
    records = encode(parties)
    keys = blocking_keys(records, model.keys)
    met = np.flatnonzero(records.kind[keys.rows] == COMPANY)[0]
    row = int(keys.rows[met])
    other = next(int(r) for r in keys.rows if records.kind[r] not in (COMPANY, HOUSE))
    two = replace(keys, keys=keys.keys[[met, met]], rows=np.array([row, other], np.int32), kinds=keys.kinds[[met, met]])
    touched = np.arange(len(parties)) == other
    assert not worth_reading(model, parties.select(COLUMNS), two, touched)[row]
    unsure = parties.with_columns(kind=pl.when(pl.col("rid") == row).then(pl.lit("house")).otherwise("kind"))
    assert worth_reading(model, unsure.select(COLUMNS), two, touched)[row]
