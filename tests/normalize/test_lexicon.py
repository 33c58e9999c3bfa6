"""The tables of names: readable by rule, and connecting what they should."""

from __future__ import annotations

import pytest

from hub.normalize.folding import fold_word
from hub.normalize.lexicon import chinese_surnames, given_names, spellings, surnames


@pytest.mark.parametrize(
    "variants",
    ["Саша Александр Alexander Sasha", "Юля Юлия Julia Yulia", "Миша Михаил Michael Mike", "Bob Robert Роберт",
     "Hans Johannes John",
     "Катя Екатерина Catherine Kate", "Дима Дмитрий Dmitri", "Женя Евгения Eugenia", "Вова Владимир Volodymyr", "Bill William",
     "Егор Георгий", "Ахмед Ахмет Ahmad", "Гейдар Хейдар Heydar"],
)  # fmt: skip
def test_variants_share_a_canonical_name(variants: str) -> None:
    sets = [set(given_names()[fold_word(name)].canonical) for name in variants.split()]
    assert set.intersection(*sets)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иван", "Пётр"),
        ("Мария", "Марина"),
        ("Александр", "Алексей"),
        ("Анна", "Алла"),
        ("Paul", "Paula"),
        ("Daniel", "Daniela"),
        ("Аскар", "Асхат"),
        ("Дамир", "Самир"),
        ("Егор", "Юрий"),
    ],
)
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert not set(given_names()[fold_word(one)].canonical) & set(given_names()[fold_word(other)].canonical)


def test_sex_is_known_unless_both_bear_it() -> None:
    assert given_names()[fold_word("Саша")].sex is None
    assert given_names()[fold_word("Юлия")].sex == "f"
    assert given_names()[fold_word("Никита")].sex == "m"


def test_tables_are_not_empty_and_folded() -> None:
    assert len(given_names()) > 2000
    assert "ivanov" in surnames()
    assert "ivanova" not in surnames()
    assert {"vang", "欧阳"} <= chinese_surnames()
    assert "иванова" in spellings()
