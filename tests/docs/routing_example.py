"""The worked example of docs/routing.md, to be computed again by its test."""

from __future__ import annotations

from datetime import datetime

from hub.routing.decide import Decision, decide
from hub.routing.filters import Hindrances
from hub.routing.network import DealerFacts, network
from hub.routing.policy import load_policy, start_text
from hub.routing.standing import standing
from hub.routing.wish import Wish

POLICY = load_policy(start_text())
HOURS = "Mo-Fr 09:00-20:00; Sa 10:00-18:00"
DEALERS = [
    DealerFacts(
        "Sever", ("Lada",), latitude=55.88, longitude=37.55, opening_hours=HOURS, capacity=20, target_share=0.5
    ),
    DealerFacts(
        "Centr", ("Lada",), latitude=55.76, longitude=37.62, opening_hours=HOURS, capacity=20, target_share=0.25
    ),
    DealerFacts("Yug", ("Lada",), latitude=55.62, longitude=37.61, opening_hours=HOURS, capacity=20, target_share=0.25),
    DealerFacts("Zapad", ("Mazda",), latitude=55.74, longitude=37.40, opening_hours=HOURS),
    DealerFacts("Tver", ("Lada",), latitude=56.86, longitude=35.90, opening_hours="Tu 10:00-12:00"),
]
RECORD = {"Sever": (80, 74), "Centr": (90, 84), "Yug": (60, 30)}
NETWORK = network(DEALERS, POLICY.filters.hours_unknown)
AT = datetime.fromisoformat("2026-11-20T19:30:00+03:00")  # a Friday


def decided(number: int, balance: dict[str, int], owner: str | None = None) -> Decision:
    """The decision about the lead of somebody near the Belorussky station, who wants a new Lada."""
    wish = Wish(f"lead {number}", AT, "lada", "new", latitude=55.82, longitude=37.58, owner=owner)
    facts = standing(NETWORK, {"Sever": 4, "Centr": 3, "Yug": 2}, RECORD)
    return decide(wish, NETWORK, facts, Hindrances(), POLICY, balance)
