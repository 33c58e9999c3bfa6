"""Where a lead goes: each filter, each part of the score, and the laws of the decision."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.routing.decide import Candidates, Decision, decide, retrace
from hub.routing.filters import Hindrances
from hub.routing.network import DealerFacts, Franchise, Network, network
from hub.routing.policy import load_policy, start_text
from hub.routing.standing import standing
from hub.routing.wish import Wish, purpose_of

POLICY = load_policy(start_text())
FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOURS = "Mo-Fr 09:00-20:00; Sa 10:00-18:00"


def dealer(code: str, **facts: Any) -> DealerFacts:
    """A dealer of Lada in Moscow unless said otherwise."""
    usual: dict[str, Any] = {"brands": ("Lada",), "latitude": 55.75, "longitude": 37.62, "opening_hours": HOURS}
    return DealerFacts(code, **{**usual, **facts})


def wish(**facts: Any) -> Wish:
    usual: dict[str, Any] = {"lead_id": "x", "at": FRIDAY, "brand": "lada", "purpose": "new"}
    return Wish(**{**usual, "latitude": 55.76, "longitude": 37.60, "postcode": "115035", **facts})


def decided(
    dealers: list[DealerFacts],
    asked: Wish | None = None,
    today: dict[str, int] | None = None,
    record: dict[str, tuple[int, int]] | None = None,
    hindrances: Hindrances | None = None,
    balance: dict[str, int] | None = None,
    stock: dict[str, bool] | None = None,
) -> Decision:
    net = network(dealers, POLICY.filters.hours_unknown)
    facts = standing(net, today or {}, record or {}, stock)
    return decide(asked or wish(), net, facts, hindrances or Hindrances(), POLICY, balance or {})


def reasons(decision: Decision) -> dict[str, str | None]:
    return {candidate.dealer: candidate.reason for candidate in decision.candidates}


TODAY = date(2026, 11, 20)
# what of dealer B, the lead or its day makes B fall out, and why
FILTERS: dict[str, tuple[dict[str, Any], dict[str, Any], str | None]] = {
    "fits": ({}, {}, None),
    "not registered": ({"registered": False}, {}, "inactive"),
    "not yet active": ({"active_from": date(2026, 11, 21)}, {}, "inactive"),
    "active from today": ({"active_from": TODAY}, {}, None),
    "no longer active": ({"active_until": date(2026, 11, 19)}, {}, "inactive"),
    "active until today": ({"active_until": TODAY}, {}, None),
    "another brand": ({"brands": ("Mazda",)}, {}, "no_franchise"),
    "brand in another case": ({"brands": ("LADA ",)}, {}, None),
    "brand unknown": ({"brands": ("Mazda",)}, {"brand": ""}, None),
    "another purpose": ({"franchises": (Franchise("Lada", "service"),)}, {}, "no_franchise"),
    "its purpose": ({"franchises": (Franchise("Lada", "new"),)}, {}, None),
    "all purposes": ({"franchises": (Franchise("Lada"),)}, {"purpose": "service"}, None),
    "franchise ended": ({"franchises": (Franchise("Lada", "new", None, date(2026, 11, 19)),)}, {}, "no_franchise"),
    "franchise ends today": ({"franchises": (Franchise("Lada", "new", None, TODAY),)}, {}, None),
    "franchises beat brands": ({"franchises": (Franchise("Mazda"),)}, {}, "no_franchise"),
    "opens in four days": ({"opening_hours": "Tu 09:00-20:00"}, {}, "closed"),
    "open on Saturday": ({"opening_hours": "Sa 09:00-20:00"}, {}, None),
    "never open": ({"opening_hours": "Mo-Su off"}, {}, "closed"),
    "hours unreadable": ({"opening_hours": "round the clock"}, {}, None),
    "too far": ({"latitude": 43.1, "longitude": 131.9}, {}, "too_far"),
    "far, and the place unknown": ({"latitude": 43.1, "longitude": 131.9}, {"latitude": None}, None),
    "no place of its own": ({"latitude": None, "longitude": None}, {}, None),
}


@pytest.mark.parametrize("name", FILTERS)
def test_hard_filters(name: str) -> None:
    facts, asked, reason = FILTERS[name]
    assert reasons(decided([dealer("A"), dealer("B", **facts)], wish(**asked))) == {"A": None, "B": reason}


# the lead, what is known → reasons of A, B, C; B owns the person
OWNER: dict[str, tuple[dict[str, Any], dict[str, Any], str | None, list[str | None]]] = {
    "the owner alone": ({}, {}, "B", ["owned", None, "owned"]),
    "the owner though it is far": ({"latitude": 43.1, "longitude": 131.9}, {}, "B", ["owned", None, "owned"]),
    "the owner though its day is full": ({"capacity": 1}, {"today": {"B": 1}}, "B", ["owned", None, "owned"]),
    "the owner has no franchise": ({"brands": ()}, {}, "A", [None, "no_franchise", None]),
    "the owner is closed": ({"opening_hours": "Mo-Su off"}, {}, "A", [None, "closed", None]),
    "the owner has had it": ({}, {"hindrances": Hindrances(tried=frozenset("B"))}, "A", [None, "tried", None]),
    "the owner may not have the data": (
        {},
        {"hindrances": Hindrances(refused=frozenset("B"))},
        "A",
        [None, "transfer_refused", None],
    ),
}


@pytest.mark.parametrize("name", OWNER)
def test_the_owner_comes_first(name: str) -> None:
    facts, known, chosen, expected = OWNER[name]
    found = decided([dealer("A"), dealer("B", **facts), dealer("C")], wish(owner="B"), **known)
    assert found.dealer == chosen
    assert [reasons(found)[code] for code in "ABC"] == expected
    assert (found.rule == "owner") == (chosen == "B")


def test_head_office_decides_where_the_owner_cannot_and_the_policy_says_so() -> None:
    strict = load_policy(start_text().replace("owner_unavailable: others", "owner_unavailable: head_office"))
    net = network([dealer("A"), dealer("B", brands=())], "24/7")
    found = decide(wish(owner="B"), net, standing(net, {}, {}), Hindrances(), strict, {})
    assert (found.dealer, found.rule) == (None, "nobody")
    assert reasons(found) == {"A": "owned", "B": "no_franchise"}


def test_nobody_gets_data_that_may_go_to_nobody() -> None:
    found = decided([dealer("A"), dealer("B")], hindrances=Hindrances(refused_all=True))
    assert (found.dealer, found.rule) == (None, "nobody")


def test_capacity_of_the_day() -> None:
    found = decided([dealer("A", capacity=3), dealer("B", capacity=3)], today={"A": 3, "B": 2})
    assert (found.dealer, found.rule, reasons(found)["A"]) == ("B", "only", "full")


NEAR, FAR = {"latitude": 55.76, "longitude": 37.60}, {"latitude": 55.1, "longitude": 36.6}
# facts of A and B, what is known, and who is the better one
RANKS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "the nearer one": (FAR, NEAR, {}, "B"),
    "the one whose territory it is": (NEAR, {**FAR, "postcodes": ("115",)}, {}, "A"),
    "territory among the equally near": ({"postcodes": ("190",)}, {"postcodes": ("115",)}, {}, "B"),
    "territory by polygon": (
        {},
        {"polygon": ((37.0, 55.0), (38.0, 55.0), (38.0, 56.0), (37.0, 56.0))},
        {},
        "B",
    ),
    "the one who answers": ({}, {}, {"record": {"A": (200, 40), "B": (200, 190)}}, "B"),
    "few answers prove little": ({}, {}, {"record": {"A": (1, 0)}}, "both"),
    "the one with the car": ({}, {}, {"stock": {"A": False, "B": True}}, "B"),
    "the one with room": ({"capacity": 10}, {"capacity": 10}, {"today": {"A": 9, "B": 0}}, "B"),
    "the one asked for, though far": (NEAR, FAR, {"asked": wish(wished="B")}, "B"),
    "one asked for who is unknown": ({}, {}, {"asked": wish(wished="Z")}, "both"),
}


@pytest.mark.parametrize("name", RANKS)
def test_ranking(name: str) -> None:
    first, second, known, better = RANKS[name]
    found = decided([dealer("A", **first), dealer("B", **second)], **known)
    if better == "both":
        assert (found.rule, found.near) == ("turn", ["A", "B"])
    else:
        assert (found.rule, found.dealer, found.near) == ("best", better, [better])


def test_near_equals_take_turns_by_their_shares() -> None:
    dealers = [dealer("A", target_share=0.3), dealer("B", target_share=0.1), dealer("C", **FAR)]
    balance: dict[str, int] = {}
    chosen = []
    for number in range(8):
        found = decided(dealers, wish(lead_id=str(number)), balance=balance)
        assert found.credits_before == {code: balance.get(code, 0) for code in "AB"}
        balance.update(found.credits_after)
        chosen.append(found.dealer)
    assert chosen == ["A", "A", "B", "A"] * 2


SITES = st.fixed_dictionaries(
    {
        "latitude": st.none() | st.floats(54, 57),
        "longitude": st.floats(36, 39),
        "capacity": st.none() | st.integers(0, 5),
        "target_share": st.none() | st.floats(0, 1),
        "brands": st.sampled_from([("Lada",), ("Mazda",), ("Lada", "Mazda")]),
        "opening_hours": st.sampled_from([HOURS, "24/7", "Su 10:00-12:00", None]),
        "postcodes": st.sampled_from([(), ("115",), ("1", "2")]),
    }
).map(lambda facts: facts if facts["latitude"] is not None else {**facts, "longitude": None})
NETWORKS = st.lists(SITES, min_size=1, max_size=8).map(
    lambda sites: [DealerFacts(f"D{number}", **site) for number, site in enumerate(sites)]
)


@given(
    NETWORKS, st.randoms(use_true_random=False), st.dictionaries(st.sampled_from(["D0", "D1", "D2"]), st.integers(0, 9))
)
def test_the_order_in_which_dealers_are_told_decides_nothing(
    dealers: list[DealerFacts], chance: random.Random, today: dict[str, int]
) -> None:
    today = {code: count for code, count in today.items() if code in {d.code for d in dealers}}
    shuffled = chance.sample(dealers, len(dealers))
    assert decided(dealers, today=today) == decided(shuffled, today=today)


@given(NETWORKS, st.sampled_from(["D0", "D1", None]))
def test_the_laws_of_a_decision(dealers: list[DealerFacts], owner: str | None) -> None:
    found = decided(dealers, wish(owner=owner))
    fit = [candidate for candidate in found.candidates if candidate.reason is None]
    assert sorted(reasons(found)) == sorted(d.code for d in dealers)
    assert (found.dealer is None) == (not fit) == (found.rule == "nobody")
    if fit:
        assert found.dealer in found.near
        scores = [candidate.score for candidate in fit]
        assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
        assert all(0 <= score <= 1 for score in scores if score is not None)
    if owner in {candidate.dealer for candidate in fit}:
        assert (found.dealer, found.rule) == (owner, "owner")
    assert Candidates.of(json.loads(json.dumps(found.candidates.kept()))) == found.candidates


@given(NETWORKS, st.dictionaries(st.sampled_from(["D0", "D1", "D2"]), st.integers(-3000, 3000)))
def test_a_stored_decision_can_be_gone_through_again(dealers: list[DealerFacts], balance: dict[str, int]) -> None:
    found = decided(dealers, record={"D0": (50, 10), "D1": (50, 45)}, balance=balance)
    kept = replace(found, candidates=Candidates.of(json.loads(json.dumps(found.candidates.kept()))))
    assert retrace(kept, POLICY) == found.dealer


def test_dealers_change_the_networks_version_and_their_order_does_not() -> None:
    def version(*dealers: DealerFacts) -> str:
        found: Network = network(dealers, "24/7")
        return found.version

    assert version(dealer("A"), dealer("B")) == version(dealer("B"), dealer("A"))
    assert version(dealer("A")) != version(replace(dealer("A"), capacity=1))


def test_purposes() -> None:
    cases = [
        ((None, None), "new"),
        (("used", "buy"), "used"),
        (("new", "test_drive"), "new"),
        ((None, "service"), "service"),
        (("used", "service"), "service"),
        ((None, "sell"), "used"),
    ]
    assert [purpose_of(*given) for given, _ in cases] == [expected for _, expected in cases]
