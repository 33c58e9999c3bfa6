"""Answers kept for a while."""

from __future__ import annotations

from api.web import kept
from api.web.kept import Kept


def test_a_large_answer_is_kept_and_a_small_one_is_worked_out_again() -> None:
    answers: Kept[str, int] = Kept(3600, lambda answer: answer >= 10)
    assert [answers.get("large", lambda now=now: now) for now in (10, 11)] == [10, 10]  # type: ignore[misc]
    assert [answers.get("small", lambda now=now: now) for now in (8, 9)] == [8, 9]  # type: ignore[misc]


def test_an_old_answer_is_worked_out_again() -> None:
    answers: Kept[str, int] = Kept(0, lambda answer: True)
    assert [answers.get("x", lambda now=now: now) for now in (1, 2)] == [1, 2]  # type: ignore[misc]


def test_the_oldest_are_forgotten() -> None:
    answers: Kept[int, int] = Kept(3600, lambda answer: True)
    for asked in range(kept.MOST + 1):
        answers.get(asked, lambda: 1)
    assert answers.get(0, lambda: 2) == 2
    assert answers.get(kept.MOST, lambda: 2) == 1
