"""docs/contact.md: its tables are those of the policy and the code, and its worked example is replayed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from hub.contact.permission import REASONS
from hub.contact.policy import start_policy
from hub.flows.permit import Request, permit
from hub.flows.record_consent import Recorder, Said, record_consent
from hub.flows.reserve import confirm, reserve
from hub.store.contact_parties import Reference
from hub.store.engine import Database
from tests.contact_world import World
from tests.docs.pages import codes, page, table

PAGE = page("contact.md")
MOSCOW = ZoneInfo("Europe/Moscow")


def words(items: Any) -> str:
    return ", ".join(items)


def test_the_purposes_are_those_of_the_policy() -> None:
    told = [[cell.strip("`") for cell in row] for row in table(PAGE, "purpose")]
    assert told == [
        [name, rules.consent or "", words(rules.stops), rules.ownership or "", words(rules.quiet)]
        for name, rules in start_policy().purposes.items()
    ]


def test_the_caps_are_those_of_the_policy() -> None:
    told = [[cell.strip("`") for cell in row] for row in table(PAGE, "cap")]
    assert told == [
        [cap.name, str(cap.most), f"{cap.days:g}", cap.per, words(cap.purposes), words(cap.channels) or "all"]
        for cap in start_policy().caps
    ]


def test_the_reasons_are_those_of_the_code() -> None:
    assert {codes(row[0])[0]: row[1] for row in table(PAGE, "code")} == REASONS


def moment(when: str) -> datetime:
    """``16th, 10:00`` of November 2026, in Moscow."""
    day, clock = when.split(", ")
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, int(day[:2]), hour, minute, tzinfo=MOSCOW)


class Story:
    """Anna at two dealers, and what is done with her; each step gives whether it was granted, and the codes."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.held: UUID | None = None
        with db.worker() as conn:
            world = World(conn)
            self.north = world.customer("North", "1")
            self.south = world.customer("South", "7", golden=self.north)

    def ask(self, who: str, purpose: str, channel: str, now: datetime, guarded: bool = True) -> tuple[bool, list[str]]:
        with self.db.worker() as conn:
            verdict = permit(conn, self._request(who, purpose, channel, guarded), now).answers[0].verdict
        shown = [reason.code for reason in verdict.reasons if reason.forbids or verdict.permitted]
        if (who, purpose, now.hour) == ("South", "test_drive", 18) and guarded:
            assert verdict.next_possible_at == moment("30th, 11:00")
        return verdict.permitted, shown

    def reserve(self, now: datetime) -> tuple[bool, list[str]]:
        answer, _ = reserve(self.db, self._request("North", "test_drive", "phone", True), 30, "test", lambda: now)
        result = answer["results"][0]
        self.held = UUID(result["reservation"]["id"])
        return result["permitted"], [reason["code"] for reason in result["reasons"]]

    def confirm(self, now: datetime) -> tuple[bool, list[str]]:
        assert self.held
        confirm(self.db, self.held, "North", True, "test", lambda: now)
        return True, []

    def withdraw(self, now: datetime) -> tuple[bool, list[str]]:
        said = Said(Reference(dealer="South", record_no="7"), "marketing", "any", "withdrawn", "dealer", "South")
        record_consent(self.db, said, Recorder("South", "test"), now)
        return True, []

    def part(self, now: datetime) -> tuple[bool, list[str]]:
        with self.db.worker() as conn:
            World(conn).move(self.south, self.south)
        return self.ask("North", "marketing", "email", now)

    def _request(self, who: str, purpose: str, channel: str, guarded: bool) -> Request:
        number = {"North": "1", "South": "7"}[who]
        return Request(purpose, channel, [Reference(dealer=who, record_no=number)], who, guarded)


def test_the_worked_example_is_what_the_hub_says(db: Database) -> None:
    story = Story(db)
    steps: list[Callable[[datetime], tuple[bool, list[str]]]] = [
        lambda now: story.ask("North", "marketing", "phone", now),
        story.reserve,
        lambda now: story.ask("South", "test_drive", "email", now),
        story.confirm,
        lambda now: story.ask("South", "test_drive", "email", now),
        lambda now: story.ask("South", "test_drive", "email", now, guarded=False),
        lambda now: story.ask("South", "survey", "phone", now),
        story.withdraw,
        lambda now: story.ask("North", "marketing", "email", now),
        lambda now: story.ask("South", "marketing", "email", now),
        lambda now: story.ask("North", "recall", "email", now),
        story.part,
    ]
    rows = table(PAGE, "when")
    for row, step in zip(rows, steps, strict=True):
        assert step(moment(row[0])) == (row[3].startswith("yes"), codes(row[3])), row


@pytest.mark.parametrize("text", ["15 minutes", "up to a day", "up to 6"])
def test_numbers_in_the_prose(text: str) -> None:
    policy = start_policy()
    assert timedelta(minutes=policy.reservation.minutes_most) == timedelta(days=1)
    assert (policy.reservation.minutes, policy.priority.dealers_most) == (15, 6)
    assert text in " ".join(PAGE.split())
