"""Training: the same data, the same model; what must hold of every trained model; what a comparison tells."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hub.errors import Invalid
from hub.matching.model import Model, dump, load, start_model
from hub.matching.resolve import prepare
from hub.matching.retrain import Difference, differences, named, train_labelled, train_unlabelled
from tests.matching.people import people

START = start_model()


@cache
def trained(seed: int | None, labelled: bool) -> Model:
    """A model of the same records, in an order of its own."""
    frame = people(1500, 3)
    if seed is not None:
        frame = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    records = prepare(frame)
    model = train_labelled(records, frame["party"].to_numpy(), START) if labelled else train_unlabelled(records, START)
    return named(model, "a test")


@pytest.mark.parametrize("labelled", [False, True])
def test_the_same_data_give_the_same_model_whatever_the_order_of_rows(labelled: bool) -> None:
    assert dump(trained(None, labelled)) == dump(trained(5, labelled))


def test_a_trained_model_keeps_what_it_must() -> None:
    model = trained(None, labelled=False)
    assert model.keys == START.keys
    assert (model.match, model.review) == (START.match, START.review)
    assert {name: f.forbids for name, f in model.fields.items()} == {n: f.forbids for n, f in START.fields.items()}
    assert model.prior + model.name_cap < model.match, "a name alone merges nobody"
    for name in ("phones", "address", "vehicles"):
        most = max(model.fields[name].weight(level) for level in model.fields[name].m)
        assert model.prior + most < model.match, f"{name} alone merges nobody"


def test_the_name_follows_from_the_content() -> None:
    model = trained(None, labelled=False)
    assert load(dump(model)) == model
    assert named(model, "a test") == model
    assert named(replace(model, match=4.0), "a test").version != model.version


def test_too_few_records_teach_nothing() -> None:
    frame = people(50, 2)
    with pytest.raises(Invalid, match="teach nothing"):
        train_unlabelled(prepare(frame), START)
    frame = people(1200, 2000)
    with pytest.raises(Invalid, match="nothing to learn"):
        train_labelled(prepare(frame), np.arange(len(frame)), START)


def test_differences() -> None:
    assert list(differences(START, START)) == []
    birth = START.fields["birth date"]
    other = replace(
        START,
        match=4.0,
        keys=(*START.keys[1:], "street"),
        fields={**START.fields, "birth date": replace(birth, m={**birth.m, "exact": birth.m["exact"] / 2}, forbids=())},
    )
    found = list(differences(START, other))
    assert Difference("number", "match", 3.0, 4.0) in found
    assert Difference("keys", START.keys[0], "yes", "no") in found
    assert Difference("keys", "street", "no", "yes") in found
    assert Difference("birth date", "different: forbidden", "yes", "no") in found
    (change,) = (d for d in found if (d.part, d.detail) == ("birth date", "exact"))
    assert change.b == pytest.approx(change.a - 1, abs=0.01)  # type: ignore[operator]
