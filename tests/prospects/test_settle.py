"""The ordered policy: which rule decides, whatever the order of arrival; the past by the policy then in force."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.prospects.events import NEVER
from hub.prospects.geography import NEARNESS
from hub.prospects.policy import DAY, HOUR, load, start_policy
from hub.prospects.settle import ALWAYS, Reign
from tests.prospects.people import at, changed, event, hold, owner, settled

MARCH = "2026-03-01"
RIVALS = [event("A", "lead", MARCH), event("B", "lead", "2026-03-01 12:00")]
PROVEN = [*RIVALS, event("B", "contact", "2026-03-01 15:00"), event("A", "contact", "2026-03-02 09:00")]
NEAR = pl.DataFrame([(1, "A", False, 12.0), (1, "B", False, 7.5)], NEARNESS, orient="row")
INSIDE = pl.DataFrame([(1, "A", True, 99.0), (1, "B", False, 7.5)], NEARNESS, orient="row")

CASES: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]], pl.DataFrame | None, tuple[str | None, str | None]]] = [
    ("one claim", RIVALS[:1], [], None, ("A", "only_claim")),
    ("two provisional claims, nothing else", RIVALS, [], None, (None, None)),
    ("the nearer", RIVALS, [], NEAR, ("B", "territory")),
    ("its territory", RIVALS, [], INSIDE, ("A", "territory")),
    ("contact proven first", PROVEN, [], NEAR, ("B", "protected_claim")),
    ("allocated", RIVALS, [hold("allocation", "C", "2026-02-20")], NEAR, ("C", "allocation")),
    ("sold last",
     RIVALS, [hold("last_seller", "D", "2022-02-20"), hold("last_seller", "C", "2024-02-20")], NEAR, ("C", "last_seller")),
    ("sold too long ago", RIVALS, [hold("last_seller", "C", "2020-02-20")], NEAR, ("B", "territory")),
    ("protected before sold last", PROVEN, [hold("last_seller", "C", "2024-02-20")], None, ("B", "protected_claim")),
    ("open contract", PROVEN, [hold("open_contract", "C", "2026-02-20")], None, ("C", "open_contract")),
    ("contract delivered", PROVEN, [hold("open_contract", "C", "2026-02-20", "2026-03-01")], None, ("B", "protected_claim")),
    ("ruled", PROVEN, [hold("open_contract", "C", "2026-02-20"), hold("ruling", "A", "2026-03-01")], None, ("A", "ruling")),
    ("the later ruling", PROVEN, [hold("ruling", "A", "2026-03-01"), hold("ruling", "B", "2026-03-02")], None, ("B", "ruling")),
    ("the customer's choice",
     PROVEN, [hold("ruling", "A", MARCH), hold("customer_choice", "C", MARCH)], None, ("C", "customer_choice")),
    ("a choice of every brand",
     PROVEN, [hold("customer_choice", "C", MARCH, brand=None, purpose=None)], None, ("C", "customer_choice")),
    ("a choice taken back",
     PROVEN, [hold("customer_choice", "C", MARCH), hold("customer_choice", None, "2026-03-02")], None, ("B", "protected_claim")),
    ("objection",
     PROVEN, [hold("legal_stop", None, MARCH, brand=None, purpose=None), hold("customer_choice", "C", MARCH)], None, (None,
     None)),
    ("objection taken back",
     PROVEN, [hold("legal_stop", None, MARCH, "2026-03-02", brand=None, purpose=None)], None, ("B", "protected_claim")),
    ("objection to one dealer",
     PROVEN, [hold("legal_stop", "B", MARCH, brand=None, purpose=None)], None, ("A", "protected_claim")),
]  # fmt: skip


@pytest.mark.parametrize(("told", "held", "near", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_first_rule_that_names_a_dealer_decides(
    told: list[dict[str, Any]],
    held: list[dict[str, Any]],
    near: pl.DataFrame | None,
    wanted: tuple[str | None, str | None],
) -> None:
    found = settled(told, held) if near is None else settled(told, held, nearness=near)
    assert owner(found, "2026-03-03") == wanted
    if len(told) > 1:
        assert found.conflicts["dealers"].to_list() == [["A", "B"]] or "B" in str(held)


def test_a_decision_says_what_each_rule_said_and_upon_which_facts() -> None:
    found = settled(PROVEN)
    decision = found.decisions.filter(pl.col("valid_from") <= at("2026-03-03")).sort("valid_from").row(-1, named=True)
    assert (decision["dealer"], decision["rule"], decision["policy"]) == ("B", "protected_claim", "start-1")
    trace = json.loads(decision["trace"])
    assert [step["rule"] for step in trace] == list(start_policy().terms.rules[:5])
    assert trace[-1]["says"] == decision["reason"]
    states = {fact["dealer"]: fact["state"] for fact in json.loads(decision["facts"])}
    assert states == {"A": "provisional", "B": "protected"}  # when the span began
    assert "A" not in decision["reason"].split()


def test_the_past_is_judged_by_the_policy_then_in_force() -> None:
    change = at("2026-03-10")
    reigns = [Reign(start_policy(), ALWAYS, change), Reign(changed(silence=5 * DAY), change, NEVER)]
    told = [event("A", "contact", MARCH)]
    found = settled(told, reigns=reigns)
    assert owner(found, "2026-03-09 23:59") == ("A", "protected_claim")
    assert owner(found, "2026-03-10") == (None, None)
    assert found.ownership["policy"].to_list() == ["start-1"]


def test_brands_and_purposes_may_have_terms_of_their_own() -> None:
    policy = load("version: v\nfor:\n- {brand: Mazda, purpose: new, claims: {provisional: 24h}}\n")
    told = [event("A", "lead", MARCH), event("A", "lead", MARCH, brand="geely", source="g")]
    found = settled(told, reigns=[Reign(policy)])
    assert dict(found.claims.select("brand", pl.col("until") - pl.col("opened")).rows()) == {
        "mazda": DAY,
        "geely": 3 * DAY,
    }


def test_two_in_the_same_second_have_one_owner_whoever_is_read_first() -> None:
    contact = [
        event(dealer, "contact", "2026-03-01 10:00", source=source) for dealer, source in (("A", "f"), ("B", "3"))
    ]
    late = [row | {"stated": at("2026-01-20"), "seen": at("2026-03-01 02:00") + n} for n, row in enumerate(contact)]
    for told in (contact, contact[::-1]):
        assert owner(settled(told), "2026-03-02") == ("B", "protected_claim")
    swapped = [late[0] | {"seen": late[1]["seen"]}, late[1] | {"seen": late[0]["seen"]}]
    assert not len(settled(late).claims)  # too old when seen
    fresh = [row | {"stated": None} for row in late], [row | {"stated": None} for row in swapped]
    assert {owner(settled(told), "2026-03-02") for told in fresh} == {("B", "protected_claim")}


some_events = st.lists(
    st.builds(
        lambda dealer, kind, hour, n: event(dealer, kind, at(MARCH) + hour * HOUR, source=f"{n}"),
        st.sampled_from("ABC"), st.sampled_from(["lead", "contact", "milestone", "lost", "won"]),
        st.integers(0, 24 * 60), st.integers(0, 10**6),
    ),
    min_size=1, max_size=14, unique_by=lambda row: row["source"],
)  # fmt: skip
some_holds = st.lists(
    st.builds(
        lambda rule, dealer, day, n: hold(rule, dealer, f"2026-03-{day:02}", source=f"h{n}"),
        st.sampled_from(["customer_choice", "ruling", "open_contract", "last_seller", "allocation"]), st.sampled_from("ABCD"),
        st.integers(1, 31), st.integers(0, 10**6),
    ),
    max_size=4, unique_by=lambda row: row["source"],
)  # fmt: skip


@given(some_events, some_holds, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_order_of_arrival_does_not_matter(told: list[dict[str, Any]], held: list[dict[str, Any]], random: Any) -> None:
    found = settled(told, held)
    shuffled, others = list(told), list(held)
    random.shuffle(shuffled)
    random.shuffle(others)
    again = settled(shuffled, others)
    for name in ("ownership", "conflicts", "decisions", "claims"):
        assert getattr(found, name).equals(getattr(again, name)), name
    spans = found.ownership.sort("valid_from")
    assert (spans["valid_from"][1:] >= spans["valid_until"][:-1]).all()
    assert (spans["valid_from"] < spans["valid_until"]).all()
