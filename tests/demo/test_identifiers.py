from __future__ import annotations

import numpy as np
import pytest
from stdnum.ru import inn
from stdnum.ru import ogrn as stdnum_ogrn

from hub.demo import identifiers
from hub.demo.randomness import stream, texts


def test_tax_ids_and_registration_numbers_have_right_check_digits() -> None:
    rng = stream(1, "test")
    numbers = [*identifiers.inn_of_company(rng, 500), *identifiers.inn_of_person(rng, 500)]
    assert {len(number) for number in numbers} == {10, 12}
    assert all(inn.is_valid(number) for number in numbers)
    registrations = [*identifiers.ogrn(rng, 500), *identifiers.ogrn(rng, 500, sole_trader=True)]
    assert {len(number) for number in registrations} == {13, 15}
    assert all(stdnum_ogrn.is_valid(number) for number in registrations)


@pytest.mark.parametrize(
    ("vin", "digit"),
    [
        ("1M8GDM9AXKP042788", "X"),  # the example of 49 CFR 565
        ("11111111111111111", "1"),
        ("5GZCZ43D13S812715", "1"),
    ],
)
def test_vin_check_digit(vin: str, digit: str) -> None:
    assert identifiers.vin_check_digit(vin) == digit


def test_vins_are_checked_where_due_and_have_the_model_year() -> None:
    rng, size = stream(1, "vins"), 300
    makers = texts(["L6T", "XW8", "3VW"] * (size // 3))
    vins = identifiers.vins(rng, makers, np.full(size, 2021), makers != "XW8")
    assert all(len(vin) == 17 and vin[9] == "M" and not set(vin) & set("IOQ") for vin in vins)
    right = np.array([identifiers.vin_check_digit(vin) == vin[8] for vin in vins])
    assert right[makers != "XW8"].all()
    assert not right[makers == "XW8"].all()


def test_plates_use_letters_that_exist_in_both_alphabets() -> None:
    for plate in identifiers.plates(stream(1, "plates"), 200):
        assert set(plate) <= set(identifiers.PLATE_LETTERS + "0123456789")
        assert len(plate) in (8, 9)
