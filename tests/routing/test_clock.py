"""The clock: every allowed step, every refused one, and what is due when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Conflict
from hub.routing.clock import STATES, Event, LeadState, apply, challenged, due, fold, in_time, next_due, terms
from hub.routing.hours import calendar
from hub.routing.policy import load_policy, start_text

CLOCK = load_policy(start_text()).clock
FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # 12:00 in Moscow
OPEN = calendar("24/7", "Europe/Moscow")


def offered(dealer: str, at: datetime = FRIDAY) -> Event:
    found = terms(OPEN, at, CLOCK)
    return Event("offered", at, dealer, {name: getattr(found, name).isoformat() for name in found.__dataclass_fields__})


def event(kind: str, dealer: str | None = "A", minutes: float = 0, **body: Any) -> Event:
    return Event(kind, FRIDAY + timedelta(minutes=minutes), dealer, body)


# what happened after an offer to A, and where the lead stands
LIVES: dict[str, tuple[list[Event], str, str | None]] = {
    "nothing": ([], "offered", "A"),
    "accepted": ([event("accepted")], "accepted", "A"),
    "contacted without a word": ([event("contacted")], "contacted", "A"),
    "all as it should be": ([event("accepted"), event("contacted"), event("won")], "won", "A"),
    "lost at once": ([event("lost")], "lost", "A"),
    "declined, then B": ([event("declined"), offered("B")], "offered", "B"),
    "expired after acceptance": ([event("accepted"), event("expired"), offered("B")], "offered", "B"),
    "nobody left": ([event("expired"), event("escalated", None)], "head_office", None),
    "head office finds C": ([event("escalated", None), offered("C"), event("accepted", "C")], "accepted", "C"),
    "lost and challenged": ([event("lost"), event("challenged"), offered("B")], "offered", "B"),
    "followed its owner": ([event("contacted"), event("moved", None), offered("B")], "offered", "B"),
    "sent again": ([event("repeated", None)], "offered", "A"),
    "reassigned": ([event("accepted"), event("reassigned", None), offered("B")], "offered", "B"),
}


@pytest.mark.parametrize("name", LIVES)
def test_lives(name: str) -> None:
    events, state, dealer = LIVES[name]
    found = fold([offered("A"), *events])
    assert (found.state, found.dealer) == (state, dealer)
    assert found.state in STATES


REFUSED = {
    "by another dealer": ([], event("accepted", "B")),
    "accepted twice": ([event("accepted")], event("accepted")),
    "declined after contact": ([event("contacted")], event("declined")),
    "contacted twice": ([event("contacted")], event("contacted")),
    "won after lost": ([event("lost")], event("won")),
    "lost by head office": ([event("escalated", None)], event("lost", None)),
    "accepted when it has gone": ([event("declined"), offered("B")], event("accepted", "A")),
    "challenged while open": ([], event("challenged")),
    "offered when won": ([event("won")], offered("B")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_happen(name: str) -> None:
    events, wrong = REFUSED[name]
    with pytest.raises(Conflict):
        apply(fold([offered("A"), *events]), wrong)


# minutes after the offer, what happened → what the clock does (terms: 60 to accept, 240 to contact, warned at 3/4)
AGENDA = [
    (44, [], None),
    (45, [], ("warned", "accept")),
    (50, [event("warned", term="accept")], None),
    (60, [event("warned", term="accept")], ("expired", "accept")),
    (60, [event("accepted", minutes=59)], None),
    (180, [event("accepted")], ("warned", "contact")),
    (240, [event("accepted"), event("warned", term="contact")], ("expired", "contact")),
    (9999, [event("contacted")], None),
    (9999, [event("won")], None),
    (9999, [event("escalated", None)], None),
    (9999, [], ("warned", "accept")),  # a clock that stood still does one step after the other, in their order
]


@pytest.mark.parametrize(("minutes", "events", "expected"), AGENDA)
def test_the_agenda(minutes: int, events: list[Event], expected: tuple[str, str] | None) -> None:
    state = fold([offered("A"), *events])
    found = due(state, FRIDAY + timedelta(minutes=minutes))
    assert (found and (found.kind, found.term)) == expected
    coming = next_due(state)
    assert (expected is not None) == (coming is not None and coming <= FRIDAY + timedelta(minutes=minutes))


def test_terms_are_counted_in_business_time() -> None:
    usual = calendar("Mo-Fr 09:00-20:00; Sa 10:00-18:00", "Europe/Moscow")
    found = terms(usual, datetime(2026, 11, 20, 16, 30, tzinfo=UTC), CLOCK)  # Friday 19:30
    assert found.accept_by == datetime(2026, 11, 21, 7, 30, tzinfo=UTC)  # Saturday 10:30
    assert found.contact_by == datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


def test_a_dealer_that_never_opens_still_has_a_term() -> None:
    shut = calendar("Mo-Su off", "Europe/Moscow")
    assert terms(shut, FRIDAY, CLOCK).accept_by == FRIDAY + timedelta(minutes=60)


def test_in_time() -> None:
    for minutes, expected in ((240, True), (241, False)):
        assert in_time(fold([offered("A"), event("contacted", minutes=minutes)])) is expected
    assert not in_time(fold([offered("A")]))


@given(st.sets(st.uuids().map(str), min_size=200, max_size=300), st.floats(0, 1))
def test_the_challenged_share(ids: set[str], share: float) -> None:
    chosen = {lead for lead in ids if challenged(lead, share)}
    assert chosen == {lead for lead in ids if challenged(lead, share)}
    assert chosen <= {lead for lead in ids if challenged(lead, min(1.0, share + 0.1))}
    assert abs(len(chosen) / len(ids) - share) < 0.25


KINDS = ["offered", "accepted", "declined", "contacted", "expired", "won", "lost", "challenged", "moved", "escalated"]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from("ABC")), max_size=25))
def test_a_lead_has_one_holder_or_none_whatever_happens(steps: list[tuple[str, str]]) -> None:
    state = LeadState()
    for kind, dealer in steps:
        step = offered(dealer) if kind == "offered" else event(kind, dealer)
        try:
            state = apply(state, step)
        except Conflict:
            continue
        assert (state.dealer is None) == (state.state in ("new", "head_office"))
        assert state.dealer is None or state.dealer in state.tried
