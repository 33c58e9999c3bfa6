from __future__ import annotations

import pytest

from hub.demo import lists


@pytest.mark.parametrize(
    ("father", "son", "daughter"),
    [
        ("Иван", "Иванович", "Ивановна"),
        ("Сергей", "Сергеевич", "Сергеевна"),
        ("Дмитрий", "Дмитриевич", "Дмитриевна"),
        ("Юрий", "Юрьевич", "Юрьевна"),
        ("Пётр", "Петрович", "Петровна"),
        ("Павел", "Павлович", "Павловна"),
        ("Лев", "Львович", "Львовна"),
        ("Михаил", "Михайлович", "Михайловна"),
        ("Игорь", "Игоревич", "Игоревна"),
        ("Илья", "Ильич", "Ильинична"),
        ("Никита", "Никитич", "Никитична"),
        ("Нурлан", "Нурланович", "Нурлановна"),
    ],
)
def test_patronymic(father: str, son: str, daughter: str) -> None:
    assert lists.patronymic(father, "m") == son
    assert lists.patronymic(father, "f") == daughter


@pytest.mark.parametrize(
    ("male", "female"),
    [
        ("Иванов", "Иванова"),
        ("Соловьёв", "Соловьёва"),
        ("Никитин", "Никитина"),
        ("Покровский", "Покровская"),
        ("Коваленко", "Коваленко"),
        ("Ковальчук", "Ковальчук"),
    ],
)
def test_feminine(male: str, female: str) -> None:
    assert lists.feminine(male) == female


def test_surnames_have_a_long_tail() -> None:
    names = lists.surnames()
    assert len(set(names.male)) == len(names.male) > 20_250
    share = names.weights / names.weights.sum()
    assert 0.005 < share[0] < 0.02  # Иванов
    assert 0.3 < share[:300].sum() < 0.45
    assert share[5000:].sum() > 0.3


def test_given_names_are_many_and_weighted() -> None:
    for sex in "mf":
        given = lists.given(sex)
        assert len(set(given.names)) == len(given.names) >= 80
        assert given.weights.max() > 20 * given.weights.min()


def test_places_are_many() -> None:
    assert lists.cities().height >= 30
    assert lists.cities()["timezone"].n_unique() >= 8
    assert len(set(lists.streets())) >= 100
