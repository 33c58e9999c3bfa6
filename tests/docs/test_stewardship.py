"""docs/stewardship.md: verdicts, weights, waiting time, columns and words are those of the code."""

from __future__ import annotations

from hub.flows.decide import PATIENCE
from hub.flows.labels import PAIR_COLUMNS, WORDS
from hub.matching.judgements import VERDICTS
from hub.matching.priority import HALF, WEIGHTS
from tests.docs.pages import codes, page, table

PAGE = page("stewardship.md")
FLAT = " ".join(PAGE.split())


def test_the_verdicts() -> None:
    assert {codes(row[0])[0] for row in table(PAGE, "verdict")} == set(VERDICTS)


def test_the_weights_of_a_priority() -> None:
    assert {row[0]: float(row[1]) for row in table(PAGE, "part")} == WEIGHTS
    assert f"every {HALF:g} bits" in FLAT


def test_the_columns_and_words_of_labels() -> None:
    assert [name for name in PAIR_COLUMNS if f"`{name}`" not in FLAT] == []
    assert {"same", "different", "unsure", "yes", "no"} <= set(WORDS)


def test_how_long_a_steward_waits() -> None:
    assert f"waits for it {PATIENCE:g} seconds" in FLAT
