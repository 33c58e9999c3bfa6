from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.intake.chain import Filed, divergence, resolve, snapshots_of

START = datetime(2026, 11, 1, tzinfo=UTC)


def filed(text: str) -> list[Filed]:
    """``1:A 2:B`` → files of day 1 and 2 with bytes A and B, received in the order written."""
    files = []
    for number, word in enumerate(text.split(), 1):
        day, sha = word.split(":")
        files.append(Filed(number, date(2026, 11, int(day)), START + timedelta(minutes=number), f"f{number}", sha))
    return files


CASES = [
    # label, files as they came, snapshots that count
    ("one", "1:A", "1:A"),
    ("the same bytes again on the same day", "1:A 1:A", "1:A"),
    ("the same bytes on the next day are a no-op", "1:A 2:A", "1:A"),
    ("back to an older state on a later day", "1:A 2:B 3:A", "1:A 2:B 3:A"),
    ("a no-op becomes a snapshot when something came between", "1:A 3:A 2:B", "1:A 2:B 3:A"),
    ("an older file sent again beside a new one", "1:A 2:B 2:A", "1:A 2:B"),
    ("one part of two did not change", "1:P 1:Q 2:R 2:Q", "1:P 1:Q 2:R 2:Q"),
    ("both parts the same", "1:P 1:Q 2:Q 2:P", "1:P 1:Q"),
    ("a second file for a day", "1:A 1:B", "1:A 1:B"),
    ("late and equal to the one after it", "2:A 1:A", "1:A"),
    ("late and equal to the one before it", "1:A 5:B 3:A", "1:A 5:B"),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_resolve(text: str, expected: str) -> None:
    chain = resolve(filed(text))
    found = " ".join(f"{s.day.day}:{file.sha256}" for s in chain.snapshots for file in s.files)
    assert found == expected
    assert len(chain.duplicates) == len(text.split()) - len(expected.split())


FILES = st.lists(st.tuples(st.integers(1, 5), st.sampled_from("ABC")), max_size=8)


@given(FILES, st.randoms(use_true_random=False))
def test_order_of_arrival_means_nothing(pairs: list[tuple[int, str]], random: object) -> None:
    files = filed(" ".join(f"{day}:{sha}" for day, sha in pairs))
    shuffled = list(files)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert resolve(files) == resolve(shuffled)


@given(FILES)
def test_what_counts_still_counts_alone(pairs: list[tuple[int, str]]) -> None:
    chain = resolve(filed(" ".join(f"{day}:{sha}" for day, sha in pairs)))
    kept = [file for snapshot in chain.snapshots for file in snapshot.files]
    assert snapshots_of(kept) == chain.snapshots


@pytest.mark.parametrize(
    ("applied", "wanted", "day"),
    [
        ("", "1:A", None),
        ("1:A", "1:A 2:B", None),
        ("1:A 2:B", "1:A 2:B", None),
        ("1:A 2:B", "1:A", 2),
        ("1:A", "", 1),
    ],
)
def test_divergence_of_prefixes(applied: str, wanted: str, day: int | None) -> None:
    found = divergence(snapshots_of(filed(applied)), snapshots_of(filed(wanted)))
    assert found == (day and date(2026, 11, day))


def test_divergence_of_a_late_file() -> None:
    late = filed("1:A 3:B 2:C")
    assert divergence(snapshots_of(late[:2]), resolve(late).snapshots) == date(2026, 11, 2)
    twice = filed("1:A 3:B 3:C")
    assert divergence(snapshots_of(twice[:2]), resolve(twice).snapshots) == date(2026, 11, 3)
