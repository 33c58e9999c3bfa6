"""People at two dealers whom no machine can tell apart: same name, same city, another phone."""

from __future__ import annotations

from tests.api.serving import Served, process

FIRST = ("Иван", "Александр", "Дмитрий", "Сергей", "Андрей")
LAST = ("Кузнецов", "Попов", "Смирнов", "Васильев", "Соколов", "Михайлов")
HEADING = "record_no,full_name,phones,birth_date,city,updated_at\n"
CASES = len(FIRST) * len(LAST)


def cases(served: Served) -> None:
    """As many questions for a steward as `CASES`: records 101… at D001 and 201… at D002 are asked about in pairs."""
    north, south = HEADING, HEADING
    for number in range(CASES):
        name = f"{LAST[number // 5]} {FIRST[number % 5]}"
        north += f"{number + 101},{name} Юрьевич,+7 916 100-00-{number:02},19{50 + number}-03-{number + 1:02},Тула,2026-10-01\n"
        south += f"{number + 201},{name},+7 917 200-00-{number:02},,Тула,2026-11-01\n"
    for dealer, text in (("D001", north), ("D002", south)):
        assert served.post(dealer, "/v1/uploads?feed=customers", content=text.encode()).status_code == 202
    process(served)
