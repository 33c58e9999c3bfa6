"""Gzip and zip around a file: taken off within limits, refused with the cure where they are not sound."""

from __future__ import annotations

import gzip
import io
import random
import resource
import stat
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from hub.dealers.specification import Layout
from hub.errors import Unreadable
from hub.intake.readers import base, open_raw
from hub.intake.readers.packed import unpack

CSV = b"record_no,phones\n1,79161234567\n"


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        item = zipfile.ZipInfo("customers.csv")
        item.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(item, "/etc/passwd")
    return buffer.getvalue()


def named(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, CSV)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [gzip.compress(CSV), zipped(a=CSV), zipped(**{"folder/a": CSV, "__MACOSX/a": b"x"})],
    ids=["gzip", "zip", "mac"],
)
def test_one_layer_comes_off_whatever_the_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes(content)
    assert open_raw(file).read_all().rows() == [(2, "1", "79161234567")]


REFUSED = [
    ("truncated gzip", gzip.compress(CSV * 10_000)[:-20], "cut short"),
    ("gzip with a wrong sum", gzip.compress(CSV)[:-8] + b"\0" * 8, "damaged"),
    ("truncated zip", zipped(a=CSV * 10_000)[:-30], "cut short"),
    ("two files", zipped(a=CSV, b=CSV), "exactly one"),
    ("no file", zipped(), "exactly one"),
    ("empty file inside", zipped(a=b""), "empty"),
    ("path out of the folder", named("../customers.csv"), "out of its folder"),
    ("absolute path", named("/etc/customers.csv"), "out of its folder"),
    ("backslashes", named("..\\customers.csv"), "out of its folder"),
    ("link", link(), "link"),
    ("packed twice", gzip.compress(gzip.compress(CSV)), "twice"),
]


@pytest.mark.parametrize(("content", "says"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refusals(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes(content)
    with pytest.raises(Unreadable, match=says):
        open_raw(file).read_all()


def test_a_zip_bomb_is_known_by_its_label(tmp_path: Path) -> None:
    file = tmp_path / "customers.zip"
    file.write_bytes(zipped(a=b"a,b\n" * (16 << 20)))
    with pytest.raises(Unreadable, match="unpacks to far more"):
        unpack(file)  # nothing was taken out yet


def test_so_many_rows_are_no_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "LIMITS", replace(base.LIMITS, rows=1_000))
    file = tmp_path / "customers.csv"
    file.write_bytes(b"record_no\n" + b"1\n" * 1_000)
    assert open_raw(file).read_all().height == 1_000
    file.write_bytes(b"record_no\n" + b"1\n" * 1_001)
    with pytest.raises(Unreadable, match="More than 1,000 rows"):
        open_raw(file).read_all()


def gzip_bomb(size: int) -> bytes:
    return gzip.compress(b"a,b\n" + b"1,2\n" * (size // 4))


def laughs() -> bytes:
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<?xml version='1.0'?><!DOCTYPE x [{''.join(lines)}]><x><r><a>&a9;</a></r></x>".encode()


def workbook_bomb() -> bytes:
    return zipped(**{"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": b"<x>" + b" " * (160 << 20)})


def far_workbook(row: str, place: str = "xl/worksheets/sheet1.xml") -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet().write(0, 0, "record_no")
    with zipfile.ZipFile(buffer) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[place] = parts.pop(sheet).replace(b"</sheetData>", row.encode() + b"</sheetData>")
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b"worksheets/sheet1.xml", place.removeprefix("xl/").encode())
    return zipped(**parts)


def test_rows_that_are_only_formatted_cost_nothing(tmp_path: Path) -> None:
    file = tmp_path / "customers.xlsx"
    file.write_bytes(far_workbook('<row r="2"><c r="A2"><v>7</v></c></row><row r="1048576" spans="1:10"/>'))
    assert open_raw(file).read_all()["record_no"].to_list() == ["7"]


def padded_workbook_bomb() -> bytes:
    padding = random.Random(1).randbytes(4 << 20)  # does not shrink: the workbook as a whole looks harmless
    return zipped(
        **{
            "[Content_Types].xml": b"<Types/>",
            "xl/media/image.png": padding,
            "xl/worksheets/sheet1.xml": b"<x>" + b" " * (600 << 20),
        }
    )


def parquet_bomb(column: pa.Array) -> bytes:
    buffer = io.BytesIO()
    table = pa.table({"record_no": pa.array(map(str, range(len(column)))), "full_name": column})
    pq.write_table(table, buffer, dictionary_pagesize_limit=64 << 20)
    return buffer.getvalue()


def parquet_rows(count: int) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"record_no": pa.repeat(pa.scalar(1, pa.int8()), count)}), buffer)
    return buffer.getvalue()


