from __future__ import annotations

from datetime import timedelta

import pytest

from hub.errors import Invalid
from hub.flows.rekey import KeyChange, rekey
from tests.flows.inbox import DAY, NOON, PEOPLE, Hub, Sent, person

NEXT = DAY + timedelta(days=1)
PAIRS = tuple((str(number), f"A{number}") for number in range(1, 6))
NEW = tuple({**row, "record_no": f"A{row['record_no']}"} for row in PEOPLE)


def change(day_offset: int = 1, pairs: tuple[tuple[str, str], ...] = PAIRS, feed: str = "customers") -> KeyChange:
    return KeyChange("d1", feed, DAY + timedelta(days=day_offset), pairs, "cli")


def identities(hub: Hub) -> list[tuple[object, ...]]:
    return hub.rows("SELECT last_name, id, rid FROM customers WHERE ended_day IS NULL ORDER BY last_name")


def test_identities_are_carried_over(hub: Hub) -> None:
    hub.arrive(Sent("old", DAY, tuple(PEOPLE), NOON))
    hub.stage()
    before = identities(hub)
    rekey(hub.db, hub.archive, hub.gate, change())
    hub.arrive(Sent("new", NEXT, NEW, NOON + timedelta(days=1)))
    hub.stage()
    assert identities(hub) == before
    assert hub.rows("SELECT record_no, account FROM party WHERE NOT ended ORDER BY 1")[0] == ("A1", "A1")
    assert hub.rows("SELECT count(*) FROM customers") == [(5,)]


def test_an_old_number_may_be_given_to_somebody_else(hub: Hub) -> None:
    hub.arrive(Sent("old", DAY, tuple(PEOPLE), NOON))
    hub.stage()
    rekey(hub.db, hub.archive, hub.gate, change())
    stranger = person("1", "Абрамова", "Ольга", phones="+7 916 999-88-77")
    hub.arrive(Sent("new", NEXT, (*NEW, stranger), NOON + timedelta(days=1)))
    hub.stage()
    assert hub.rows("SELECT count(*), count(DISTINCT id) FROM customers WHERE ended_day IS NULL") == [(6, 6)]
    assert hub.rows("SELECT record_no, incarnation FROM customers WHERE last_name = 'Абрамова'") == [("1", 1)]


def test_numbers_may_swap(hub: Hub) -> None:
    hub.arrive(Sent("old", DAY, tuple(PEOPLE), NOON))
    hub.stage()
    before = identities(hub)
    rekey(hub.db, hub.archive, hub.gate, change(pairs=(("1", "2"), ("2", "1"))))
    swapped = ({**PEOPLE[0], "record_no": "2"}, {**PEOPLE[1], "record_no": "1"}, *PEOPLE[2:])
    hub.arrive(Sent("new", NEXT, swapped, NOON + timedelta(days=1)))
    hub.stage()
    assert identities(hub) == before


@pytest.mark.parametrize("order", ["change first", "change last", "late file"])
def test_the_order_of_arrival_means_nothing(hub: Hub, order: str) -> None:
    files = [
        Sent("f0", DAY, tuple(PEOPLE), NOON),
        Sent("f1", NEXT, tuple({**row, "city": "Тверь"} for row in NEW), NOON + timedelta(days=1)),
        Sent("f2", DAY + timedelta(days=2), NEW, NOON + timedelta(days=2)),
    ]

    def state() -> dict[str, list[tuple[object, ...]]]:
        return hub.state()

    hub.arrive(files[0])
    hub.stage()
    rekey(hub.db, hub.archive, hub.gate, change())
    for file in files[1:]:
        hub.arrive(file)
        hub.stage()
    expected = state()
    hub.forget()
    steps = {
        "change first": ["k", 0, 1, 2],
        "change last": [0, 1, 2, "k"],
        "late file": [1, "k", 2, 0],
    }[order]
    hub.rows("INSERT INTO dealer (code) VALUES ('d1') RETURNING 1")
    for step in steps:
        if step == "k":
            rekey(hub.db, hub.archive, hub.gate, change())
        else:
            hub.arrive(files[int(step)])
            hub.stage()
    assert state() == expected


def test_bad_tables_are_refused(hub: Hub) -> None:
    hub.arrive(Sent("old", DAY, tuple(PEOPLE), NOON))
    for pairs in ((("1", "A"), ("1", "B")), (("1", "A"), ("2", "A")), (("1", " "),)):
        with pytest.raises(Invalid):
            rekey(hub.db, hub.archive, hub.gate, change(pairs=pairs))
    with pytest.raises(Invalid):
        rekey(hub.db, hub.archive, hub.gate, change(feed="stock"))


def test_leads_follow_their_customer(hub: Hub) -> None:
    hub.arrive(Sent("old", DAY, tuple(PEOPLE), NOON))
    lead = {"record_no": "L1", "customer_no": "1", "last_name": "Иванов"}
    hub.arrive(Sent("leads", DAY, (lead,), NOON, feed="leads"))
    hub.stage()
    rekey(hub.db, hub.archive, hub.gate, change())
    assert hub.rows("SELECT account FROM party WHERE feed = 'leads'") == [("A1",)]
