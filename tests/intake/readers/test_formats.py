"""XLSX, XML, JSON, NDJSON, Parquet and ADF: the same rows as text, whatever they came in."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from hub.dealers.specification import Layout
from hub.errors import Unreadable
from hub.intake.readers import Reader, objects, open_raw


def opened(path: Path, content: bytes | str, **layout: object) -> tuple[list[dict[str, object]], Reader]:
    """Rows without their missing cells, and the reader that read them."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_raw(path, Layout.model_validate(layout)) as reader:
        rows = reader.read_all().to_dicts()
    return [{key: value for key, value in row.items() if value is not None} for row in rows], reader


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads"


# ---------------------------------------------------------------- JSON

JSONS = [
    ("array", '[{"a": 1, "b": null}, {"c": "x"}]', {}, [{"_row": 2, "a": "1"}, {"_row": 3, "c": "x"}]),
    ("empty array", "[]", {}, []),
    ("array in an object", '{"meta": {"n": [1, 2]}, "data": {"rows": [{"a": "x"}]}}', {}, [{"_row": 2, "a": "x"}]),
    ("named array", '{"x": [{"a": 1}], "y": [{"a": 2}]}', {"record": "y"}, [{"_row": 2, "a": "2"}]),
    ("empty named array", '{"x": {"y": []}}', {"record": "x.y"}, []),
    ("nested", '[{"n": {"f": "I", "l": ["a", "b"]}, "p": [{"t": 1}, {"t": 2}]}]', {},
     [{"_row": 2, "n.f": "I", "n.l": "a; b", "p.t": "1; 2"}]),
    ("numbers as written", '[{"a": 7.9161234567e10, "b": 1.50, "c": 12345678901234567890, "d": 1e400, "e": 1E-3}]', {},
     [{"_row": 2, "a": "79161234567", "b": "1.50", "c": "12345678901234567890", "d": "1e400", "e": "0.001"}]),
    ("truth", '[{"a": true, "b": false}]', {}, [{"_row": 2, "a": "true", "b": "false"}]),
    ("element that is no object", '[{"a": 1}, 5, {"a": 2}]', {}, [{"_row": 2, "a": "1"}, {"_row": 4, "a": "2"}]),
    ("half a surrogate pair", '[{"a": "\\ud800"}, {"a": "x"}]', {}, [{"_row": 3, "a": "x"}]),
    ("lines", '{"a": 1}\n\n{"a": 2}\nbroken\n{"a": 3}', {},
     [{"_row": 2, "a": "1"}, {"_row": 3, "a": "2"}, {"_row": 5, "a": "3"}]),
    ("one line", '{"a": 1}', {}, [{"_row": 2, "a": "1"}]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "layout", "rows"), [case[1:] for case in JSONS], ids=[case[0] for case in JSONS])
def test_json(file: Path, text: str, layout: dict[str, object], rows: list[dict[str, object]]) -> None:
    assert opened(file, text, **layout)[0] == rows


def test_json_in_other_encodings(file: Path) -> None:
    for encoding in ("cp1251", "utf-16", "utf-8-sig"):
        assert opened(file, '[{"имя": "Юлия"}]'.encode(encoding), encoding=encoding)[0] == [{"_row": 2, "имя": "Юлия"}]


BROKEN_JSON = [
    ("cut in a record", '[{"a": 1}, {"a": 2', "cut"),
    ("cut between records", '[{"a": 1},', "cut"),
    ("missing comma", '[{"a": 1} {"a": 2}]', "character"),
    ("text behind", '[{"a": 1}] x', "character"),
    ("no records", '{"a": 1,\n"b": [1, 2]}', "No array"),
    ("wrong path", '{"a": [{"b": 1}]}', "No array"),
]


