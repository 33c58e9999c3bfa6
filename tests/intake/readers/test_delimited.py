"""CSV as dealers write it: every row is read, or set aside with its number; none shifts another."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.dealers.specification import Layout
from hub.errors import Unreadable
from hub.intake.readers import delimited, open_raw

HEADING = "Код;ФИО;Тел"


def read(path: Path, content: bytes | str, **layout: object) -> tuple[list[tuple[object, ...]], list[tuple[int, str]]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_raw(path, Layout.model_validate(layout)) as reader:
        frame = reader.read_all()
    return frame.rows(), reader.bad_rows


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


ROWS = [
    ("plain", "1;Иванов;7916", [(2, "1", "Иванов", "7916")]),
    ("empty cells are missing", "1;;", [(2, "1", None, None)]),
    ("quoted empty is missing", '1;"";x', [(2, "1", None, "x")]),
    ("quoted delimiter and doubled quotes", '1;"a;""b""";2', [(2, "1", 'a;"b"', "2")]),
    ("line breaks in a cell", '1;"a\r\nb";2\n2;c;3', [(2, "1", "a\r\nb", "2"), (3, "2", "c", "3")]),
    ("quotes inside an unquoted cell", '1;ООО "Ромашка";2', [(2, "1", 'ООО "Ромашка"', "2")]),
    ("an inch sign", '1;17" диски;2\n2;b;3', [(2, "1", '17" диски', "2"), (3, "2", "b", "3")]),
    ("a quote never closed", '1;"ООО Ромашка;2\n2;b;3', [(2, "1", '"ООО Ромашка', "2"), (3, "2", "b", "3")]),
    (
        "a quote never closed, and a well-quoted row below",
        '1;"ООО Ромашка;2\n2;"b";3\n3;"c";4',
        [(2, "1", '"ООО Ромашка', "2"), (3, "2", "b", "3"), (4, "3", "c", "4")],
    ),
    ("blank lines count as rows of the sheet", "1;a;2\n\n  \n2;b;3", [(2, "1", "a", "2"), (5, "2", "b", "3")]),
    ("a row of delimiters is blank", "1;a;2\n;;\n2;b;3", [(2, "1", "a", "2"), (4, "2", "b", "3")]),
    ("trailing delimiters", "1;a;2;\n2;b;3;;", [(2, "1", "a", "2"), (3, "2", "b", "3")]),
    ("blanks are kept", " 1 ; a;2", [(2, " 1 ", " a", "2")]),
    ("formulas are text", "=cmd();@x;+7916", [(2, "=cmd()", "@x", "+7916")]),
    ("end of file sign of DOS", "1;a;2\r\n\x1a", [(2, "1", "a", "2")]),
]


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_rows(file: Path, rows: str, expected: list[tuple[object, ...]]) -> None:
    assert read(file, f"{HEADING}\n{rows}\n", delimiter=";") == (expected, [])


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "koi8-r", "utf-16", "utf-8-sig", "gb18030"])
def test_rows_in_any_encoding(file: Path, encoding: str, rows: str, expected: list[tuple[object, ...]]) -> None:
    content = f"{HEADING}\r\n{rows}".encode(encoding)
    assert read(file, content, delimiter=";", encoding=encoding) == (expected, [])


RAGGED = [
    ("too few", "1;a;2\n2;b\n3;c;4", [2, 4], [3]),
    ("too many", "1;a;2\n2;b;3;4\n3;c;4", [2, 4], [3]),
    ("too many, quoted block", '1;"a";2\n2;"b";3;4\n3;"c";4', [2, 4], [3]),
    ("quoted row over two lines, too few cells", '1;"a\nx"\n3;c;4', [3], [2]),
    ("first and last", "1\n2;b;3\n3", [3], [2, 4]),
    ("footer", "1;a;2\nИтого: 1", [2], [3]),
    ("all", "1\n2\n3", [], [2, 3, 4]),
    ("zero byte", "1;a;2\n2;b\0;3", [2], [3]),
]


@pytest.mark.parametrize(("rows", "good", "bad"), [case[1:] for case in RAGGED], ids=[case[0] for case in RAGGED])
def test_ragged_rows_are_set_aside_alone(file: Path, rows: str, good: list[int], bad: list[int]) -> None:
    found, set_aside = read(file, f"{HEADING}\n{rows}\n", delimiter=";")
    assert [row[0] for row in found] == good
    assert [number for number, _ in set_aside] == bad


HEADINGS = [
    ("quoted, blanks, byte order mark", '\ufeff" Код  клиента ";b', ["Код клиента", "b"]),
    ("repeated", "Тел;Тел;Тел (2);Тел", ["Тел", "Тел (2)", "Тел (2) (2)", "Тел (3)"]),
    ("blank in the middle", "a;;b", ["a", "column 2", "b"]),
    ("trailing delimiter", "a;b;;", ["a", "b"]),
    ("the reader's own name", "_row;b", ["_row (2)", "b"]),
    ("blank lines above", "\n\na;b", ["a", "b"]),
]


