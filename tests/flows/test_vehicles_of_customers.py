from __future__ import annotations

import random
from datetime import date, timedelta

from hub.store import matching as store
from tests.flows.inbox import DAY, NOON, PEOPLE, Hub, Sent

VIN, OTHER = "XTA210990Y2766581", "XW8ZZZ61ZDG001234"


def vehicle(number: str, customer: str, **more: object) -> dict[str, object]:
    return {"record_no": number, "vin": VIN, "customer_no": customer, "role": "owner", **more}


FILES = [
    Sent("c0", DAY, tuple(PEOPLE), NOON),
    Sent("v0", DAY, (vehicle("V1", "1", since="2020-01-02"), vehicle("V2", "9")), NOON, feed="vehicles"),
    Sent(
        "s0",
        DAY,
        ({"record_no": "S1", "customer_no": "2", "vin": OTHER, "status": "delivered", "delivered_at": "2026-10-01"},),
        NOON,
        feed="sales",
    ),
    Sent("v1", DAY + timedelta(days=1), (vehicle("V1", "2", since="2026-11-02"),), NOON, True, "vehicles"),
    Sent(
        "w0",
        DAY,
        ({"record_no": "W1", "customer_no": "3", "vin": VIN.lower(), "opened_at": "2026-10-05"},),
        NOON,
        feed="service_visits",
    ),
    Sent("c1", DAY + timedelta(days=2), ({**PEOPLE[0], "record_no": "9"},), NOON, True),
]


def vehicles(hub: Hub) -> list[tuple[object, ...]]:
    return hub.rows(
        "SELECT p.record_no, v.vin, v.role, v.since FROM party_vehicle v JOIN party p USING (rid) ORDER BY 1, 2, 3"
    )


def test_vehicles_follow_the_feeds(hub: Hub) -> None:
    for file in FILES[:3]:
        hub.arrive(file)
    hub.stage()
    assert [(no, vin) for no, vin, *_ in vehicles(hub)] == [("1", VIN), ("2", OTHER)]
    hub.rows("DELETE FROM dirty RETURNING 1")
    hub.arrive(FILES[3])
    hub.stage()
    assert [(no, vin) for no, vin, *_ in vehicles(hub)] == [("2", VIN), ("2", OTHER)]
    dirty = hub.rows("SELECT record_no FROM party JOIN dirty USING (rid) ORDER BY 1")
    assert dirty == [("1",), ("2",)]
    hub.arrive(FILES[4])
    hub.stage()
    assert ("3", VIN) in [(no, vin) for no, vin, *_ in vehicles(hub)]


def test_the_order_of_feeds_means_nothing(hub: Hub) -> None:
    for file in FILES:
        hub.arrive(file)
    hub.stage()
    expected = vehicles(hub)
    assert {no for no, *_ in expected} == {"2", "3", "9"}
    chance = random.Random(3)
    for _ in range(4):
        hub.forget()
        for file in chance.sample(FILES, len(FILES)):
            hub.arrive(file)
            hub.stage()
        assert vehicles(hub) == expected


def test_a_car_sold_and_traded_in_later_has_both_dates(hub: Hub) -> None:
    sale = {"customer_no": "2", "status": "delivered"}
    bought = {**sale, "record_no": "S1", "vin": OTHER, "delivered_at": "2026-10-01T12:00"}
    hub.arrive(FILES[0])
    hub.arrive(Sent("s0", DAY, (bought,), NOON, feed="sales"))
    hub.stage()
    assert periods(hub) == [(OTHER, date(2026, 10, 1), None)]
    hub.rows("DELETE FROM dirty RETURNING 1")
    next_one = {**sale, "record_no": "S2", "vin": VIN, "trade_in_vin": OTHER, "delivered_at": "2026-11-02T12:00"}
    hub.arrive(Sent("s1", DAY + timedelta(days=1), (next_one,), NOON, True, "sales"))
    hub.stage()
    assert periods(hub) == [(VIN, date(2026, 11, 2), None), (OTHER, date(2026, 10, 1), date(2026, 11, 2))]
    # the change of a date alone is enough to match the record again
    assert hub.rows("SELECT record_no FROM party JOIN dirty USING (rid)") == [("2",)]


def periods(hub: Hub) -> list[tuple[object, ...]]:
    return hub.rows("SELECT vin, since, until FROM party_vehicle ORDER BY vin")


def test_matching_reads_roles_and_dates_as_holdings(hub: Hub) -> None:
    for file in FILES[:5]:
        hub.arrive(file)
    hub.stage()
    with hub.db.worker() as conn:
        frame = store.matching_parties(conn)
        few = store.few_matching_rows(conn, frame["rid"].to_list())
    dated = hub.rows("SELECT vin, role, since - DATE '1970-01-01', until - DATE '1970-01-01' FROM party_vehicle")
    day = {(vin, role): (since, until) for vin, role, since, until in dated}
    for read in (frame.to_dicts(), few):
        told = {row["account"]: sorted(row["holdings"] or []) for row in read}
        assert told["1"] == []
        assert told["2"] == [f"{VIN}/owner/{day[VIN, 'owner'][0]}/", f"{OTHER}/owner/{day[OTHER, 'owner'][0]}/"]
        assert told["3"] == ["/".join(map(str, (VIN, "", *day[VIN, "contact"])))]
