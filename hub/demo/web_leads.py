"""Leads of the importer's own web site, on the morning after the demo's second night: people of the base, and strangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.demo.dealers import BRANDS
from hub.flows.meet_lead import Submission
from hub.flows.route_lead import route_lead
from hub.store.engine import Database
from hub.store.lead_lists import some_people

MORNING = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # 10:00 in Moscow, a Saturday
STRANGER = 10  # every so manieth is nobody whom the base knows
_INTERESTS = ("buy", "test_drive", "lease", "service")


@dataclass(frozen=True)
class WebLeads:
    """What became of them: leads in all, recognised people, leads by rule, and how many dealers got one."""

    leads: int
    recognised: int
    rules: Mapping[str, int]
    dealers: int


def send_web_leads(db: Database, count: int) -> WebLeads:
    """Send leads to the hub; sent again, they have no further effect."""
    with db.worker() as conn:
        people = some_people(conn, count)
    routed = [
        route_lead(
            db,
            Submission(
                columns=_lead(number, person),
                author="demo",
                at=MORNING + timedelta(minutes=number),
                body_sha256=str(number),
                key=f"demo-{number}",
            ),
        )
        for number, person in enumerate(people)
    ]
    return WebLeads(
        leads=len({found.lead_id for found in routed}),
        recognised=sum(found.person["decision"] == "match" for found in routed),
        rules=Counter(found.rule for found in routed),
        dealers=len({found.dealer for found in routed} - {None}),
    )


def _lead(number: int, person: Mapping[str, str | None]) -> dict[str, str | None]:
    stranger = number % STRANGER == STRANGER - 1
    who = {"full_name": f"Незнакомцев {'АБВГДЕЖЗИК'[number // STRANGER % 10]}.", "phones": f"8 999 {number:03}-00-11"}
    return {
        **(who if stranger else person),
        "city": person.get("city"),
        "brand": BRANDS[number % len(BRANDS)],
        "interest": _INTERESTS[number % len(_INTERESTS)],
        "channel": "web",
        "provider": "importer's site",
    }
