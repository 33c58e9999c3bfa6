"""Drafts of specifications: right where the sample shows it, silent where it does not; checks that quote nobody."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from hub.dealers import documents
from hub.errors import Invalid
from hub.feeds import CUSTOMERS
from hub.intake import guess
from hub.intake.checking import check
from hub.intake.mapping import map_rows
from hub.intake.proposal import dump_yaml, propose
from hub.intake.readers import open_raw

RUSSIAN = """Код;ВидКонтрагента;Наименование;ДатаРождения;Пол;ИНН;Телефон моб.;Телефон дом.;Эл. почта;Прочее;ОтказОтРассылки
{rows}"""
ROW = "{n:06};Физлицо;Иванов Пётр{n};{day:02}.02.80;{sex};50010007{n:04};8 (916) 123-45-{n:02};;a{n}@mail.ru;x{n};{no}"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    rows = [ROW.format(n=n, day=n % 28 + 1, sex="МЖ?"[n % 3], no="Нет" if n % 2 else "Да") for n in range(60)]
    path = tmp_path / "Контрагенты_2026-11-21.csv"
    path.write_bytes(RUSSIAN.format(rows="\r\n".join(rows)).encode("cp1251"))
    return path


def test_a_russian_export_is_understood(sample: Path) -> None:
    proposal = propose(sample, name="d001")
    spec = proposal.specification.feeds["customers"]
    assert (proposal.feed, spec.encoding, spec.delimiter, spec.format) == ("customers", "cp1251", ";", "csv")
    assert spec.date_formats == ("%d.%m.%y",)
    assert {name: source.column for name, source in spec.columns.items()} == {
        "record_no": ("Код",), "kind": ("ВидКонтрагента",), "full_name": ("Наименование",), "gender": ("Пол",),
        "birth_date": ("ДатаРождения",), "tax_id": ("ИНН",), "phones": ("Телефон моб.", "Телефон дом."),
        "emails": ("Эл. почта",), "opted_out": ("ОтказОтРассылки",),
    }  # fmt: skip
    assert spec.lookups["gender"] == {"М": "male", "Ж": "female"}
    assert proposal.unknown == ("Прочее",)
    assert spec.files == ("Контрагенты*",)


def test_the_draft_is_valid_yaml_with_comments_and_maps_the_sample(sample: Path) -> None:
    text = dump_yaml(propose(sample, name="d001"))
    found = documents.parse(text, "d001")
    spec = found.feed("customers")
    with open_raw(sample, spec) as reader:
        rows = map_rows(reader.read_all(), spec, CUSTOMERS)
    assert rows["birth_date"][0] == "1980-02-01"
    assert rows["kind"].unique().to_list() == ["person"]
    assert "not found in the sample: last_name" in text
    assert "Иванов" not in text
    checked = check(sample, found, "customers")
    assert checked.ok
    assert (checked.rows, checked.schema.added, checked.missing_record_no) == (60, (), 0)


SAMPLES = [
    ("english", "CustomerID,LastName,FirstName,DOB,Sex,Phone,Email,ZIP\n{}",
     "{n},Smith{n},John,{month:02}/{day:02}/1980,M,+4420712345{n:02},a{n}@b.uk,SW1A", "customers",
     {"record_no", "last_name", "first_name", "birth_date", "gender", "phones", "emails", "postcode"}),
    ("german", "Kundennummer;Nachname;Vorname;Geburtsdatum;Anrede;Telefon;E-Mail;PLZ;Ort;Straße\n{}",
     "{n};Müller{n};Jürgen;{day:02}.{month:02}.1980;Herr;+493012345{n:02};a{n}@b.de;10115;Berlin;Hauptstraße {n}", "customers",
     {"record_no", "last_name", "first_name", "birth_date", "gender", "phones", "emails", "postcode", "city", "address"}),
    ("chinese", "客户编号,姓名,性别,出生日期,手机,车牌,城市\n{}",
     "{n},王小明{n},男,1980-{month:02}-{day:02},138001380{n:02},京A123{n:02},北京", "customers",
     {"record_no", "full_name", "gender", "birth_date", "phones", "city"}),
    ("vehicles", "ID,VIN,Make,Model,Year,Mileage,CustomerID\n{}",
     "{n},WVWZZZ1KZAW0000{n:02},VW,Golf,2019,{n}000,{n}", "vehicles",
     {"record_no", "vin", "brand", "model", "model_year", "odometer", "customer_no"}),
    ("headings say nothing", "a,b,c\n{}", "{n},x{n}@y.ru,+7916123450{n:02}", "customers", {"emails", "phones"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "row", "feed", "columns"), [case[1:] for case in SAMPLES], ids=[c[0] for c in SAMPLES]
)
def test_other_languages(tmp_path: Path, heading: str, row: str, feed: str, columns: set[str]) -> None:
    path = tmp_path / "export.csv"
    lines = [row.format(n=n, day=n % 28 + 1, month=n % 12 + 1) for n in range(10, 60)]
    path.write_text(heading.format("\n".join(lines)), encoding="utf-8")
    proposal = propose(path, None if feed == "vehicles" else feed)
    assert proposal.feed == feed
    assert set(proposal.sureness) == columns


def test_a_draft_for_an_unknown_feed_is_refused(sample: Path) -> None:
    with pytest.raises(Invalid, match="Unknown feed"):
        propose(sample, "clients")


TEXTS = {
    "cp1251": "Код;Наименование;Город\n1;Иванов Пётр Сергеевич;Нижний Новгород\n2;Кузнецова Анна;Москва\n",
    "cp866": "Код;Наименование;Город\n1;Иванов Пётр Сергеевич;Нижний Новгород\n2;Кузнецова Анна;Москва\n",
    "koi8-r": "Код;Наименование;Город\n1;Иванов Пётр Сергеевич;Нижний Новгород\n2;Кузнецова Анна;Москва\n",
    "gb18030": "编号,姓名,城市\n1,王小明,北京\n2,李娜,上海\n3,张伟,广州\n",
    "cp1252": "Nr;Name;Straße\n1;Müller;Große Straße\n2;Schäfer;Königsallee\n3;Öztürk;Bäckergasse\n",
    "utf-16-le": "id,name\n1,Иванов\n2,Петров\n",
    "utf-8": "Код;Наименование\n1;Иванов\n",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_encodings_are_told_by_their_letters(encoding: str) -> None:
    found = guess.encoding(TEXTS[encoding].encode(encoding))
    assert found == (None if encoding == "utf-8" else encoding)


DATES = [
    (["13/02/1980", "01/12/1980"], ["%d/%m/%Y"], 0),
    (["02/13/1980", "12/01/1980"], ["%m/%d/%Y"], 0),
    (["02/03/1980", "01/12/1980"], ["%d/%m/%Y"], 1),
    (["01.02.1980", "1980-02-01"], [], 0),
    (["02/13/1980 01:00 PM", "01/01/1980 11:00 AM"], ["%m/%d/%Y %I:%M %p"], 0),
    (["yesterday", "x"], [], 1),
    ([None, None], [], 0),
]


@pytest.mark.parametrize(("values", "formats", "notes"), DATES)
def test_date_formats(values: list[str], formats: list[str], notes: int) -> None:
    found, said = guess.date_formats([pl.Series("at", values, dtype=pl.String)])
    assert (found, len(said)) == (formats, notes)


def test_a_check_quotes_values_only_when_asked(sample: Path) -> None:
    found = documents.parse(
        "feeds: {customers: {encoding: cp1251, columns: {birth_date: Наименование, record_no: Пол}}}", "d"
    )
    silent = check(sample, found, "customers")
    assert "Иванов" not in repr(silent)
    birth = next(column for column in silent.columns if column.name == "birth_date")
    assert (birth.filled, birth.unreadable) == (60, 60)
    assert not silent.ok
    assert silent.repeated_record_no == 40
    shown = check(sample, found, "customers", show=True)
    assert any("Иванов" in example for column in shown.columns for example in column.examples)


def test_headings_are_found_below_a_title(tmp_path: Path) -> None:
    rows = [
        ["Отчёт о клиентах"],
        [],
        ["Код", "Фамилия", "Имя", "Телефон"],
        *([n, "Иванов", "Пётр", 79161234500 + n] for n in range(9)),
    ]
    with xlsxwriter.Workbook(tmp_path / "clients.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:D1", "")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    lines = ["Отчёт, о клиентах", "за ноябрь", *(";".join(map(str, row)) for row in rows[2:])]
    (tmp_path / "clients.csv").write_bytes("\r\n".join(lines).encode("cp1251"))
    for path in tmp_path.iterdir():
        found = propose(path, feed="customers").specification
        spec = found.feeds["customers"]
        assert set(spec.columns) == {"record_no", "last_name", "first_name", "phones"}
        assert check(path, found, "customers").ok


def test_a_long_line_of_json_is_utf8(tmp_path: Path) -> None:
    rows = [
        {"inn": None, "dob": -86400 * n, "name": {"last": "Фёдорова", "first": "Юлия"}, "id": n} for n in range(3000)
    ]
    for shift in range(2):  # the head that is looked at ends within a letter
        path = tmp_path / f"klienty{shift}.json"
        path.write_text("[" + " " * shift + json.dumps(rows, ensure_ascii=False)[1:])
        spec = propose(path, feed="customers").specification.feeds["customers"]
        assert (spec.encoding, spec.columns["birth_date"].column, spec.date_formats) == (None, ("dob",), ("unix",))
        assert spec.columns["tax_id"].column == ("inn",)
