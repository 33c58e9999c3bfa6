from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from hub.flows.gate import GateError, OpenGate
from hub.flows.stage import stage
from tests.flows.inbox import DAY, PEOPLE, Hub, person

NEXT = DAY + timedelta(days=1)


def test_first_load(hub: Hub) -> None:
    hub.put("customers.csv", PEOPLE)
    summary = hub.night()
    assert summary.by_status() == {"accepted": 1}
    assert summary.rows()["loaded"] == 5
    assert hub.rows("SELECT count(*), count(DISTINCT id) FROM customers") == [(5, 5)]
    assert hub.rows("SELECT last, first FROM party ORDER BY record_no")[0] == ("ivanov", "petr")
    assert hub.rows("SELECT count(*) FROM dirty") == [(5,)]


def test_the_same_inbox_again_is_known(hub: Hub) -> None:
    hub.put("customers.csv", PEOPLE)
    hub.night()
    found = hub.register(NEXT)
    assert (found.known, found.registered) == (1, [])
    assert hub.stage().verdicts == {}


def test_the_same_bytes_under_another_name_load_once(hub: Hub) -> None:
    hub.put("customers.csv", PEOPLE)
    hub.put("customers_copy.csv", PEOPLE)
    assert hub.night().by_status() == {"accepted": 1, "duplicate": 1}
    hub.put("customers_again.csv", PEOPLE)
    assert hub.night(NEXT).by_status() == {"duplicate": 1}
    assert hub.rows("SELECT count(*) FROM customers_history") == [(0,)]


def test_a_delta_costs_what_changed(hub: Hub) -> None:
    hub.put("customers.csv", PEOPLE)
    hub.night()
    hub.rows("DELETE FROM dirty RETURNING 1")
    changed = {**PEOPLE[1], "city": "Тверь"}
    hub.put("customers_delta.csv", [PEOPLE[0], changed, person("6", "Орлов", "Глеб")])
    summary = hub.night(NEXT)
    rows = summary.rows()
    assert (rows["read"], rows["loaded"], rows["unchanged"], rows["ended"]) == (3, 2, 1, 0)
    assert hub.rows("SELECT record_no FROM customers_history") == [("2",)]
    assert hub.rows("SELECT record_no FROM party WHERE rid IN (SELECT rid FROM dirty) ORDER BY 1") == [("2",), ("6",)]


def test_headings_that_read_as_patterns_are_headings(hub: Hub) -> None:
    people = [{**one, "*": "1", "^.*$": "2"} for one in PEOPLE]
    hub.put("customers_2026-11-01.csv", people)
    hub.put("customers_2026-11-02.csv", [{**people[0], "*": "other"}, *people[1:]])
    summary = hub.night()
    assert summary.by_status() == {"accepted": 2}, [verdict.reason for verdict in summary.verdicts.values()]
    assert (summary.rows()["loaded"], summary.rows()["unchanged"]) == (6, 4)


