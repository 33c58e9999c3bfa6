"""Row hashes: equal for equal rows wherever they stand, different for anything else; repeats within a file."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.intake.rowhash import row_hashes, split_duplicates

CELLS = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x1e"), max_size=3)
ROWS = st.fixed_dictionaries({"a": CELLS, "b": CELLS, "в": CELLS})
SCHEMA = dict.fromkeys(["a", "b", "в"], pl.String)


def hashed(*rows: dict[str, str | None], salt: str = "s") -> list[str]:
    return row_hashes(pl.DataFrame(list(rows), schema=SCHEMA), salt).to_list()


def test_the_hash_never_changes() -> None:
    """A change here makes every row of every dealer be read anew: it must be meant."""
    frame = pl.DataFrame(
        {"_row": [2, 3], "Код": ["1", None], "ФИО": ["Юлия", None]}, schema_overrides={"Код": pl.String}
    )
    assert row_hashes(frame, "v1").to_list() == ["381a6e39e71ca4e0d718066eb7b5420b", "ff20fea166e4cb24ff636cb5ebdb9420"]


@given(ROWS, ROWS)
def test_equal_rows_and_only_they_have_equal_hashes(one: dict[str, str | None], other: dict[str, str | None]) -> None:
    first, second = hashed(one, other)
    assert (first == second) == (one == other)
    assert len(first) == 32


@given(st.lists(ROWS, min_size=1, max_size=5), st.randoms())
def test_place_and_order_of_columns_do_not_matter(rows: list[dict[str, str | None]], random: object) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA).with_row_index("_row")
    whole = row_hashes(frame, "s")
    shuffled = frame.select(reversed(frame.columns)).with_columns(pl.lit(None, dtype=pl.String).alias("new"))
    assert row_hashes(shuffled, "s").equals(whole)
    assert row_hashes(frame.reverse(), "s").equals(whole.reverse())
    dropped = frame.select("_row", *(name for name in SCHEMA if frame[name].null_count() < frame.height))
    assert row_hashes(dropped, "s").equals(whole)


def test_salt_and_headings_matter() -> None:
    row = {"a": "x", "b": None, "в": None}
    assert hashed(row) != hashed(row, salt="t")
    assert hashed(row) != hashed({"a": None, "b": "x", "в": None})
    assert row_hashes(pl.DataFrame(schema={"a": pl.String}), "s").to_list() == []


def test_a_heading_that_reads_as_a_pattern_is_a_heading() -> None:
    row = {"_row": 2, "*": "x", "^a.*$": "1", "ab": "q"}
    others = [{**row, "_row": 3}, {**row, "*": "y"}, {**row, "^a.*$": "2"}, {**row, "ab": "r"}]
    first, again, *rest = row_hashes(pl.DataFrame([row, *others]), "s").to_list()
    assert first == again
    assert len({first, *rest}) == 4


REPEATS = [
    ("alone", [("1", "x"), ("2", "x")], "kk"),
    ("identical", [("1", "x"), ("2", "y"), ("1", "x"), ("1", "x")], "kkrr"),
    ("differing: none can be believed", [("1", "x"), ("1", "y"), ("2", "z")], "iik"),
    ("differing and identical", [("1", "x"), ("1", "y"), ("1", "x")], "iii"),
    ("missing numbers are the gate's", [(None, "x"), (None, "x"), (None, "y")], "kkk"),
    ("nothing", [], ""),
]


@pytest.mark.parametrize(("rows", "fate"), [case[1:] for case in REPEATS], ids=[case[0] for case in REPEATS])
def test_repeats(rows: list[tuple[str | None, str]], fate: str) -> None:
    frame = pl.DataFrame({"_row": range(2, 2 + len(rows)), "record_no": [number for number, _ in rows]})
    frame = frame.cast({"_row": pl.Int64, "record_no": pl.String})
    split = split_duplicates(frame, pl.Series([text for _, text in rows], dtype=pl.String))
    assert split.kept.to_list() == [sign == "k" for sign in fate]
    assert split.repeated.to_list() == [sign == "r" for sign in fate]
    assert split.issues["_row"].to_list() == [row for row, sign in enumerate(fate, 2) if sign == "i"]