def repeated(value: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([value]))


BOMBS = [
    ("parquet: one long text for all rows", lambda: parquet_bomb(repeated("x" * 1_000_000, 50_000))),
    ("parquet: a text longer than a row", lambda: parquet_bomb(repeated("x" * (5 << 20), 2))),
    (
        "parquet: in lists",
        lambda: parquet_bomb(pa.ListArray.from_arrays(range(50_001), repeated("x" * 9999, 50_000))),
    ),
    (
        "parquet: endless lists",
        lambda: parquet_bomb(pa.ListArray.from_arrays([0, 40_000_000], pa.nulls(40_000_000, pa.int8()))),
    ),
    ("parquet: rows of nothing", lambda: parquet_rows(40_000_000)),
    ("gzip", lambda: gzip_bomb(128 << 20)),
    ("zip", lambda: zipped(a=b"a,b\n" + b"1,2\n" * (32 << 20))),
    ("blank lines", lambda: gzip.compress(b"a,b\n" + b"\n" * (128 << 20))),
    ("blank lines below an open quote", lambda: gzip.compress(b'a,b\n"x' + b"\n" * (128 << 20))),
    ("ragged", lambda: b"a,b\n" + b"1\n" * (32 << 20)),
    ("xlsx", workbook_bomb),
    *(
        (f"xlsx: a cell far away, {name}", lambda row=row: far_workbook(row))
        for name, row in {
            "plainly": '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
            "in single quotes": "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
            "in blanks": f'<row r="1048576"><c r{" " * 2_000_000}=\n"XFD1048576"><v>1</v></c></row>',
            "without blanks": '<row r="1048576"><c s="0"r="XFD1048576"><v>1</v></c></row>',
            "in small letters": '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
            "with zeros": '<row r="1048576"><c r="XFD0001048576"><v>1</v></c></row>',
            "by its row": f'<row r="2">{"<c><v>1</v></c>" * 16_000}</row><row r="1048576"><c><v>1</v></c></row>',
        }.items()
    ),
    (
        "xlsx: a far cell of a sheet kept elsewhere",
        lambda: far_workbook('<row r="9"><c r="XFD1048576"/></row>', "xl/x.bin"),
    ),
    ("padded xlsx", padded_workbook_bomb),
    ("billion laughs", laughs),
    ("quadratic entity", lambda: b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 100_000 + b'">]><x><r>' + b"&a;" * 9999),
    ("deep json", lambda: b"[" + b'{"a":' * 200_000),
    ("deep json array", lambda: b'[{"a":' + b"[" * 60 + b"]" * 60 + b"}]"),
    ("deep xml", lambda: b"<r>" + b"<a>" * 1_000_000),
    ("deep ndjson", lambda: b'{"a":1}\n{"a":' + b"[" * 500_000),
    ("json of blanks", lambda: b"[" + b" " * (50 << 20)),
    ("one endless json string", lambda: b'[{"a":"' + b"x" * (50 << 20)),
    ("adf with a DTD", lambda: b"<adf>" + laughs() + b"</adf>"),
    ("wide json", lambda: b"[{" + b",".join(b'"c%d":1' % n for n in range(5000)) + b"}]"),
    ("wide xml", lambda: b"<x><r>" + b"".join(b"<c%d>1</c%d>" % (n, n) for n in range(5000)) + b"</r></x>"),
]


@pytest.mark.parametrize("make", [case[1] for case in BOMBS], ids=[case[0] for case in BOMBS])
def test_bombs_are_refused_fast(tmp_path: Path, make: object) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes(make())  # type: ignore[operator]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(Unreadable):
        for _ in open_raw(file, Layout()):
            pass
    assert time.process_time() - started < 10  # processor time: others may use the machine, too
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300 << 10