def test_absence_from_a_full_feed_ends_and_presence_revives(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", PEOPLE)
    hub.put("customers_2026-11-02.csv", PEOPLE[:4])
    hub.put("customers_2026-11-03.csv", [*PEOPLE[:3], PEOPLE[4]])
    summary = hub.night()
    assert summary.rows()["ended"] == 2
    ended = hub.rows("SELECT record_no, ended_day IS NOT NULL FROM customers ORDER BY 1")
    assert ended == [("1", False), ("2", False), ("3", False), ("4", True), ("5", False)]
    assert hub.rows("SELECT record_no, ended FROM party ORDER BY 1") == ended
    assert hub.rows("SELECT record_no FROM customers_history") == [("5",)]


def test_a_late_file_fills_history_and_overwrites_nothing(hub: Hub) -> None:
    new, old = {**PEOPLE[0], "city": "Тверь"}, {**PEOPLE[0], "city": "Клин"}
    hub.put("customers_2026-11-03.csv", [new, *PEOPLE[1:]])
    hub.night()
    ids = hub.rows("SELECT record_no, rid, id FROM customers ORDER BY 1")
    hub.put("customers_2026-11-01.csv", [old, *PEOPLE[1:]])
    summary = hub.night()
    assert summary.rewound == [("d1", "customers")]
    assert hub.rows("SELECT city FROM customers WHERE record_no = '1'") == [("Тверь",)]
    assert hub.rows("SELECT city FROM customers_history WHERE record_no = '1'") == [("Клин",)]
    assert hub.rows("SELECT record_no, rid, id FROM customers ORDER BY 1") == ids
    assert hub.rows("SELECT count(DISTINCT first_seen) FROM customers") == [(1,)]


def test_accounting_of_bad_and_repeated_rows(hub: Hub) -> None:
    people = PEOPLE * 4
    for number, row in enumerate(people):
        people[number] = {**row, "record_no": str(number)}
    people += [people[0], {**people[1], "city": "Омск"}]
    hub.put("customers.csv", people)
    rows = hub.night().rows()
    assert (rows["read"], rows["loaded"], rows["quarantined"], rows["unchanged"]) == (22, 19, 2, 1)
    assert hub.rows("SELECT row_no, rule FROM reject ORDER BY 1") == [
        (3, "record_no.repeated"),
        (23, "record_no.repeated"),
    ]


def test_a_cut_full_file_is_held(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", PEOPLE)
    hub.night()
    hub.put("customers_2026-11-02.csv", PEOPLE[:1])
    assert hub.night().by_status() == {"held": 1}
    assert hub.rows("SELECT count(*) FROM customers WHERE ended_day IS NOT NULL") == [(0,)]


def test_a_small_full_file_after_a_large_one_of_changes_is_held(hub: Hub) -> None:
    hub.put("customers_delta_2026-11-01.csv", PEOPLE)
    hub.put("customers_2026-11-02.csv", PEOPLE[:1])
    assert hub.night().by_status() == {"accepted": 1, "held": 1}
    assert hub.rows("SELECT count(*) FROM customers WHERE ended_day IS NOT NULL") == [(0,)]


def test_one_dealers_broken_file_stops_no_other(hub: Hub) -> None:
    hub.put("customers.csv", b"PK\x03\x04broken", dealer="d0")
    hub.put("customers.csv", PEOPLE, dealer="d1")
    hub.put("customers.csv", b"", dealer="d2")
    assert hub.night().by_status() == {"accepted": 1, "refused": 1, "held": 1}
    assert hub.rows("SELECT DISTINCT dealer FROM customers") == [("d1",)]


def test_a_long_file_of_rows_without_number_is_refused_in_few_words(hub: Hub) -> None:
    hub.put("customers.csv", b"a,b\n" + b"1,2\n" * 60_000, dealer="d0")
    hub.put("customers.csv", PEOPLE, dealer="d1")
    assert hub.night().by_status() == {"accepted": 1, "refused": 1}
    assert hub.rows("SELECT code, reason LIKE 'Most rows have no record_no%' FROM upload WHERE dealer = 'd0'") == [
        ("unreadable", True)
    ]
    assert hub.rows("SELECT count(*) FROM reject") == [(0,)]


def test_a_number_given_to_somebody_else_starts_an_identity(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", PEOPLE)
    hub.put("customers_2026-11-02.csv", [person("1", "Абрамова", "Ольга", phones="+7 916 999-88-77"), *PEOPLE[1:]])
    hub.night()
    found = hub.rows("SELECT incarnation, last_name, ended_day FROM customers WHERE record_no = '1' ORDER BY 1")
    assert found == [(0, "Иванов", NEXT), (1, "Абрамова", None)]
    assert hub.rows("SELECT count(DISTINCT id), count(DISTINCT rid) FROM customers WHERE record_no = '1'") == [(2, 2)]
    assert hub.rows("SELECT last, ended FROM party WHERE record_no = '1' ORDER BY first") == [
        ("abramova", False),
        ("ivanov", True),
    ]


def test_several_files_of_a_full_snapshot_count_together(hub: Hub) -> None:
    hub.put("customers_2026-11-01_part1.csv", PEOPLE[:3])
    hub.put("customers_2026-11-01_part2.csv", PEOPLE[3:])
    hub.put("customers_2026-11-02_part1.csv", PEOPLE[:3])
    hub.put("customers_2026-11-02_part2.csv", [{**PEOPLE[3], "city": "Тверь"}, PEOPLE[4]])
    assert hub.night().by_status() == {"accepted": 4}
    assert hub.rows("SELECT count(*) FROM customers WHERE ended_day IS NULL") == [(5,)]
    assert hub.rows("SELECT count(*) FROM customers_history") == [(1,)]


class Broken(OpenGate):
    """A gate that breaks on rows which hold a word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def check(self, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
        if frame["city"].str.contains(self.word).any():
            raise GateError("customers: rule x could not be run")
        return super().check(feed, frame)


def test_a_gate_that_breaks_on_one_dealers_file_leaves_that_dealer_out(hub: Hub) -> None:
    hub.put("customers.csv", [{**row, "city": "Омск"} for row in PEOPLE], dealer="d1")
    hub.put("customers.csv", [{**row, "city": "Тверь"} for row in PEOPLE], dealer="d2")
    hub.register()
    summary = stage(hub.db, hub.archive, Broken("Омск"))
    assert summary.by_status() == {"accepted": 1, "refused": 1}
    assert summary.failures == [("d1", "customers", "GateError")]


def test_a_gate_that_breaks_on_every_file_ends_the_run_and_refuses_nobody(hub: Hub) -> None:
    for dealer in ("d1", "d2"):
        hub.put("customers.csv", [{**row, "city": "Омск"} for row in PEOPLE], dealer=dealer)
    hub.register()
    with pytest.raises(GateError):
        stage(hub.db, hub.archive, Broken("Омск"))
    assert hub.rows("SELECT DISTINCT status FROM upload") == [("received",)]
    assert hub.stage().by_status() == {"accepted": 2}


def test_the_gate_is_told_the_dealers_country(hub: Hub) -> None:
    countries: list[object] = []

    class Asking(OpenGate):
        def check(self, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
            countries.extend(frame["_country"].unique())
            return super().check(feed, frame)

    hub.put("customers.csv", PEOPLE)
    hub.register()
    hub.rows("UPDATE dealer SET country = 'kz' RETURNING code")
    stage(hub.db, hub.archive, Asking())
    assert countries == ["kz"]
