from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hub.matching.levels_of_contacts import CONTACTS, emails
from hub.matching.levels_of_facts import PLACE, place
from hub.matching.resolve import prepare
from hub.normalize.party import party_records


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("petrova1@mail.ru", "petrova1@mail.ru", "shared"),
        ("petrova1@mail.ru", "petrov1@mail.ru", "near"),
        ("petrova1@mail.ru", "petroav1@mail.ru", "near"),
        ("ivan.petrov1@mail.ru", "ivan.petrov2@mail.ru", "different"),  # two namesakes
        ("ivan.petrov@mail.ru", "ivan.petrov2@mail.ru", "different"),
        ("ivan.petrov85@mail.ru", "ivan.petrov58@mail.ru", "different"),
        ("ivan.petrov@mail.ru", "anna.sidorova@mail.ru", "different"),
        ("ivan.petrov@mail.ru", None, "missing"),
    ],
)
def test_email_addresses_agree(one: str, other: str | None, level: str) -> None:
    rows = pl.DataFrame({"full_name": ["Иван Петров"] * 2, "emails": [one, other]})
    records = prepare(party_records(rows))
    assert CONTACTS[emails(records, np.array([0]), np.array([1]))[0]] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (("Москва", "Парковая, 5, кв. 2", None), ("Москва", "Парквая, 5, кв. 2", None), "flat"),
        (("Москва", "Парковая, 5", None), ("Москва", "Парквая, 7", None), "street"),
        (("Москва", "2-я Парковая, 5", None), ("Москва", "3-я Парковая, 5", None), "city"),
        (("Москва", "Парковая, 5", None), ("Тула", "Парквая, 5", None), "different"),
        ((None, "Парковая, 5", None), (None, "Парковая, 5", None), "house"),
        ((None, "Парковая, 5", None), (None, "Парквая, 5", None), "different"),
        (("Тула", None, "101000"), ("Москва", None, "101555"), "area"),
        (("Toowong", None, "3175"), ("Toowong", None, "3715"), "area"),
        (("Toowong", None, "3175"), ("Toowong", None, "3999"), "city"),  # of one state
    ],
)
def test_addresses_agree(one: tuple[str | None, ...], other: tuple[str | None, ...], level: str) -> None:
    rows = pl.DataFrame(
        [{"full_name": "Иван Петров", "city": c, "address": a, "postcode": p} for c, a, p in (one, other)],
        schema_overrides={"city": pl.String, "address": pl.String, "postcode": pl.String},
    )
    records = prepare(party_records(rows))
    assert PLACE[place(records, np.array([0]), np.array([1]))[0]] == level
