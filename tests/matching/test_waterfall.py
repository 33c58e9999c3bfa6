"""The waterfall: well-formed, adds up, is told in words, and holds nothing from outside."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from hub.matching.score import Reason
from hub.matching.waterfall import told, waterfall

SVG = "{http://www.w3.org/2000/svg}"
HER = [
    Reason("prior", "", -19.0),
    Reason("surname", "exact", 7.0),
    Reason("birth date", "exact", 14.2),
    Reason("address", "different", -2.0),
    Reason("phones", "shared", 20.0),
    Reason("sex", "equal", 0.0),
]


def bars(text: str) -> list[tuple[str, float, float]]:
    """Side, left and right end of each bar, the sum last."""
    found = ET.fromstring(text).iter(f"{SVG}rect")
    return [(b.get("class", ""), float(b.get("x", 0)), float(b.get("x", 0)) + float(b.get("width", 0))) for b in found]


def test_each_bar_begins_where_the_last_ended_and_the_sum_ends_where_they_lead() -> None:
    place = None
    *fields, total = bars(waterfall(HER, 3, -3))
    for (side, left, right), reason in zip(fields, HER, strict=True):
        assert side == ("for" if reason.weight >= 0 else "against")
        begin, end = (left, right) if reason.weight >= 0 else (right, left)
        assert place is None or begin == pytest.approx(place, abs=1.1)
        place = end
    assert total[0] == "sum"
    assert total[2] == pytest.approx(place, abs=1.1)


def test_it_is_told_in_words() -> None:
    root = ET.fromstring(waterfall(HER, 3, -3, title="A & B"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "waterfall-title waterfall-desc"
    assert [child.text for child in root if child.tag == f"{SVG}title"] == ["A & B"]
    assert [child.text for child in root if child.tag == f"{SVG}desc"] == [told(HER, 3, -3)]
    assert told(HER, 3, -3).endswith("sex: equal 0.0. Score +20.2, at or above match (+3.0).")


@pytest.mark.parametrize(
    ("score", "words"),
    [(3.0, "at or above match"), (0.0, "between review and match"), (-9.0, "below review and match")],
)
def test_the_words_say_on_which_side_of_the_thresholds(score: float, words: str) -> None:
    assert words in told([Reason("prior", "", score)], 3, -3)


def test_a_contradiction_is_named() -> None:
    text = waterfall([*HER, Reason("given name", "different", -9.0)], 3, -3, forbidden={"given name"})
    assert "given name: different · contradicts" in text
    assert "Contradicting: given name; they may not be one." in text


def test_nothing_from_outside_and_nothing_that_runs() -> None:
    text = waterfall([Reason("<script>", "a&b", 1.0)], 3, -3, title='"<b>')
    ET.fromstring(text)
    assert "<script" not in text
    assert set(re.findall(r"https?://[^\"]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "prefers-color-scheme: dark" in text


def test_no_evidence_at_all() -> None:
    assert bars(waterfall([], 3, -3))[0][0] == "sum"