@pytest.mark.parametrize(("line", "expected"), [case[1:] for case in HEADINGS], ids=[case[0] for case in HEADINGS])
def test_headings(file: Path, line: str, expected: list[str]) -> None:
    file.write_text(line + "\n", encoding="utf-8")
    with open_raw(file, Layout(delimiter=";")) as reader:
        assert reader.columns == expected


def test_heading_only_is_a_file_without_rows(file: Path) -> None:
    assert read(file, "record_no,phones") == ([], [])


def test_rows_above_the_heading_are_skipped_and_counted(file: Path) -> None:
    assert read(file, "Отчёт\nза ноябрь\na,b\n1,2\n", skip_rows=2) == ([(4, "1", "2")], [])


def test_a_file_without_heading_takes_the_declared_names(file: Path) -> None:
    assert read(file, "1,2\n3,4\n", headings=["a", "b"]) == ([(1, "1", "2"), (2, "3", "4")], [])


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(file: Path, sign: str) -> None:
    rows = [["record_no", "address", "price"], ["1", "ул. Ленина, 5", "1 234,5"], ["2", "x", "2"]]
    text = io.StringIO()
    csv.writer(text, delimiter=sign).writerows(rows)
    found, _ = read(file, text.getvalue())
    assert [list(row[1:]) for row in found] == rows[1:]


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_the_delimiter_is_found_among_quoted_cells_below_a_title(file: Path, sign: str) -> None:
    rows = [["record_no", "address"], ["1", 'ул. Ленина, 5\nкв. 8 "а"'], ["2", "a;b|c,d"]]
    text = io.StringIO("Выгрузка, клиенты\n\n")
    text.seek(0, io.SEEK_END)
    csv.writer(text, delimiter=sign, quoting=csv.QUOTE_ALL).writerows(rows)
    found, _ = read(file, text.getvalue(), skip_rows=2)
    assert [list(row[1:]) for row in found] == rows[1:]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends(file: Path, ends: str) -> None:
    assert read(file, ends.join(["a,b", "1,2", "3,4", ""]))[0] == [(2, "1", "2"), (3, "3", "4")]


def test_one_cell_of_a_foreign_encoding_spoils_its_row_only(file: Path) -> None:
    rows = [f"{number},имя".encode() for number in range(50)]
    rows[20] = b"20,\xe8\xec\xff"
    found, bad = read(file, b"\n".join([b"a,b", *rows]))
    assert len(found) == 49
    assert [number for number, _ in bad] == [22]


REFUSED = [
    ("empty", b"", {}, "empty"),
    ("blank", b"\n\n \n", {}, "no heading"),
    ("wrong delimiter", b"a;b\n1;2\n", {"delimiter": ","}, "';'"),
    ("wrong encoding", "код,имя\n1,имя\n".encode("cp1251"), {}, "encoding: cp1251"),
    ("wrong encoding below the heading", b"a,b\n" + "1,имя\n".encode("cp1251") * 90, {}, "encoding: cp1251"),
    ("a million columns", b",".join(b"c%d" % n for n in range(1_000_000)), {}, "columns"),
    ("2,001 columns", b",".join(b"c%d" % n for n in range(2001)) + b"\n", {}, "columns"),
    ("a heading without end", b"a" * (2 << 20), {}, "heading"),
    ("a row without end", b"a,b\n1," + b"x" * (20 << 20), {}, "longer than"),
    ("binary", bytes(range(256)) * 20, {}, "binary"),
    ("web page", b"<!DOCTYPE html><html><body>Sign in</body></html>", {}, "web page"),
]


@pytest.mark.parametrize(("content", "layout", "says"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_refusals_say_the_cure(file: Path, content: bytes, layout: dict[str, object], says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(file, content, **layout)


CELLS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc"], include_characters="\n\r\t", exclude_characters="\ufdd0\ufeff"
    ),
    max_size=8,
)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=20)


@given(TABLES, st.sampled_from([40, 200, delimited.BLOCK]), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=150)
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], block: int, end: str
) -> None:
    file = tmp_path_factory.mktemp("csv") / "t.csv"
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if any("\r" in cell for row in table for cell in row) else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=";", lineterminator=end, quoting=quoting).writerows([["a", "b", "c"], *table])
    file.write_text(text.getvalue(), encoding="utf-8", newline="")
    patch = pytest.MonkeyPatch()
    patch.setattr(delimited, "BLOCK", block)
    patch.setattr(delimited, "HEADING", block)
    try:
        frame = open_raw(file, Layout(delimiter=";")).read_all()
    finally:
        patch.undo()
    wanted = [tuple(cell or None for cell in row) for row in table if any(row)]
    assert frame.drop("_row").rows() == wanted


def test_blocks_and_batches_do_not_show(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["a;b"] + [f'{n};"x{n}\ny"' if n % 7 == 0 else f"{n};z" for n in range(3000)]
    file.write_text("\n".join(lines))
    whole = open_raw(file).read_all()
    monkeypatch.setattr(delimited, "BLOCK", 512)
    monkeypatch.setattr(delimited, "HEADING", 512)
    monkeypatch.setattr(delimited, "BATCH_ROWS", 100)
    with open_raw(file) as reader:
        batches = list(reader)
    assert max(batch.height for batch in batches) <= 100
    assert pl.concat(batches).equals(whole)
    assert reader.rows_read == 3000
