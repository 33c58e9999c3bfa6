"""The registry: any column may be missing but the code; errors name file, row, column and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.dealers.registry import DealerEntry, load_registry
from hub.errors import Invalid

FULL = DealerEntry(
    "d001", "Авто; Сервис", "Москва", None, "101000", "ru", 55.75, 37.6, ("A", "B"), "Europe/Moscow",
    "Mo-Fr 09:00-20:00; Sa 10:00-18:00", ("+7 495 1", "+7 495 2"), ("a@b.ru",), 20,
)  # fmt: skip

CSV = """dealer_code,name,city,region,postcode,country,latitude,longitude,brands,timezone,opening_hours,phones,emails,capacity
d001,Авто; Сервис,Москва,-,101000,RU,55.75,37.6,A|B,Europe/Moscow,Mo-Fr 09:00-20:00; Sa 10:00-18:00,+7 495 1;+7 495 2,a@b.ru,20

d002,,,,,,,,,,,,,
"""
YAML = """dealers:
  d001:
    {name: "Авто; Сервис", city: Москва, postcode: 101000, country: ru, latitude: 55.75, longitude: 37.6, brands: [A, B],
     timezone: Europe/Moscow, opening_hours: "Mo-Fr 09:00-20:00; Sa 10:00-18:00", phones: [+7 495 1, +7 495 2],
     emails: "a@b.ru", capacity: 20}
  d002:
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.csv", CSV),
        ("r.csv", "\ufeff" + CSV),
        ("r.yml", YAML),
        ("r.yaml", "- dealer_code: d001\n  name: x\n- dealer_code: d002\n"),
    ],
)
def test_registries_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    first, second = load_registry(tmp_path / name)
    assert first == (FULL if "Авто" in text else DealerEntry("d001", "x"))
    assert second == DealerEntry("d002")


def test_semicolons_and_decimal_commas_of_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text('dealer_code;latitude;longitude;brands\nd1;"55,75";37,6;A,B\n')
    assert load_registry(tmp_path / "r.csv") == [DealerEntry("d1", latitude=55.75, longitude=37.6, brands=("A", "B"))]


WRONG = [
    ("no code column", "code,name\nd1,x\n", "row 1: no column dealer_code"),
    ("unknown column", "dealer_code,phone\nd1,x\n", "did you mean 'phones'"),
    ("code missing", "dealer_code,name\nd1,x\n,y\n", "row 3, column dealer_code: is missing"),
    ("code with a slash", "dealer_code\n../x\n", "column dealer_code: may hold"),
    ("code twice", "dealer_code\nd1\nd1\n", "'d1' is given 2 times"),
    ("codes that differ in case", "dealer_code\nd1\nD1\n", "differ only in case"),
    ("latitude", "dealer_code,latitude,longitude\nd1,north,1\n", "row 2, column latitude: is no number"),
    ("exchanged", "dealer_code,latitude,longitude\nd1,137,55\n", "exchanged"),
    ("half a place", "dealer_code,latitude\nd1,55\n", "give both or neither"),
    ("zone", "dealer_code,timezone\nd1,Europe/Moskow\n", "did you mean Europe/Moscow"),
    ("country", "dealer_code,country\nd1,Россия\n", "two letters"),
    ("capacity", "dealer_code,capacity\nd1,many\n", "whole number"),
    ("e-mail", "dealer_code,emails\nd1,a@b.ru c@d.ru\n", "no e-mail"),
    ("ragged", "dealer_code,name\nd1,a,b\n", "row 2: has 3 cells"),
    ("empty", "", "no column dealer_code"),
]


@pytest.mark.parametrize(("text", "says"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_errors_name_the_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as error:
        load_registry(tmp_path / "r.csv")
    assert error.value.detail.startswith("r.csv: ")
    assert says in error.value.detail
