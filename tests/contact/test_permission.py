"""May this person be contacted: every rule alone, all together, and what a dealer is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contact.caps import Event
from hub.contact.consent import GRANTED, IMPORTER, WITHDRAWN, Controller, Statement
from hub.contact.permission import REASONS, Ask, Facts, Ownership, decide, for_dealer
from hub.contact.policy import CHANNELS, PURPOSES, start_policy

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)  # Friday, 15:00 in Moscow
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
POLICY = start_policy()
ASK = Ask("marketing", "phone", "D001", 5)
PLAIN = Facts("Europe/Moscow")


def said(status: str, purpose: str = "marketing", dealer: str | None = "D001", **more: Any) -> Statement:
    controller = Controller("dealer", dealer) if dealer else IMPORTER
    return Statement(UUID(int=1), dealer, controller, purpose, "any", status, AT - 9 * DAY, more.get("expires_at"))


def made(days: float, purpose: str = "marketing", channel: str = "email", dealer: str | None = "D002") -> Event:
    return Event(AT - days * DAY, channel, purpose, dealer)


def owned(dealer: str, until: datetime | None = None) -> Ownership:
    return Ownership(dealer, until, 77)


# facts, ask → codes that forbid, days until the next possible time (None: not by itself)
CASES: dict[str, tuple[Facts | None, Ask, list[str], float | None]] = {
    "nothing known": (PLAIN, ASK, [], 0),
    "nobody": (None, ASK, ["unknown_party"], None),
    "a house account": (replace(PLAIN, nobody=True), ASK, ["not_a_person"], None),
    "consented": (replace(PLAIN, statements=(said(GRANTED),)), ASK, [], 0),
    "withdrawn": (replace(PLAIN, statements=(said(WITHDRAWN),)), ASK, ["consent_withdrawn"], None),
    "withdrawn elsewhere": (replace(PLAIN, statements=(said(WITHDRAWN, dealer="D002"),)), ASK, ["consent_withdrawn"], None),
    "run out": (replace(PLAIN, statements=(said(GRANTED, expires_at=AT),)), ASK, ["consent_expired"], None),
    "do not contact": (replace(PLAIN, statements=(said(WITHDRAWN, "any", None),)), ASK, ["do_not_contact"], None),
    "legal stop": (replace(PLAIN, statements=(said(WITHDRAWN, "legal", None),)), ASK, ["legal_stop"], None),
    "processing withdrawn": (replace(PLAIN, statements=(said(WITHDRAWN, "processing"),)), ASK, ["processing_withdrawn"], None),
    "processing withdrawn from another": (replace(PLAIN, statements=(said(WITHDRAWN, "processing", "D002"),)), ASK, [], 0),
    "all at once": (
        replace(PLAIN, statements=(said(WITHDRAWN), said(WITHDRAWN, "any", None)), owner=owned("D002"), events=(made(0.5),)),
        ASK, ["do_not_contact", "consent_withdrawn", "owned", "cap"], None,
    ),
    "another dealer's prospect": (replace(PLAIN, owner=owned("D002", AT + 5 * DAY)), ASK, ["owned"], 5),
    "another dealer's prospect, for good": (replace(PLAIN, owner=owned("D002")), ASK, ["owned"], None),
    "its own prospect": (replace(PLAIN, owner=owned("D001")), ASK, [], 0),
    "a prospect, asked by the importer": (replace(PLAIN, owner=owned("D002")), replace(ASK, dealer=None), [], 0),
    "contacted today": (replace(PLAIN, events=(made(0.5),)), ASK, ["cap"], 19 / 24),
    "called this week": (replace(PLAIN, events=(made(3, channel="phone"),)), ASK, ["cap"], 4),
    "called this week, mail is another channel": (
        replace(PLAIN, events=(made(3, channel="phone"),)), replace(ASK, channel="email"), [], 0,
    ),
    "invited ten days ago": (replace(PLAIN, events=(made(10, "test_drive"),)), replace(ASK, purpose="test_drive"), ["cap"], 4),
    "invited, and a campaign": (replace(PLAIN, events=(made(10, "test_drive"),)), ASK, [], 0),
    "three this month: the last is kept": (replace(PLAIN, events=(made(8), made(12), made(20))), ASK, ["kept_slot"], 10),
    "three this month, and it matters": (
        replace(PLAIN, events=(made(8), made(12), made(20))), replace(ASK, priority=7), [], 0,
    ),
    "four this month": (
        replace(PLAIN, events=(made(8), made(12), made(20), made(25))), replace(ASK, priority=9), ["cap"], 5,
    ),
    "answers count nowhere": (replace(PLAIN, events=(made(0.1, "answer"), made(0.2, "recall"))), ASK, [], 0),
    "the household has had enough": (
        replace(PLAIN, household=(made(2), made(3), made(4))), ASK, ["household_cap"], 3,
    ),
    "the household has had two": (replace(PLAIN, household=(made(2), made(3))), ASK, [], 0),
    "night where the person lives": (replace(PLAIN, zone="Asia/Vladivostok"), ASK, ["quiet_hours"], 12 / 24),
    "night in one of two places": (replace(PLAIN, elsewhere="Asia/Vladivostok"), ASK, ["quiet_hours"], 19 / 24),
    "mail knows no night": (replace(PLAIN, zone="Asia/Vladivostok"), replace(ASK, channel="email"), [], 0),
    "a recall goes out all the same": (
        replace(PLAIN, statements=(said(WITHDRAWN), said(WITHDRAWN, "any"), said(WITHDRAWN, "recall")), owner=owned("D002"),
                events=(made(0.1), made(0.2, "recall"))),
        replace(ASK, purpose="recall"), [], 0,
    ),
    "a recall stops at the law": (
        replace(PLAIN, statements=(said(WITHDRAWN, "legal", None),)), replace(ASK, purpose="safety"), ["legal_stop"], None,
    ),
    "a recall by telephone keeps the hours": (
        replace(PLAIN, zone="Asia/Vladivostok"), replace(ASK, purpose="recall"), ["quiet_hours"], 12 / 24,
    ),
    "an answer needs no consent": (
        replace(PLAIN, statements=(said(WITHDRAWN), said(WITHDRAWN, "any", None)), events=(made(0.1),)),
        replace(ASK, purpose="answer"), [], 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("label", CASES)
def test_what_forbids_and_until_when(label: str) -> None:
    facts, ask, codes, days = CASES[label]
    verdict = decide(ask, facts, AT, POLICY)
    assert [reason.code for reason in verdict.reasons if reason.forbids] == codes
    assert verdict.permitted == (not codes)
    end = verdict.next_possible_at
    assert (None if end is None else round((end - AT) / DAY, 3)) == (None if days is None else round(days, 3))


def test_a_policy_may_demand_consent() -> None:
    strict = POLICY.model_copy(
        update={
            "purposes": {**POLICY.purposes, "marketing": POLICY.rules("marketing").model_copy(update={"without": ()})}
        }
    )
    assert [r.code for r in decide(ASK, PLAIN, AT, strict).reasons] == ["consent_missing"]


GUARDED = replace(ASK, guarded=True)
RIVALS = {
    "contacted by a rival this hour": replace(
        PLAIN, events=(Event(AT - 600 * HOUR / 3600, "email", "marketing", "D002"),)
    ),
    "called by a rival": replace(PLAIN, events=(made(3.01, channel="phone"),)),
    "the household is full": replace(PLAIN, household=(made(2), made(3), made(4))),
    "a rival's prospect": replace(PLAIN, owner=owned("D002", AT + 80 * DAY)),
    "a rival's prospect for good": replace(PLAIN, owner=owned("D002")),
    "night by a rival's records": replace(PLAIN, elsewhere="Asia/Vladivostok"),
    "many at once": replace(PLAIN, owner=owned("D002"), events=(made(0.5), made(3, channel="phone"))),
}


@pytest.mark.parametrize("label", RIVALS)
def test_what_rivals_did_is_told_as_not_now(label: str) -> None:
    verdict = for_dealer(decide(GUARDED, RIVALS[label], AT, POLICY))
    assert [reason.code for reason in verdict.reasons if reason.forbids] == ["not_now"]
    assert verdict.next_possible_at is not None
    assert verdict.next_possible_at - AT <= POLICY.longest + DAY
    assert (verdict.next_possible_at.minute, verdict.next_possible_at.second) == (0, 0)


def test_a_rivals_prospect_looks_the_same_each_time() -> None:
    facts = RIVALS["a rival's prospect for good"]
    ends = {decide(GUARDED, facts, AT + hours * HOUR, POLICY).next_possible_at for hours in range(0, 24, 3)}
    assert len(ends) <= 2


def test_a_reservation_looks_like_a_contact() -> None:
    """Both are one event: nothing tells them apart that could be told."""
    assert set(Event.__slots__) == {"at", "channel", "purpose", "dealer", "reported"}


def test_what_the_law_or_a_rivals_customer_said_is_not_permitted() -> None:
    for statement in (said(WITHDRAWN, "legal", None), said(WITHDRAWN, dealer="D002"), said(WITHDRAWN, "any", "D002")):
        verdict = for_dealer(decide(GUARDED, replace(PLAIN, statements=(statement,)), AT, POLICY))
        assert [reason.code for reason in verdict.reasons if reason.forbids] == ["not_permitted"]
        assert verdict.next_possible_at is None


def test_a_dealer_is_told_of_its_own_in_full() -> None:
    facts = replace(PLAIN, statements=(said(WITHDRAWN),), events=(made(0.5, dealer="D001"),), zone="Asia/Vladivostok")
    codes = [reason.code for reason in for_dealer(decide(GUARDED, facts, AT, POLICY)).reasons]
    assert codes == ["consent_withdrawn", "cap", "quiet_hours"]


def test_every_reason_has_its_words() -> None:
    seen = {reason.code for facts, ask, _, _ in CASES.values() for reason in decide(ask, facts, AT, POLICY).reasons}
    assert seen <= set(REASONS)
    assert set(REASONS) - seen == {"consent_missing", "consent_run_out", "not_now", "not_permitted"}


EVENTS = st.lists(
    st.builds(
        made, st.floats(-5, 40), st.sampled_from(PURPOSES), st.sampled_from(CHANNELS),
        st.sampled_from(["D001", "D002", None]),
    ),
    max_size=6,
).map(tuple)  # fmt: skip
FACTS = st.builds(
    Facts,
    zone=st.sampled_from(["Europe/Moscow", "Asia/Vladivostok"]),
    elsewhere=st.sampled_from([None, "Asia/Tokyo"]),
    events=EVENTS,
    household=EVENTS,
    owner=st.none() | st.builds(owned, st.sampled_from(["D001", "D002"]), st.none() | st.just(AT + 50 * DAY)),
)
ASKS = st.builds(
    Ask,
    st.sampled_from(PURPOSES),
    st.sampled_from(CHANNELS),
    st.sampled_from(["D001", None]),
    st.integers(0, 9),
    st.booleans(),
)


@given(ASKS, FACTS)
def test_the_next_possible_time_is_possible_and_the_answer_always_the_same(ask: Ask, facts: Facts) -> None:
    verdict = decide(ask, facts, AT, POLICY)
    assert verdict == decide(ask, facts, AT, POLICY)
    assert verdict.permitted == (verdict.next_possible_at == AT)
    if verdict.next_possible_at is not None and not ask.guarded:
        assert decide(ask, facts, verdict.next_possible_at, POLICY).permitted


@given(ASKS, FACTS, st.sampled_from(["marketing", "any", "survey"]))
def test_a_withdrawal_always_wins(ask: Ask, facts: Facts, purpose: str) -> None:
    withdrawn = replace(facts, statements=(said(GRANTED), said(WITHDRAWN, purpose, "D002")))
    rules = POLICY.rules(ask.purpose)
    if purpose == rules.consent or purpose in rules.stops:
        verdict = decide(ask, withdrawn, AT, POLICY)
        assert not verdict.permitted
        assert verdict.next_possible_at is None


@given(ASKS, FACTS)
def test_a_dealer_never_reads_of_a_rival(ask: Ask, facts: Facts) -> None:
    told = for_dealer(decide(replace(ask, dealer="D001", guarded=True), facts, AT, POLICY))
    assert not {reason.code for reason in told.reasons} & {"owned", "household_cap"}
    alone = replace(
        facts, owner=None, household=(), events=tuple(e for e in facts.events if e.dealer == "D001"), elsewhere=None
    )
    assert {r.code for r in told.reasons} - {"not_now", "not_permitted"} <= {
        r.code for r in decide(replace(ask, dealer="D001", guarded=True), alone, AT, POLICY).reasons
    }
