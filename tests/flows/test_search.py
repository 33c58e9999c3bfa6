"""What is typed into the search box, read as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.flows.search import search_words
from hub.matching.keys import lookup_keys

CASES = [  # text → kind of key and value for each word, in any order
    ("Иванова", [("name", "ivanova")]),
    ("Yulia ИВАНОВА", [("name", "iulia"), ("name", "ivanova")]),
    ("Иванова Ю. П.", [("name", "ivanova")]),
    ("8 (916) 123-45-67", [("phone", "79161234567")]),
    ("+7-916-123-45-67 Юлия", [("phone", "79161234567"), ("name", "iulia")]),
    ("y.ivanova@mail.ru", [("e-mail", "y.ivanova@mail.ru")]),
    ("XTA21124070445066", [("VIN", "XTA21124070445066")]),
    ("А 123 ВС 77", [("plate", "A123BC77")]),
    ("а123вс777", [("plate", "A123BC777")]),
    ("7707083893", [("tax id", "ru:7707083893")]),
    ("ООО «Вектор»", [("name", "vektor")]),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_words(text: str, expected: list[tuple[str, str]]) -> None:
    words = search_words(text)
    assert len(words) == len(expected)
    for kind, value in expected:
        keys = set(lookup_keys(kind, [value])[0])
        assert any(keys <= set(word) for word in words), (kind, value)


@pytest.mark.parametrize("text", ["", "  ", "!!!", "@", "12345678901234567890123"])
def test_what_nobody_can_be_found_by(text: str) -> None:
    assert not [word for word in search_words(text) if word]


@given(st.text(max_size=60))
def test_any_text_can_be_searched_for(text: str) -> None:
    assert all(isinstance(key, int) for word in search_words(text) for key in word)
