"""Files that wait for a person, and rows and values that the gate sets aside: the flow from file to ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest

from expectations.gate import ExpectationsGate
from hub.flows.release import release
from tests.flows.inbox import DAY, Hub, csv_text, person

NAMES = ["Иванов", "Смирнов", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов", "Волков"]
FIRST = ["Пётр", "Анна", "Олег", "Юлия", "Игорь", "Ольга"]


def people(count: int = 60) -> list[dict[str, object]]:
    return [
        person(
            str(number),
            NAMES[number % 10],
            FIRST[number % 6],
            phones=f"+7 916 {number + 100} 22-33",
            emails=f"u{number}@mail.ru",
            city="Тверь",
            birth_date=f"19{60 + number % 40}-02-03",
        )
        for number in range(count)
    ]


def second_night(hub: Hub, rows: list[dict[str, object]] | str | bytes) -> tuple[object, ...]:
    """Load sixty people, then send these rows the next day; returns the second file's status and code."""
    hub.put("customers_2026-11-01.csv", people())
    hub.put("customers_2026-11-02.csv", rows)
    hub.night(DAY + timedelta(days=1))
    return hub.rows("SELECT status, code FROM upload ORDER BY day DESC LIMIT 1")[0]


def test_a_slip_in_the_year_of_a_file_s_name_freezes_nothing(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", people())
    hub.put("customers_2062-11-01.csv", people(61))
    changed = [{**row, "city": "Тула"} for row in people()]
    hub.night(DAY)
    [(status, code, reason)] = hub.rows("SELECT status, code, reason FROM upload WHERE file_name LIKE '%2062%'")
    assert (status, code) == ("held", "day")
    assert "13,149 days" in str(reason)
    hub.put("customers_2026-11-02.csv", changed)
    hub.night(DAY + timedelta(days=1))
    assert hub.rows("SELECT DISTINCT city FROM customers") == [("Тула",)]


def without(rows: list[dict[str, object]], column: str) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if name != column} for row in rows]


CASES = [
    ("5 % of the usual rows", lambda: people(3), ("held", "volume")),
    ("300 % of the usual rows", lambda: people(180), ("held", "volume")),
    ("a heading only", lambda: csv_text([], people(1)[0]), ("held", "volume")),
    ("zero bytes", lambda: b"", ("held", "volume")),
    ("cut within a row", lambda: csv_text(people())[:-30], ("held", "cut")),
    ("a sign-in page without a tag", lambda: b"session expired, sign in again\n", ("held", "schema")),
    (
        "dates in words",
        lambda: [{**row, "birth_date": f"day {i} of May"} for i, row in enumerate(people())],
        ("held", "schema"),
    ),
    (
        "letters lost",
        lambda: [{**row, "last_name": "??????", "city": "?????"} for row in people()],
        ("held", "letters"),
    ),
    ("column added", lambda: [{**row, "hobby": "chess"} for row in people()], ("accepted", None)),
    ("column dropped", lambda: without(people(), "phones"), ("held", "schema")),
    (
        "columns exchanged",
        lambda: [{**row, "phones": row["emails"], "emails": row["phones"]} for row in people()],
        ("held", "schema"),
    ),
    (
        "names exchanged",
        lambda: [{**row, "last_name": row["first_name"], "first_name": row["last_name"]} for row in people()],
        ("accepted", None),  # six given names are too few to tell
    ),
    ("column retyped", lambda: [{**row, "birth_date": "yes"} for row in people()], ("held", "schema")),
    (
        "letters of another encoding",
        lambda: csv_text(people()).encode().decode("cp1251", "replace"),
        ("held", "letters"),
    ),
    (
        "too many rows under one number",
        lambda: [*people(), *({**row, "city": "Омск"} for row in people()[:8])],
        ("held", "bad_rows"),
    ),
    ("a changed day", lambda: [{**row, "city": "Омск"} for row in people()], ("accepted", None)),
]


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_holds_a_file(hub: Hub, rows: object, expected: tuple[object, ...]) -> None:
    assert second_night(hub, rows()) == expected  # type: ignore[operator]
    assert hub.rows("SELECT count(*), count(ended_day) FROM customers") == [(60, 0)]
    assert hub.rows("SELECT count(*) FROM upload WHERE status = 'held' AND rows_loaded + rows_unchanged > 0") == [(0,)]
    assert hub.rows(
        "SELECT count(*) FROM upload WHERE rows_read <> rows_loaded + rows_quarantined + rows_unchanged"
    ) == [(0,)]


def test_an_empty_file_that_a_person_releases_ends_all(hub: Hub) -> None:
    second_night(hub, b"")
    [(upload_id,)] = hub.rows("SELECT upload_id FROM upload WHERE status = 'held'")
    release(hub.db, upload_id, "cli")
    assert hub.stage().by_status() == {"accepted": 1}
    assert hub.rows("SELECT count(*), count(ended_day) FROM customers") == [(60, 60)]
    hub.put("customers_2026-11-03.csv", people())
    assert hub.night(DAY + timedelta(days=2)).by_status() == {"accepted": 1}
    assert hub.rows("SELECT count(*), count(ended_day) FROM customers") == [(60, 0)]


def test_a_bad_value_is_set_aside_and_its_row_loads(hub: Hub) -> None:
    hub.gate = ExpectationsGate()
    rows = people(20)
    rows[3]["birth_date"] = "31.02.1980"
    rows[4]["birth_date"] = "1812-01-01"
    rows.append(person("", "Никто", "Имя"))
    hub.put("customers.csv", rows)
    found = hub.night().rows()
    assert (found["read"], found["loaded"], found["quarantined"], found["values_set_aside"]) == (21, 20, 1, 2)
    rejected = hub.rows("SELECT row_no, column_name, value, severity FROM reject WHERE severity <> 'warn' ORDER BY 1")
    assert rejected == [
        (5, "birth_date", "31.02.1980", "value"),
        (6, "birth_date", "1812-01-01", "value"),
        (22, "record_no", None, "row"),
    ]
    assert hub.rows("SELECT count(*) FROM customers WHERE birth_date IS NULL") == [(2,)]


def test_a_row_that_cannot_be_told_ends_nobody(hub: Hub) -> None:
    rows = [*people()[:55], person("", "Никто", "Имя")]
    assert second_night(hub, rows) == ("accepted", None)
    assert hub.rows("SELECT count(ended_day) FROM customers") == [(0,)]
    assert "no record was ended" in str(hub.rows("SELECT warnings FROM upload ORDER BY day DESC LIMIT 1"))
