"""Specifications: short forms, bases, fingerprints, and errors that name file, key and cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dealers.documents import dump, load, load_folder, merge, parse, parse_yaml, specification
from hub.dealers.specification import FeedSpec, Layout, Source, canonical_spec, canonical_specification
from hub.dealers.vocabulary import choice_words, flag_words, heading_words, missing_words
from hub.errors import Invalid
from hub.feeds import FEEDS, Type

FULL = """
name: d001
timezone: Asia/Yekaterinburg
feeds:
  customers:
    encoding: cp1251
    delimiter: tab
    decimal: ","
    date_formats: ["%d.%m.%Y"]
    columns:
      record_no: Код
      phones: [Тел, Моб]
      birth_date: {column: ДР, format: "%d.%m.%y"}
      kind: {value: person}
    lookups: {gender: {1: male, Да: female}, opted_out: {Да: true}}
    extra: [Возраст]
    bounds: {birth_date: {min: 1600-01-01}}
    ignore: Мусор
    guards: {shrink: 0.5}
"""


def test_short_forms() -> None:
    spec = parse(FULL, "d001").feed("customers")
    assert spec.columns["phones"] == Source(column=("Тел", "Моб"))
    assert spec.columns["kind"].value == "person"
    assert spec.lookups == {"gender": {"1": "male", "Да": "female"}, "opted_out": {"Да": "true"}}
    assert (spec.extra, spec.ignore, spec.delimiter) == ({"Возраст": "Возраст"}, ("Мусор",), "\t")
    assert spec.bounds["birth_date"].min == "1600-01-01"
    assert isinstance(spec, Layout)


def test_dump_and_parse_are_inverse() -> None:
    found = parse(FULL, "d001")
    assert parse(dump(found), "d001") == found
    assert parse(dump(found), "d001").fingerprint("customers") == found.fingerprint("customers")


def test_yaml_keeps_text_as_text() -> None:
    assert parse_yaml("a: no\nb: 007\nc: 1.50\nd: ~\ne: 'null'\nf: 2026-01-01", "x") == {
        "a": "no", "b": "007", "c": "1.50", "d": None, "e": "null", "f": "2026-01-01",
    }  # fmt: skip


def test_the_default_is_canonical() -> None:
    for feed in FEEDS:
        assert canonical_spec(feed) == FeedSpec()
        assert canonical_specification("d").feed(feed) == FeedSpec()
    with pytest.raises(Invalid, match="Unknown feed"):
        canonical_spec("clients")


CHANGES = [
    ("encoding: cp1251", "encoding: cp866", True),
    ("Код", "Номер", True),
    ("{value: person}", "{value: company}", True),
    ("Asia/Yekaterinburg", "Europe/Moscow", True),
    ("1600-01-01", "1700-01-01", True),
    ("shrink: 0.5", "shrink: 0.6", False),
    ("name: d001", "name: d002", False),
    ("ignore: Мусор", "ignore: [Мусор]", False),
    ("encoding: cp1251", "encoding: windows-1251", False),
]


@pytest.mark.parametrize(("old", "new", "differs"), CHANGES)
def test_the_fingerprint_follows_what_rows_mean(old: str, new: str, differs: bool) -> None:
    changed = parse(FULL.replace(old, new), "x").fingerprint("customers")
    assert (changed != parse(FULL, "x").fingerprint("customers")) == differs


WRONG = [
    ("feeds: {customers: {encodng: x}}", "feeds.customers.encodng: unknown key (did you mean 'encoding'?)"),
    ("feeds: {custmers: {}}", "feeds.custmers: unknown feed (did you mean 'customers'?)"),
    ("feeds: {customers: {columns: {phone: x}}}", "customers has no such column (did you mean 'phones'?)"),
    ("feeds: {customers: {columns: {phones: {}}}}", "needs either column"),
    ("feeds: {customers: {columns: {phones: {column: a, value: b}}}}", "needs either column"),
    ("feeds: {customers: {encoding: cp12}}", "unknown encoding 'cp12'"),
    ("feeds: {customers: {encoding: rot13}}", "no encoding of text"),
    ("feeds: {customers: {delimiter: ab}}", "must be one character"),
    ("feeds: {customers: {date_formats: dd.mm.yyyy}}", "is no date format"),
    ("feeds: {customers: {lookups: {gender: {М: man}}}}", "lookups.gender.М: 'man' is not one of male, female"),
    ("feeds: {customers: {lookups: {opted_out: {Да: yes}}}}", "not one of true, false"),
    ("feeds: {customers: {bounds: {city: {min: 1}}}}", "only dates, times and numbers"),
    ("feeds: {customers: {guards: {shrink: 5}}}", "feeds.customers.guards.shrink"),
    ("feeds: {customers: {delta: maybe}}", "feeds.customers.delta"),
    ("timezone: Moscow", "unknown time zone 'Moscow'"),
    ("a: 1\na: 2", "line 2, column 1: not valid YAML: key 'a' is given twice"),
    ("a: &x 1\nb: *x", "aliases"),
    ("feeds: [", "not valid YAML"),
    ("- a", "must be a mapping"),
    ("a: " + "[" * 5000, "nested too deeply"),
    ("x: " + "y" * 1_000_001, "larger than"),
]


@pytest.mark.parametrize(("text", "says"), WRONG, ids=[case[1][:40] for case in WRONG])
def test_errors_name_file_key_and_cure(text: str, says: str) -> None:
    with pytest.raises(Invalid) as error:
        specification("d001", {"d001": parse_yaml(text, "d001.yml")}, "d001.yml")
    assert error.value.detail.startswith("d001.yml")
    assert says in error.value.detail


def test_bases_merge_deeply_and_columns_whole(tmp_path: Path) -> None:
    (tmp_path / "bases").mkdir()
    (tmp_path / "bases" / "onec.yml").write_text(
        "timezone: Europe/Samara\nfeeds:\n  customers:\n    encoding: cp1251\n    delimiter: ';'\n"
        "    columns: {record_no: Код, city: Город, birth_date: {column: ДР, format: '%d.%m.%y'}}\n"
        "    lookups: {gender: {М: male}}\n  sales: {delimiter: tab}\n"
    )
    (tmp_path / "d001.yml").write_text(
        "extends: onec\nfeeds:\n  customers:\n    delimiter: null\n"
        "    columns: {birth_date: {value: '1980-01-01'}, city: null}\n    lookups: {gender: {Ж: female}}\n"
    )
    found = load(tmp_path / "d001.yml")
    spec = found.feed("customers")
    assert (found.name, found.timezone, spec.encoding, spec.delimiter) == ("d001", "Europe/Samara", "cp1251", None)
    assert spec.columns == {"record_no": Source(column=("Код",)), "birth_date": Source(value="1980-01-01")}
    assert spec.lookups == {"gender": {"М": "male", "Ж": "female"}}
    assert found.feed("sales").delimiter == "\t"
    assert list(load_folder(tmp_path)) == ["d001"]
    assert load_folder(tmp_path)["d001"] == found


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        ({"d": {"extends": "d"}}, "circle: d → d"),
        ({"d": {"extends": "a"}, "a": {"extends": ["b"]}, "b": {"extends": "d"}}, "d → a → b → d"),
        ({"d": {"extends": "onec"}, "one_c": {}}, "did you mean 'one_c'"),
        ({"d": {"extends": "../x"}}, "no specification"),
    ],
)
def test_bases_that_cannot_be_merged(documents: dict[str, dict[str, object]], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        specification("d", documents, "d.yml")


def test_a_missing_file_and_a_foreign_encoding_are_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no such file"):
        load(tmp_path / "x.yml")
    (tmp_path / "x.yml").write_bytes("description: Дилер".encode("cp1251"))
    with pytest.raises(Invalid, match="save it as UTF-8"):
        load(tmp_path / "x.yml")


TREES = st.recursive(
    st.text(max_size=2), lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3), max_leaves=6
)


@given(st.dictionaries(st.sampled_from("abc"), TREES), st.dictionaries(st.sampled_from("abc"), TREES))
def test_merging(base: dict[str, object], own: dict[str, object]) -> None:
    assert merge(base, {}) == base
    assert merge({}, own) == own
    assert merge(base, base) == base
    assert merge(merge(base, own), own) == merge(base, own)


def test_the_words_fit_the_feeds() -> None:
    for feed in FEEDS.values():
        for column in feed.columns:
            words = choice_words(feed.name, column.name)
            assert set(words.values()) == set(column.choices) if column.choices else not words, column
            assert heading_words(feed.name, column.name)[0] == column.name.replace("_", " ")
            assert len(heading_words(feed.name, column.name)) > 1, column
            assert column.type is not Type.CHOICE or not set(words) & set(missing_words()) - {"нет"}
    assert set(flag_words().values()) == {"true", "false"}
    assert not set(flag_words()) & set(missing_words("flag"))
