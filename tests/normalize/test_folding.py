"""Folding: spellings of one name meet, and the laws that every caller relies on."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.normalize.folding import fold, fold_word, unmix
from tests.normalize.case_tables import cases

NAMES = st.text(alphabet="abcdehijkoqstuvwxyzßäöüабвгджзийклмнопрстуфхцчшщыьэюяёіқ'- .", max_size=25)


@pytest.mark.parametrize("case", cases("folding"))
def test_fold(case: dict[str, str]) -> None:
    assert fold(case["input"]) == (case["expected"] or None)


@given(st.text(max_size=30) | NAMES)
@example("тсха")
@example("schtsch")
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(st.text(max_size=40))
def test_folded_text_is_latin_words_or_none(text: str) -> None:
    folded = fold(text)
    assert folded is None or (folded.strip() == folded != "" and folded.isascii() and folded == folded.lower())
    assert folded is None or folded.replace(" ", "").isalnum()


@given(st.text(alphabet="abcdehzß-' ") | st.text(alphabet="абвгдеёжзийщцыьэюяіқ- "))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text.upper().lower())


def test_missing_stays_missing() -> None:
    assert fold(None) is None
    assert fold_word("") == ""


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Иванoв", "Иванов"), ("ABC", "ABC"), ("Smіth", "Smith"), ("Zабвг", "Zабвг")],
)
def test_words_of_two_scripts_become_one(word: str, expected: str) -> None:
    assert unmix(word) == expected
