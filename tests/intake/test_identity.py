from __future__ import annotations

import polars as pl
import pytest

from hub.intake.identity import contradict
from hub.normalize.party import party_records

WOMAN = {"last_name": "Смирнова", "first_name": "Анна", "phones": "+7 916 222-33-44", "birth_date": "1980-02-01"}
FIRM = {"kind": "company", "company_name": "ООО Ромашка", "tax_id": "7707083893", "phones": "+7 495 111-22-33"}

CASES = [
    # label, as it was, as it is to be, somebody else
    ("the same", WOMAN, WOMAN, False),
    ("married", WOMAN, {**WOMAN, "last_name": "Ковалёва"}, False),
    ("moved and changed the phone", WOMAN, {**WOMAN, "phones": "+7 916 999-99-11"}, False),
    ("name given in another order", WOMAN, {"last_name": "Анна", "first_name": "Смирнова"}, False),
    ("another person", WOMAN, {"last_name": "Орлов", "first_name": "Глеб", "phones": "+7 916 777-88-99"}, True),
    ("another person with nothing but a name", WOMAN, {"last_name": "Орлов", "first_name": "Глеб"}, True),
    (
        "another name, the same phone",
        WOMAN,
        {"last_name": "Орлов", "first_name": "Глеб", "phones": "+7 916 222-33-44"},
        False,
    ),
    (
        "another name, the same birth date",
        WOMAN,
        {"last_name": "Орлова", "first_name": "Жанна", "birth_date": "1980-02-01"},
        False,
    ),
    ("name taken out", WOMAN, {"phones": "+7 916 777-88-99"}, False),
    ("a short name", {"last_name": "Смирнов", "first_name": "Александр"}, {"first_name": "Саша"}, False),
    ("company renamed", FIRM, {**FIRM, "company_name": "ООО Лютик", "phones": "+7 495 999-88-77"}, False),
    (
        "another company",
        FIRM,
        {"kind": "company", "company_name": "ООО Лютик", "tax_id": "7736050003", "phones": "+7 495 999-88-77"},
        True,
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_contradict(old: dict[str, str], new: dict[str, str], expected: bool) -> None:
    frames = [party_records(pl.DataFrame([{"record_no": "1", **row}])) for row in (old, new)]
    assert contradict(*frames).to_list() == [expected]
    assert contradict(frames[1], frames[0]).to_list() == [expected]


def test_no_rows() -> None:
    empty = party_records(pl.DataFrame(schema={"record_no": pl.String}))
    assert contradict(empty, empty).to_list() == []
