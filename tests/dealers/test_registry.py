"""The registry: any column may be missing but the code; errors name file, row, column and cure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.dealers.franchises import Franchise, Territory
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


NETWORK_CSV = """dealer_code,franchises,territory,holidays,target_share,group,active_from,active_until
d1,Mazda:new:2020-01-01:;Mazda:service,1150|1151,2026-12-31;2026-01-01,12%,Север,2020-01-01,2026-12-31
d2,Mazda,"POLYGON((37.1 55.1, 37.9 55.1, 37.5 55.9, 37.1 55.1))",,,,,
"""
NETWORK_YAML = """
d1:
  franchises: [{brand: Mazda, purpose: new, from: 2020-01-01}, "Mazda:service"]
  territory: {postcodes: [1150, 1151]}
  holidays: [2026-01-01, 2026-12-31]
  target_share: 0.12
  group: Север
  active_from: 2020-01-01
  active_until: 2026-12-31
d2: {franchises: [Mazda], territory: {polygon: [[37.1, 55.1], [37.9, 55.1], [37.5, 55.9]]}}
"""


@pytest.mark.parametrize(("name", "text"), [("r.csv", NETWORK_CSV), ("r.yml", NETWORK_YAML)])
def test_franchises_territories_and_days(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    first, second = load_registry(tmp_path / name)
    assert first == DealerEntry(
        "d1", active_from=date(2020, 1, 1), active_until=date(2026, 12, 31), dealer_group="Север", target_share=0.12,
        franchises=(Franchise("Mazda", "new", date(2020, 1, 1)), Franchise("Mazda", "service")),
        territory=Territory(("1150", "1151")), holidays=(date(2026, 1, 1), date(2026, 12, 31)),
    )  # fmt: skip
    assert second.franchises == (Franchise("Mazda"),)
    assert second.territory == Territory(polygon=((37.1, 55.1), (37.9, 55.1), (37.5, 55.9)))


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
    (
        "hours",
        "dealer_code,opening_hours\nd1,Mo-Fr 09:00-20:00\nd2,9-20\n",
        "row 3, column opening_hours: '9-20' cannot be read. Opening hours: '9-20' is not understood; write e.g. 'Mo-Fr",
    ),
    ("hours that end before they begin", "dealer_code,opening_hours\nd1,Mo 20:00-02:00\n", "split a night in two"),
    ("e-mail", "dealer_code,emails\nd1,a@b.ru c@d.ru\n", "no e-mail"),
    ("day", "dealer_code,active_from\nd1,1.2.2020\n", "column active_from: '1.2.2020' is no day"),
    ("ends before", "dealer_code,active_from,active_until\nd1,2026-01-02,2026-01-01\n", "lies before active_from"),
    ("purpose", "dealer_code,franchises\nd1,Mazda:sell\n", "column franchises: unknown purpose 'sell'"),
    ("parts", "dealer_code,franchises\nd1,Mazda:new:2020-01-01:2021-01-01:x\n", "too many parts"),
    ("prefix", "dealer_code,territory\nd1,Москва\n", "no beginning of a postcode"),
    ("polygon", 'dealer_code,territory\nd1,"POLYGON((55.7 137.6, 1 2, 3 4))"\n', "longitude comes first"),
    ("share", "dealer_code,target_share\nd1,12\n", "column target_share: is no share"),
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
