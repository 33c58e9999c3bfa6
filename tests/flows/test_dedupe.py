"""The matcher alone on flat files: whatever they hold, every row comes back, and the same people meet."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from hub.errors import Invalid
from hub.flows.dedupe import dedupe

SURNAMES = ["Иванов", "Смирнов", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов", "Волков"]
FIRST = ["Пётр", "Олег", "Игорь", "Павел", "Юрий", "Глеб"]


def people(count: int = 120) -> pl.DataFrame:
    """Each person two times, with what no canonical column takes: a date of another form, a phone of seven digits."""
    dice = random.Random(2)
    dates = [f"{dice.randint(1930, 2004)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}" for _ in range(count)]
    rows = [
        {
            "rec_id": f"{number}-{copy}",
            "last": SURNAMES[number % 10],
            "first": FIRST[number // 10 % 6],
            "dob": dates[number],
            "tel": f"{1234567 + number * 7919}"[:7],
            "street_no": str(number),
            "street": "Ленина",
            "town": "Тверь",
            "job": ["врач", "слесарь", "юрист"][number % 3],
        }
        for number in range(count)
        for copy in range(2)
    ]
    return pl.DataFrame(rows)


NAMES = "id: rec_id\nlast_name: last\nfirst_name: first\n"
MAPS = [
    (
        "all that a map may say",
        NAMES
        + 'birth_date: {column: dob, format: "%Y%m%d"}\naddress: [street_no, street]\nkind: {value: person}\n'
        + "city: town\nextra: [job]\n",
    ),
    ("dates and phones that stay text", NAMES + "birth_date: dob\nphones: tel\naddress: [street_no, street]\n"),
    (
        "evidence called as a column is",
        NAMES + "birth_date: dob\nextra: {phones: tel, address: street_no, surname: job}\n",
    ),
    ("evidence called oddly", NAMES + "birth_date: dob\nextra: {\"it's\": tel, 'a.b $x\"': street_no}\n"),
]


def run(folder: Path, frame: pl.DataFrame, columns: str, ending: str = "csv", out: str = "out.csv") -> pl.DataFrame:
    file, written = folder / f"in.{ending}", folder / out
    _ = frame.write_csv(file) if ending == "csv" else frame.write_parquet(file)
    (folder / "map.yml").write_text(columns, encoding="utf-8")
    dedupe(file, folder / "map.yml", written)
    return pl.read_csv(written, infer_schema=False) if out.endswith("csv") else pl.read_parquet(written)


@pytest.mark.parametrize("columns", [case[1] for case in MAPS], ids=[case[0] for case in MAPS])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_same_people_meet(tmp_path: Path, columns: str, ending: str) -> None:
    found = run(tmp_path, people(), columns, ending, f"out.{ending}")
    assert found.columns == ["id", "cluster_id"]
    assert found["id"].to_list() == people()["rec_id"].to_list()
    person = found["id"].str.split("-").list.first()
    true, told = person, found["cluster_id"]
    assert pl.DataFrame([true, told]).n_unique() == told.n_unique() == true.n_unique()  # a cluster is a person


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_few_rows(tmp_path: Path, rows: int) -> None:
    assert len(run(tmp_path, people().head(rows), MAPS[0][1])) == rows


def test_rows_without_anything_stay_apart(tmp_path: Path) -> None:
    blank = people(5).select("rec_id", *(pl.lit(None, dtype=pl.String).alias(c) for c in people(1).columns[1:]))
    assert run(tmp_path, blank, MAPS[0][1])["cluster_id"].n_unique() == 10


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="ending"):
        run(tmp_path, people(2), MAPS[0][1], out="out.xlsx")
    with pytest.raises(Invalid, match="same id"):
        run(tmp_path, pl.concat([people(2)] * 2), MAPS[0][1])
    (tmp_path / "map.yml").write_text(NAMES + "city: nowhere\n", encoding="utf-8")
    people(2).write_csv(tmp_path / "in.csv")
    assert dedupe(tmp_path / "in.csv", tmp_path / "map.yml", tmp_path / "out.csv").missing == ("nowhere",)


def test_an_id_that_the_file_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("rec,name\n1,Smith\n")
    (tmp_path / "map.yml").write_text("id: rec_id\nlast_name: name\n")
    with pytest.raises(Invalid, match="no column «rec_id»"):
        dedupe(tmp_path / "people.csv", tmp_path / "map.yml", tmp_path / "out.csv")
