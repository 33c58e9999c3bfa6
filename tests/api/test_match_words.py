"""The evidence of a match in words."""

from __future__ import annotations

import pytest

from api.routers.match import _detail
from hub.matching.score import Reason


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason("phones", "shared", 20.0), "phones: shared; very strong evidence for"),
        (Reason("surname", "near", 5.1), "surname: near; strong evidence for"),
        (Reason("address", "different", -2.0), "address: different; some evidence against"),
        (Reason("sex", "equal", 0.0), "sex: equal; no evidence either way"),
        (Reason("sex", "equal", -0.0), "sex: equal; no evidence either way"),
        (
            Reason("name", "capped", -10.2),
            "name: capped; what surname, given name and patronymic say beyond the cap does not count (-10.2)",
        ),
        (Reason("kin", "likely", -3.2), "kin: likely; two relatives would agree in much of this, too (-3.2)"),
        (Reason("prior", "", -19.0), "before any evidence: two records at random are one party with odds of 2^-19.0"),
    ],
)
def test_the_words_say_strength_and_side(reason: Reason, words: str) -> None:
    assert _detail(reason) == words
