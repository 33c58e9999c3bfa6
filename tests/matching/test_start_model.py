"""The model that ships: what it tells of itself, and what it never merges."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest

from hub.matching.model import START_MODEL, dump, start_model
from hub.matching.resolve import prepare
from hub.matching.score import Scorer
from hub.normalize.party import party_records

NAMES = ["Иванов Иван", "Скворцов Глеб", "Hans Müller", "Wang Wei", "Скоробогатько Аристарх Елпидифорович"]
PLACES = [("Москва", ""), ("Пенза", ""), ("Пенза", "440026"), ("Berlin", ""), ("Berlin", "10115"), ("深圳", "")]


def test_it_tells_its_measured_quality() -> None:
    model = start_model()
    assert model.trained_on
    measured = [share for shares in model.quality.values() for share in shares.values()]
    assert len(measured) >= 4
    assert all(0.9 < share < 1 for share in measured)
    assert dump(model) == START_MODEL.read_text("utf-8")


@pytest.mark.parametrize(("name", "place"), [*product(NAMES, PLACES)])
def test_a_name_and_a_town_merge_nobody(name: str, place: tuple[str, str]) -> None:
    """Whether or not the model lists the town: namesakes of one town go to a steward at most."""
    city, postcode = place
    other = f"{postcode[:3]}999" if postcode else ""  # of the same postal area
    rows = [{"full_name": name, "city": city, "postcode": code} for code in (postcode, other)]
    records = prepare(party_records(pl.DataFrame(rows)))
    model = start_model()
    assert Scorer(model, records).score(np.array([0]), np.array([1])).weight[0] < model.match
