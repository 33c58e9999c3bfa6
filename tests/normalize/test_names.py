"""Names: parts, order, sex, generation, layouts, stand-ins."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalize.names import Name, parse_name
from hub.normalize.surnames import root, sex_of
from tests.normalize.case_tables import cases

PART = (
    st.none()
    | st.text(max_size=20)
    | st.sampled_from(["Иванов", "Иван", "И.", "Иванович", "van", "оглы", "王小明", "(", "Jr."])
)


def check(name: Name, expected: str) -> None:
    for pair in expected.split("; "):
        key, _, value = pair.partition("=")
        actual: Any = getattr(name, key)
        if isinstance(actual, tuple):
            actual = " ".join(actual)
        assert str(actual or "") == value or (key == "house" and str(actual) == value), (key, actual, value)


@pytest.mark.parametrize("case", cases("names"))
def test_a_full_name(case: dict[str, str]) -> None:
    check(parse_name(case["input"]), case["expected"])


@pytest.mark.parametrize("case", cases("name_columns"))
def test_names_in_columns(case: dict[str, str]) -> None:
    full, last, first, middle = [part or None for part in case["input"].split("|")][:4]
    check(parse_name(full, last, first, middle), case["expected"])


@given(PART, PART, PART, PART)
def test_any_text_gives_a_name_without_empty_parts(
    full: str | None, last: str | None, first: str | None, middle: str | None
) -> None:
    name = parse_name(full, last, first, middle)
    values = (name.last, name.first, name.middle, name.last_root, name.shown_last, name.shown_first, name.shown_middle)
    assert "" not in values
    assert list(name.tokens) == sorted(set(name.tokens))
    assert "" not in name.tokens
    for part in (name.last, name.first, name.middle):
        assert part is None or set(part.split()) <= set(name.tokens)


@pytest.mark.parametrize(
    ("his", "hers"),
    [("ivanov", "ivanova"), ("kuzmin", "kuzmina"), ("dostoevski", "dostoevskaia"), ("beli", "belaia"), ("tolstoi", "tolstaia"),
     ("kovalski", "kovalska"), ("shevchenko", "shevchenko"), ("smit", "smit")],
)  # fmt: skip
def test_spouses_share_a_root(his: str, hers: str) -> None:
    assert root(his) == root(hers)


@pytest.mark.parametrize(
    ("last", "cyrillic", "sex"),
    [("ivanova", False, "f"), ("martin", False, None), ("martin", True, "m"), ("medina", False, None), ("kovalski", False, None),
     ("shevchenko", True, None), ("tsoi", True, None)],
)  # fmt: skip
def test_sex_by_surname(last: str, cyrillic: bool, sex: str | None) -> None:
    assert sex_of(last, cyrillic) == sex
