"""hub.access.opaque_ids: numbers as words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.access.opaque_ids import OpaqueIds, Words

WORDS = Words.of(b"secret")
IDS = WORDS.uploads


@given(st.integers(0, 2**63 - 1))
def test_a_word_leads_back_to_its_number(number: int) -> None:
    assert IDS.number(IDS.word(number)) == number


def test_neighbours_and_other_hubs_have_nothing_in_common() -> None:
    words = {IDS.word(number) for number in range(2000)}
    assert len(words) == 2000
    assert len({word[:5] for word in words}) > 1800
    assert OpaqueIds(b"other", "upload").number(IDS.word(17)) != 17


def test_kinds_have_nothing_in_common() -> None:
    kinds = (WORDS.uploads, WORDS.offers, WORDS.deliveries)
    assert len({kind.word(17)[1:] for kind in kinds}) == 3
    assert [WORDS.offers.number(kind.word(17)) for kind in kinds] == [None, 17, None]


def test_what_is_no_word() -> None:
    for word in ("", "17", "u17", "U0123456789abcdef", "u0123456789abcdef0"):
        assert IDS.number(word) is None