@pytest.mark.parametrize(("text", "says"), [case[1:] for case in BROKEN_JSON], ids=[case[0] for case in BROKEN_JSON])
def test_broken_json(file: Path, text: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        opened(
            file, text, format="json", **({"record": "x"} if "b" in text and "a" in text and says == "No array" else {})
        )


@pytest.mark.parametrize("block", [1, 7, 64])
def test_json_is_the_same_however_it_is_cut(file: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    records = [{"a": n, "b": 'ы"\\' * (n % 5), "c": [1.5, {"d": "]}"}]} for n in range(40)]
    whole = opened(file, json.dumps({"x": {"n": 12}, "y": records}))[0]
    monkeypatch.setattr(objects, "BLOCK", block)
    assert opened(file, json.dumps({"x": {"n": 12}, "y": records}))[0] == whole
    lines = "\r\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    assert opened(file, lines)[0] == whole


# ---------------------------------------------------------------- XML

XMLS = [
    ("children", "<r><c><a>1</a><b/></c><c><a>2</a><b>x</b></c></r>", {},
     [{"_row": 2, "a": "1"}, {"_row": 3, "a": "2", "b": "x"}]),
    ("attributes", '<r><c a="1" b="x"/><c a="2"/></r>', {}, [{"_row": 2, "a": "1", "b": "x"}, {"_row": 3, "a": "2"}]),
    ("nested and repeated", "<r><c><n><f>I</f></n><p>1</p><p>2</p></c><c><p>3</p></c></r>", {},
     [{"_row": 2, "n.f": "I", "p": "1; 2"}, {"_row": 3, "p": "3"}]),
    ("header beside the rows", "<r><h><d>x</d></h><cs><c><a>1</a></c><c><a>2</a></c></cs></r>", {},
     [{"_row": 2, "a": "1"}, {"_row": 3, "a": "2"}]),
    ("one record", "<r><h><d>x</d></h><cs><customer><a>1</a></customer></cs></r>", {}, [{"_row": 2, "a": "1"}]),
    ("declared record", "<r><x><a>1</a></x><x><a>2</a></x><y><a>3</a></y></r>", {"record": "r/y"}, [{"_row": 2, "a": "3"}]),
    ("namespace, CDATA, entities", '<r xmlns="urn:x"><c><a><![CDATA[A & B]]></a><b>&lt;&#1070;</b></c><c><a>x</a></c></r>', {},
     [{"_row": 2, "a": "A & B", "b": "<Ю"}, {"_row": 3, "a": "x"}]),
    ("control characters", "<r><c><a>x\x0by</a></c><c><a>z</a></c></r>", {}, [{"_row": 2, "a": "xy"}, {"_row": 3, "a": "z"}]),
    ("no rows", "<r/>", {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "layout", "rows"), [case[1:] for case in XMLS], ids=[case[0] for case in XMLS])
def test_xml(file: Path, text: str, layout: dict[str, object], rows: list[dict[str, object]]) -> None:
    assert opened(file, text, **layout)[0] == rows


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "koi8-r", "utf-16", "gb18030"])
def test_xml_in_its_declared_encoding(file: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<r><c><a>Юля</a></c><c><a>b</a></c></r>'
    assert opened(file, text.encode(encoding))[0][0] == {"_row": 2, "a": "Юля"}


def test_broken_xml_names_the_place(file: Path) -> None:
    with pytest.raises(Unreadable, match="line 2"):
        opened(file, "<r><c><a>1</a></c>\n<c><a>2</b></c></r>")
    with pytest.raises(Unreadable, match="Broken XML"):
        opened(file, "<r>" + "<c><a>1</a></c>" * 50)


# ---------------------------------------------------------------- XLSX


def workbook(rows: list[list[object]], first: int = 0) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "dd.mm.yyyy hh:mm"}) as book:
        sheet = book.add_worksheet("Клиенты")
        for number, row in enumerate(rows, first):
            for place, value in enumerate(row):
                sheet.write(number, place, value)
        book.add_worksheet("second").write(0, 0, "x")
    return buffer.getvalue()


def test_xlsx_cells_are_text_as_a_person_reads_them(file: Path) -> None:
    row = [
        79161234567,
        0.1 + 0.2,
        1e21,
        datetime(2026, 11, 21),
        datetime(2026, 11, 21, 9, 59, 59),
        True,
        "+7916",
        "=1+1",
    ]
    rows, reader = opened(file, workbook([[*"abcdefgh"], row]))
    assert rows == [
        {
            "_row": 2, "a": "79161234567", "b": "0.3", "c": "1000000000000000000000", "d": "2026-11-21",
            "e": "2026-11-21T09:59:59", "f": "true", "g": "+7916", "h": "0",
        }
    ]  # fmt: skip
    assert reader.format == "xlsx"


def test_xlsx_rows_are_counted_as_the_sheet_does(file: Path) -> None:
    rows, reader = opened(
        file, workbook([["Отчёт"], ["a", "b"], [1, 2], [], [3, None], [4, 5, 6]], first=2), skip_rows=3
    )
    assert rows == [{"_row": 5, "a": "1", "b": "2"}, {"_row": 7, "a": "3"}]
    assert [number for number, _ in reader.bad_rows] == [8]
    assert opened(file, workbook([["a"]]), sheet="second")[1].columns == ["x"]


def test_xlsx_with_one_far_cell_is_refused_before_it_is_parsed(file: Path) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(Unreadable, match="too far apart"):
        opened(file, buffer.getvalue())


