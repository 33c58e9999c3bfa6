from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.demo.spelling import mistyped_layout, romanize, slip


def test_mistyped_layout() -> None:
    assert mistyped_layout("Иванов") == "Bdfyjd"
    assert mistyped_layout("Жуков") == ":erjd"


@pytest.mark.parametrize(
    ("name", "manner", "latin"),
    [
        ("Юлия", 0, "Iuliia"),
        ("Юлия", 1, "Yuliya"),
        ("Юлия", 2, "Julija"),
        ("Щербаков", 0, "Shcherbakov"),
        ("Хохлов", 2, "Hohlov"),
        ("Соловьёв", 1, "Solovev"),
    ],
)
def test_romanize(name: str, manner: int, latin: str) -> None:
    assert romanize(name, manner) == latin


@given(st.text("абвгдежзиклмнопрст", min_size=4, max_size=20), st.integers(0, 3), st.integers(0, 100))
def test_a_slip_is_one_letter_lost_added_or_changed_or_two_swapped(text: str, kind: int, place: int) -> None:
    wrong = slip(text, kind, place)
    assert abs(len(wrong) - len(text)) <= 1
    assert wrong[0] == text[0]
    if len(wrong) == len(text):
        assert sum(a != b for a, b in zip(wrong, text, strict=True)) <= 2
