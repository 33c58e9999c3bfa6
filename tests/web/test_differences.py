"""Differences within texts, as a steward sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.differences import marked


@pytest.mark.parametrize(
    ("a", "b", "left", "right"),
    [
        ("Иванов", "Иванов", [("Иванов", True)], [("Иванов", True)]),
        ("Иванов", "Иванова", [("Иванов", True)], [("Иванов", True), ("а", False)]),
        ("1984-05-17", "1984-06-17", [("1984-0", True), ("5", False), ("-17", True)],
         [("1984-0", True), ("6", False), ("-17", True)]),
        ("Тула", "", [("Тула", True)], []),
        ("", "", [], []),
    ],
)  # fmt: skip
def test_what_is_marked(a: str, b: str, left: list[tuple[str, bool]], right: list[tuple[str, bool]]) -> None:
    assert marked(a, b) == (left, right)


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_pieces_are_the_text(a: str, b: str) -> None:
    assert tuple("".join(text for text, _ in pieces) for pieces in marked(a, b)) == (a, b)
