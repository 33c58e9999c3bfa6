"""Fairness: turns got and due add up, and what nobody got is told."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from hub.flows.answer_lead import Answer, answer_lead
from hub.flows.measure_fairness import measure_fairness
from hub.flows.run_clock import run_clock
from hub.routing.fairness import fairness_chart, totals
from hub.store.engine import Database
from tests.flows.routing_world import add_dealers, after, id_of, send


def test_turns_distance_response_and_the_unrouted(db: Database) -> None:
    add_dealers(db, "A", share=0.75)
    add_dealers(db, "B", share=0.25)
    leads = [send(db, number) for number in range(8)]
    for lead in leads[:4]:
        answer_lead(db, Answer(id_of(lead), lead.dealer or "", "contacted", "api:test", after(30)))
    send(db, 50, brand="Unknown")
    run_clock(db, after(60))
    found = measure_fairness(db, after(-10_000), after(10_000))
    assert totals(found.rows) == {"A": (6, 6.0), "B": (2, 2.0)}
    by_dealer = {row.dealer: row for row in found.rows}
    assert by_dealer["A"].median_response_minutes == 30.0
    assert sum(row.contacted for row in found.rows) == 4
    assert sum(row.expired for row in found.rows) == 4
    assert [(row["why"], row["leads"]) for row in found.unrouted] == [("nobody", 1)]
    assert str(by_dealer["A"].week) == "2026-11-16"


def test_the_chart_is_svg_whatever_the_codes(db: Database) -> None:
    assert fromstring(fairness_chart([])).tag.endswith("svg")
    add_dealers(db, "A<&>", "B")
    send(db)
    found = measure_fairness(db, after(-10), after(10))
    assert "A<&>" in "".join(fromstring(fairness_chart(found.rows)).itertext())
