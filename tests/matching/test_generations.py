"""Father and son of one name: what nothing tells apart is not joined, and a steward is asked."""

import polars as pl
import pytest

from hub.matching.generations import is_own
from hub.matching.model import start_model
from hub.matching.resolve import prepare, resolve
from hub.normalize.party import party_records

HOME = {"phones": "+79161112233", "city": "Москва", "address": "ул. Ленина, д. 5, кв. 7"}
SON = {"full_name": "Соколов Игорь Игоревич", "birth_date": "1990-03-08", **HOME}


def clusters(*rows: dict[str, str]) -> tuple[list[int], set[tuple[int, int]]]:
    """The cluster of each row, and the pairs that a steward is asked about."""
    frame = party_records(pl.DataFrame([{"emails": None, "birth_date": None, **row} for row in rows]))
    found = resolve(prepare(frame.with_columns(dealer=pl.lit("D1"))), start_model())
    asked = {(min(a, b), max(a, b)) for a, b in zip(found.review_i.tolist(), found.review_j.tolist(), strict=True)}
    return found.label.tolist(), asked


@pytest.mark.parametrize(
    ("first", "middle", "own"),
    [
        ("igor", "igorevich", True),
        ("pavel", "pavlovich", True),
        ("lev", "lvovich", True),
        ("ilia", "ilich", True),
        ("aleksei", "aleksevich", True),
        ("aleksei", "aleksandrovich", False),
        ("anton", "anatolevich", False),
        ("anna", "antonovna", False),
        ("igor", "i", False),
    ],
)
def test_a_patronymic_of_ones_own_name(first: str, middle: str, own: bool) -> None:
    assert is_own(first, middle) is own


def test_an_igor_at_the_home_of_igor_igorevich_is_asked_about() -> None:
    labels, asked = clusters(SON, {"full_name": "Соколов Игорь", **HOME})
    assert labels == [0, 1]
    assert asked == {(0, 1)}


def test_two_igors_there_are_not_joined_to_each_other_either() -> None:
    labels, _ = clusters(SON, {"full_name": "Соколов Игорь", **HOME}, {"full_name": "Соколов Игорь", **HOME})
    assert labels == [0, 1, 2]


@pytest.mark.parametrize(
    "other",
    [
        {"full_name": "Соколов Игорь Игоревич"},
        {"full_name": "Соколов Игорь", "birth_date": "1990-03-08"},
        {"full_name": "Соколов Игорь", "emails": "igor90@mail.ru"},
    ],
)
def test_a_patronymic_a_birth_date_or_an_address_of_ones_own_tells(other: dict[str, str]) -> None:
    labels, _ = clusters({**SON, "emails": "igor90@mail.ru"}, {**other, **HOME})
    assert labels == [0, 0]


def test_a_man_named_otherwise_than_his_father_is_not_doubted() -> None:
    labels, _ = clusters({**SON, "full_name": "Соколов Игорь Петрович"}, {"full_name": "Соколов Игорь", **HOME})
    assert labels == [0, 0]
