from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hub.matching.comparison import CONTACTS, emails
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
