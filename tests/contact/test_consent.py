"""Consents: cases, and the laws that hold for any statements in any order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contact.consent import (
    EXPIRED,
    GRANTED,
    IMPORTER,
    NETWORK,
    UNKNOWN,
    WITHDRAWN,
    Controller,
    Reach,
    Statement,
    consent_state,
    controller_of,
)

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
REACH = Reach({"marketing": NETWORK})
A, B = UUID(int=1), UUID(int=2)
D1, D2 = Controller("dealer", "D001"), Controller("dealer", "D002")


def said(
    status: str,
    days_ago: float = 10,
    record: UUID = A,
    to: Controller = D1,
    channel: str = "any",
    purpose: str = "marketing",
    expires_at: datetime | None = None,
    flag: bool = False,
) -> Statement:
    at = AT - timedelta(days=days_ago)
    return Statement(record, to.dealer, to, purpose, channel, status, at, expires_at, flag)


CASES = {
    "nobody said anything": ([], UNKNOWN),
    "granted": ([said(GRANTED)], GRANTED),
    "granted to somebody else": ([said(GRANTED, to=D2)], UNKNOWN),
    "granted to the importer is not granted to a dealer": ([said(GRANTED, to=IMPORTER)], UNKNOWN),
    "granted for another purpose": ([said(GRANTED, purpose="survey")], UNKNOWN),
    "granted for another channel": ([said(GRANTED, channel="email")], UNKNOWN),
    "granted for this channel": ([said(GRANTED, channel="phone")], GRANTED),
    "ran out yesterday": ([said(GRANTED, expires_at=AT - timedelta(days=1))], EXPIRED),
    "runs out this moment": ([said(GRANTED, expires_at=AT)], EXPIRED),
    "runs out tomorrow": ([said(GRANTED, expires_at=AT + timedelta(days=1))], GRANTED),
    "withdrawn later": ([said(GRANTED, 10), said(WITHDRAWN, 5)], WITHDRAWN),
    "granted again on the same record": ([said(WITHDRAWN, 10), said(GRANTED, 5)], GRANTED),
    "granted later on another record": ([said(WITHDRAWN, 10), said(GRANTED, 5, record=B)], WITHDRAWN),
    "at one moment both": ([said(GRANTED, 5), said(WITHDRAWN, 5)], WITHDRAWN),
    "withdrawn for this channel only": ([said(GRANTED, 10), said(WITHDRAWN, 5, channel="phone")], WITHDRAWN),
    "withdrawn for another channel only": ([said(GRANTED, 10), said(WITHDRAWN, 5, channel="sms")], GRANTED),
    "all withdrawn, this channel granted after": ([said(WITHDRAWN, 10), said(GRANTED, 5, channel="phone")], GRANTED),
    "a withdrawal never runs out": ([said(WITHDRAWN, 900, expires_at=AT - timedelta(days=1))], WITHDRAWN),
    "withdrawn at another dealer": ([said(GRANTED), said(WITHDRAWN, 20, record=B, to=D2)], WITHDRAWN),
    "withdrawn at the importer": ([said(WITHDRAWN, record=B, to=IMPORTER)], WITHDRAWN),
    "another purpose binds its controller only": ([said(WITHDRAWN, purpose="survey", to=D2)], UNKNOWN),
    "one consent ran out, another has not": ([said(GRANTED, 9, expires_at=AT), said(GRANTED, 8, record=B)], GRANTED),
    "opted out": ([said(WITHDRAWN, flag=True)], WITHDRAWN),
    "opted out, whatever was granted later": ([said(WITHDRAWN, 10, flag=True), said(GRANTED, 1)], WITHDRAWN),
    "opted out at another dealer": ([said(WITHDRAWN, to=D2, flag=True)], UNKNOWN),
}


@pytest.mark.parametrize("label", CASES)
def test_what_holds_for_a_dealer_by_phone(label: str) -> None:
    statements, expected = CASES[label]
    assert consent_state(statements, D1, "marketing", "phone", AT, REACH).status == expected


def test_the_deciding_statement_is_the_askers_own_where_there_is_one() -> None:
    own, rival = said(WITHDRAWN, 30), said(WITHDRAWN, 1, record=B, to=D2)
    assert consent_state([rival, own], D1, "marketing", "phone", AT, REACH).by == own
    assert consent_state([rival, own], D2, "marketing", "phone", AT, REACH).by == rival


def test_without_a_channel_what_was_said_of_any_channel_counts() -> None:
    one = [said(WITHDRAWN, channel="sms")]
    assert consent_state(one, D1, "marketing", None, AT, REACH).status == WITHDRAWN


def test_who_a_caller_is() -> None:
    assert (controller_of("D001"), controller_of(None)) == (D1, IMPORTER)


STATEMENTS = st.lists(
    st.builds(
        said,
        st.sampled_from([GRANTED, WITHDRAWN]),
        st.integers(0, 5),
        st.sampled_from([UUID(int=n) for n in range(1, 5)]),
        st.sampled_from([D1, D2, IMPORTER]),
        st.sampled_from(["any", "phone", "email"]),
        expires_at=st.none() | st.integers(-5, 5).map(lambda days: AT + timedelta(days=days)),
        flag=st.just(False),
    ),
    max_size=8,
)
ASKING = st.sampled_from([D1, D2, IMPORTER])


def status(statements: list[Statement], asking: Controller) -> str:
    return consent_state(statements, asking, "marketing", "phone", AT, REACH).status


@given(STATEMENTS, ASKING, st.randoms())
def test_the_order_of_arrival_decides_nothing(
    statements: list[Statement], asking: Controller, dice: random.Random
) -> None:
    shuffled = list(statements)
    dice.shuffle(shuffled)
    assert consent_state(shuffled, asking, "marketing", "phone", AT, REACH) == consent_state(
        statements, asking, "marketing", "phone", AT, REACH
    )


@given(STATEMENTS, STATEMENTS, ASKING)
def test_a_withdrawal_wins_and_a_merge_keeps_the_strictest(
    one: list[Statement], other: list[Statement], asking: Controller
) -> None:
    """Records of two parties are different records: make them so, then merge."""
    apart = [Statement(UUID(int=s.record.int + 10), *(getattr(s, n) for n in s.__slots__[1:])) for s in other]
    before = {status(one, asking), status(apart, asking)}
    merged = status(one + apart, asking)
    assert (merged == WITHDRAWN) == (WITHDRAWN in before)
    assert merged in before


@given(STATEMENTS, ASKING)
def test_a_new_withdrawal_always_takes_effect(statements: list[Statement], asking: Controller) -> None:
    assert status([*statements, said(WITHDRAWN, -1)], asking) == WITHDRAWN


@given(STATEMENTS, ASKING)
def test_only_a_consent_to_the_asker_is_one(statements: list[Statement], asking: Controller) -> None:
    if status(statements, asking) == GRANTED:
        assert any(s.status == GRANTED and s.controller == asking for s in statements)