def test_damaged_workbooks(file: Path) -> None:
    good = workbook([["a"], [1]])
    for content in (good[: len(good) // 2], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600):
        with pytest.raises(Unreadable, match="damaged"):
            opened(file, content)
    with pytest.raises(Unreadable, match="sheet"):
        opened(file, good, sheet="Нет такого")
    assert opened(file, gzip.compress(good))[0] == [{"_row": 2, "a": "1"}]


# ---------------------------------------------------------------- Parquet


def test_parquet_columns_become_text(file: Path) -> None:
    table = pa.table(
        {
            "int": [1, None], "float": [79161234567.0, 1.25], "nan": [float("nan"), 1e-7], "text": ["x", ""],
            "date": [date(1980, 2, 1), None], "naive": pa.array([datetime(2026, 1, 2, 3, 4, 5), None], pa.timestamp("us")),
            "zoned": pa.array([datetime(2026, 1, 2, 3, tzinfo=UTC), None], pa.timestamp("us", "Europe/Moscow")),
            "dec": [Decimal("1.50"), None], "flag": [True, None], "list": [["a", "b"], []],
            "struct": [{"x": 1, "y": {"z": "q"}}, None], "dict": pa.array(["d", None]).dictionary_encode(),
        }
    )  # fmt: skip
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    rows, _ = opened(file, buffer.getvalue())
    assert rows[0] == {
        "_row": 2, "int": "1", "float": "79161234567", "text": "x", "date": "1980-02-01", "naive": "2026-01-02T03:04:05",
        "zoned": "2026-01-02T03:00:00+00:00", "dec": "1.50", "flag": "true", "list": "a; b", "struct.x": "1",
        "struct.y.z": "q", "dict": "d",
    }  # fmt: skip
    assert rows[1] == {"_row": 3, "float": "1.25", "nan": "0.0000001"}


def test_parquet_is_read_in_batches_and_refused_when_cut(file: Path) -> None:
    pl.DataFrame({"a": range(120_000)}).write_parquet(file)
    with open_raw(file) as reader:
        assert [batch.height for batch in reader] == [50_000, 50_000, 20_000]
    content = file.read_bytes()
    with pytest.raises(Unreadable, match="damaged"):
        opened(file, content[:-100])
    with pytest.raises(Unreadable, match="damaged"):
        opened(file, content[:100] + b"\xff" * 5000 + content[5100:])


# ---------------------------------------------------------------- ADF

LEAD = """<?ADF VERSION "1.0"?><?XML VERSION "1.0"?>
<adf><prospect status="new"><id sequence="1"
source="site">L-1</id><requestdate>2026-11-21T10:00:00+03:00</requestdate> <vehicle interest="trade-in"
status="used"><make>Lada</make></vehicle> <vehicle interest="test-drive"
status="new"><year>2026</year><make>Brand</make><model>X & Y</model></vehicle> <customer><contact><name
part="first">Юлия</name><name part="last">O&nbsp;Neil&eacute;</name> <email>a@b.ru</email><phone
type="voice">79161234567</phone><phone type="cell">79160000000</phone>
<address><city>Москва</city><postalcode>101000</postalcode></address></contact><comments>a &lt;
b</comments></customer> <vendor><vendorname>Дилер</vendorname></vendor><provider><name
part="full">Портал</name></provider></prospect></adf>
"""


def test_adf_as_the_trade_sends_it(file: Path) -> None:
    second = '<adf><prospect><customer><contact><name part="full">Ivan</name></contact></customer></prospect></adf>'
    broken = "<adf><prospect><customer></prospect></adf>"
    cut = "<adf><prospect><id>9</id>"
    rows, reader = opened(file, (LEAD + second + broken + cut).encode("cp1251"), encoding="cp1251")
    assert reader.format == "adf"
    assert rows[0] == {
        "_row": 2, "record_no": "L-1", "last_name": "O Neilé", "first_name": "Юлия", "phones": "79161234567; 79160000000",
        "emails": "a@b.ru", "city": "Москва", "postcode": "101000", "brand": "Brand", "model": "X & Y", "status": "new",
        "new_or_used": "new", "interest": "test_drive", "provider": "Портал", "created_at": "2026-11-21T10:00:00+03:00",
        "chosen_dealer": "Дилер", "comments": "a < b",
    }  # fmt: skip
    assert rows[1]["full_name"] == "Ivan"
    assert str(rows[1]["record_no"]).startswith("adf-")
    assert [number for number, _ in reader.bad_rows] == [4, 5]


def test_an_adf_lead_without_id_keeps_its_number(file: Path) -> None:
    lead = "<adf><prospect><customer><contact><phone>1</phone></contact></customer></prospect></adf>"
    assert opened(file, lead)[0] == opened(file, lead.replace("><", ">\n<"), format="adf")[0]


def test_content_wins_over_the_name(tmp_path: Path) -> None:
    for name in ("a.csv", "a.xml", "a.parquet", "a"):
        assert opened(tmp_path / name, '[{"a": 1}]')[1].format == "json"
        assert opened(tmp_path / name, workbook([["a"]]))[1].format == "xlsx"
        assert opened(tmp_path / name, "a;b\n1;2")[1].format == "csv"


def test_a_declared_format_that_is_not_there(file: Path) -> None:
    for declared, content in (("xlsx", "a;b\n"), ("parquet", "a;b\n"), ("xml", "a;b\n")):
        with pytest.raises(Unreadable, match="specification says"):
            opened(file, content, format=declared)


def test_zip_holds_xlsx(file: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("клиенты.xlsx", workbook([["a"], ["x"]]))
    assert opened(file, buffer.getvalue())[0] == [{"_row": 2, "a": "x"}]
