"""Who waits together is answered together, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from api.lead_desk import LeadDesk
from api.matcher import Matcher
from api.together import Together
from hub.flows.meet_lead import Submission
from hub.store.engine import Database
from tests.flows.routing_world import FRIDAY


class Halves(Together[int, float]):
    """Halves numbers; at 13 it breaks."""

    def answer(self, asked: Sequence[int]) -> list[float | None]:
        if 13 in asked:
            raise RuntimeError("thirteen")
        return [each / 2 for each in asked]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def halves() -> Iterator[Halves]:
    made = Halves("halves", 8)
    made.start()
    yield made
    made.stop()
    assert made.closed


def test_a_fault_is_an_answer_and_the_next_are_served(halves: Halves) -> None:
    async def asking() -> list[float | None]:
        broken = await asyncio.wait_for(halves.wait_for(13), 60)
        later = await asyncio.wait_for(asyncio.gather(*(halves.wait_for(n) for n in range(20) if n != 13)), 60)
        return [broken, *later]

    assert asyncio.run(asking()) == [None, *(n / 2 for n in range(20) if n != 13)]


@pytest.fixture
def nowhere() -> Database:
    """A database that nobody serves."""
    return Database(*["postgresql+psycopg://nobody@/none?host=/nonexistent"] * 3)


def test_without_a_database_leads_and_enquiries_are_told_so(nowhere: Database) -> None:
    async def asking() -> list[object]:
        desk, matcher = LeadDesk(nowhere), Matcher(nowhere)
        desk.start()
        token, found = "dh_key1_secret", []
        for _ in range(2):
            lead = Submission({"full_name": "Иванова Юлия"}, "", FRIDAY, "0")
            found.append(await asyncio.wait_for(desk.send(token, lead), 60))
            found.append(await asyncio.wait_for(matcher.ask(token, {"full_name": "Иванова Юлия"}, 5), 60))
        desk.stop()
        matcher.close()
        return found

    assert asyncio.run(asking()) == [None] * 4
