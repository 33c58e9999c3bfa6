"""Cursors: what was signed is read again; anything else is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import Cursors
from api.problems import BadCursor

CURSORS = Cursors(b"secret")
POSITIONS = st.lists(
    st.none() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False, allow_infinity=False), max_size=4
)


@given(st.text(), POSITIONS)
def test_a_signed_position_is_read_again(scope: str, position: list[object]) -> None:
    assert CURSORS.read(scope, CURSORS.seal(scope, position)) == position


@given(POSITIONS, st.data())
def test_any_change_of_a_character_is_refused(position: list[object], data: st.DataObject) -> None:
    cursor = CURSORS.seal("uploads", position)
    at = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters().filter(lambda c: c != cursor[at]))
    with pytest.raises(BadCursor):
        CURSORS.read("uploads", cursor[:at] + other + cursor[at + 1 :])


def test_a_cursor_does_not_show_its_position() -> None:
    raw = base64.urlsafe_b64decode(CURSORS.seal("uploads", [4711]) + "==")
    assert len(raw) == 16 + len(b"[4711]")
    assert b"4711" not in raw


@pytest.mark.parametrize("cursor", ["", "x", "====", "ключ", "A" * 5000, "e30"])
def test_what_was_never_signed_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        CURSORS.read("uploads", cursor)


def test_a_cursor_works_for_its_own_query_and_hub_only() -> None:
    cursor = CURSORS.seal("uploads D001", [17])
    for reader, scope in ((CURSORS, "uploads D002"), (Cursors(b"another"), "uploads D001")):
        with pytest.raises(BadCursor):
            reader.read(scope, cursor)
