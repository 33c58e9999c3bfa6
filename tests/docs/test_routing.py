"""docs/routing.md: its tables are those of the code, its numbers those of the policy, its example is computed again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hub.routing.clock import STATES, terms
from hub.routing.decide import RULES
from hub.routing.filters import REASONS
from hub.routing.policy import load_policy, start_text
from hub.routing.ranking import PARTS
from tests.docs.pages import codes, page, section, table
from tests.docs.routing_example import AT, NETWORK, decided

PAGE = page("routing.md")
POLICY = load_policy(start_text())


def names(heading: str, column: str) -> list[str]:
    return [codes(row[0])[0] for row in table(section(PAGE, heading), column)]


def test_reasons_parts_and_rules_are_those_of_the_code() -> None:
    assert names("Who cannot have it", "reason") == list(REASONS)
    assert names("Who suits best", "part") == list(PARTS)
    assert names("Whose turn it is", "rule") == list(RULES)


def test_weights_are_those_of_the_policy_that_ships() -> None:
    told = {codes(row[0])[0]: float(row[1]) for row in table(section(PAGE, "Who suits best"), "part")}
    assert told == POLICY.weights.model_dump()


def test_numbers_are_those_of_the_policy_that_ships() -> None:
    text = " ".join(PAGE.split())
    clock, service = POLICY.clock, POLICY.for_lead("", "service").clock
    for words in (
        f"within {POLICY.same_lead_days} days",
        f"within {POLICY.filters.opens_within_hours:.0f} hours",
        f"more than {POLICY.filters.at_most_km:,.0f} km",
        f"a half at {POLICY.half_km:.0f} km",
        f"last {POLICY.response.days} days",
        f"drawn towards {POLICY.response.prior_on_time}",
        f"farther than {POLICY.near_equal} below",
        f"{clock.accept_minutes} minutes to take a lead, {clock.contact_minutes} to contact",
        f"for service {service.accept_minutes} and {service.contact_minutes}",
        f"`{POLICY.filters.hours_unknown}`",
    ):
        assert words in text, words
    assert (clock.warn_at, clock.offers, POLICY.lost.challenge_share) == (0.75, 3, 0.1)
    assert POLICY.push.retry_minutes == (1, 5, 30, 120, 480, 1440)


def test_every_event_is_told() -> None:
    kinds = set(names("The clock", "what happens"))
    assert {"offered", "accepted", "contacted", "won", "lost"} < kinds
    assert set(STATES) - {"head_office"} <= kinds


def test_the_example_is_what_the_rules_say() -> None:
    text = section(PAGE, "An example")
    found = decided(1, {})
    expected = []
    for each in found.candidates:
        if each.reason:
            expected.append([each.dealer, "", "", "", "", "", f"`{each.reason}`"])
        else:
            numbers = (each.km, *(each.parts[name] for name in ("distance", "response", "load")), each.score)
            expected.append([each.dealer, *map(str, numbers), "near-equal" if each.near else ""])
    assert [list(row) for row in table(text, "dealer")] == expected
    balance: dict[str, int] = {}
    turns = []
    for number in range(1, 5):
        turn = decided(number, balance)
        before, after = (", ".join(map(str, c.values())) for c in (turn.credits_before, turn.credits_after))
        turns.append([str(number), before, turn.dealer, after])
        balance.update(turn.credits_after)
    assert [list(row) for row in table(text, "lead")] == turns
    assert decided(5, balance, owner="Yug").rule == "owner"


def test_the_terms_of_the_example() -> None:
    found = terms(NETWORK.calendar_of("Sever"), AT, POLICY.clock)
    local = {
        name: f"{getattr(found, name).astimezone(ZoneInfo('Europe/Moscow')):%A %H:%M}"
        for name in found.__dataclass_fields__
    }
    assert local == {
        "accept_by": "Saturday 10:30",
        "contact_by": "Saturday 13:30",
        "warn_accept_at": "Saturday 10:15",
        "warn_contact_at": "Saturday 12:30",
    }
