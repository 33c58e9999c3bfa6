"""docs/feeds.md: columns, types, formats, rules and codes are those of the code."""

from __future__ import annotations

import re
from typing import get_args

import polars as pl
import pytest

from hub.dealers.specification import Format, Guards
from hub.dealers.vocabulary import missing_words
from hub.feeds import FEEDS, Type
from hub.intake import guards
from hub.intake.bounds import default_bounds
from hub.intake.dates import dates, times
from hub.intake.naming import PARTIAL_ENDINGS, day_of, feed_of, says_delta
from hub.intake.readers import LIMITS
from hub.intake.readers.corrected import REASON
from hub.intake.values import numbers
from hub.settings import ROOT
from tests.docs.pages import codes, page, section, table

FEEDS_PAGE = page("feeds.md")


def test_the_feeds_are_listed() -> None:
    assert [codes(row[0])[0] for row in table(FEEDS_PAGE, "feed")] == list(FEEDS)
    matched = [codes(row[0])[0] for row in table(FEEDS_PAGE, "feed") if row[2].startswith("matched")]
    assert set(matched) == {name for name, feed in FEEDS.items() if feed.describes_party}


@pytest.mark.parametrize("feed", FEEDS)
def test_the_columns_of_a_feed(feed: str) -> None:
    shown = [(codes(name)[0], kind) for name, kind, _ in table(section(FEEDS_PAGE, feed), "column")]
    assert shown == [(column.name, str(column.type)) for column in FEEDS[feed].columns]


@pytest.mark.parametrize("feed", FEEDS)
def test_the_choices_of_a_column(feed: str) -> None:
    meanings = {codes(name)[0]: meaning for name, _, meaning in table(section(FEEDS_PAGE, feed), "column")}
    for column in FEEDS[feed].columns:
        if column.choices:
            assert codes(meanings[column.name].split(";")[0]) == list(column.choices)


def test_the_types() -> None:
    assert {codes(row[0])[0] for row in table(FEEDS_PAGE, "type")} == {str(kind) for kind in Type}


def read(kind: str, text: str) -> str:
    values = pl.Series([text])
    functions = {
        "date": dates,
        "time": times,
        "number": lambda v: numbers(v, None),
        "integer": lambda v: numbers(v, None, True),
    }
    return str(functions[kind](values)[0])


@pytest.mark.parametrize(
    ("kind", "text", "canonical"),
    [
        ("date", "20.11.2026", "2026-11-20"),
        ("date", "20261120", "2026-11-20"),
        ("date", "20.11.2026 г.", "2026-11-20"),
        ("date", "2026年11月20日", "2026-11-20"),
        ("date", "20/11/2026", "2026-11-20"),
        ("time", "2026-11-20", "2026-11-20T00:00:00"),
        ("number", "1 234 567,89 руб.", "1234567.89"),
        ("number", "1,234,567.89", "1234567.89"),
        ("number", "1,234", "1,234"),  # unclear, so it stays as it came
        ("integer", "2019.0", "2019"),
        ("integer", "45 000 км", "45000"),
    ],
)
def test_what_is_also_read(kind: str, text: str, canonical: str) -> None:
    assert text in FEEDS_PAGE
    assert read(kind, text) == canonical


@pytest.mark.parametrize("word", ["-", "нет", "н/д", "NULL", "n/a", "не указан"])
def test_missing_words(word: str) -> None:
    assert f"`{word}`" in FEEDS_PAGE
    assert word.lower() in missing_words()


def test_the_formats() -> None:
    assert [codes(row[0])[0] for row in table(FEEDS_PAGE, "format")] == list(get_args(Format))


def test_the_limits() -> None:
    assert f"{LIMITS.columns:,} columns, {LIMITS.unpacked >> 30} GiB unpacked" in FEEDS_PAGE.replace("\n", " ")
    assert f"{LIMITS.record >> 20} MiB a row, {LIMITS.depth} levels" in FEEDS_PAGE.replace("\n", " ")


def test_the_names_of_files() -> None:
    assert feed_of("Service Visits 20.11.2026.xlsx") == "service_visits"
    for name in ("2026-11-20", "20261120", "20.11.2026"):
        assert str(day_of(f"customers {name}.csv")) == "2026-11-20"
    for word in ("delta", "incremental", "changes"):
        assert f"`{word}`" in FEEDS_PAGE
        assert says_delta(f"customers_{word}.csv")
    assert {".part", ".tmp", ".filepart"} <= set(PARTIAL_ENDINGS)


def test_the_default_bounds() -> None:
    from datetime import date

    day = date(2026, 11, 20)
    found = {name: limits for feed in FEEDS.values() for name, limits in default_bounds(feed, day).items()}
    assert found["birth_date"] == ("1900-01-01", "2026-11-20")
    assert found["model_year"] == ("1950", "2028")
    assert found["score"] == ("0", "10")
    assert found["odometer"] == ("0", "3000000")
    assert found["price"] == found["amount"] == found["deposit"] == ("0", "10000000000")
    assert len(found) == 7, "the page lists all bounds"


def test_the_codes_of_held_and_refused_files() -> None:
    told = {codes(row[0])[0] for row in table(FEEDS_PAGE, "code")}
    source = "\n".join(
        (ROOT / "hub" / name).read_text(encoding="utf-8")
        for name in ("intake/guards.py", "intake/manifest.py", "flows/weigh.py", "flows/stage.py")
    )
    found = set(re.findall(r'Finding\(\s*"(\w+)"', source)) | set(re.findall(r'\.hold\(\w+, "(\w+)"', source))
    found |= set(re.findall(r'"(?:refused|held)", "(\w+)"', source)) | {"unreadable"}
    assert found == told


def test_the_shares_of_the_guards() -> None:
    rows = {codes(row[0])[0]: row[2] for row in table(FEEDS_PAGE, "code")}
    usual = Guards()
    assert f"{usual.shrink:.0%} fewer or {usual.grow:.0%} more".replace("%", " %") in rows["volume"]
    assert guards.RECENT == 7
    assert "last seven" in rows["volume"]
    assert f"{usual.letters:.0%}".replace("%", " %") in rows["letters"]
    assert f"{usual.bad_rows:.0%}".replace("%", " %") in rows["bad_rows"]


def test_the_heading_of_reasons() -> None:
    assert f"`{REASON}`" in FEEDS_PAGE
