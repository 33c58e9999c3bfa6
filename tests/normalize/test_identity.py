"""The kind of a record: person, company, house account."""

from __future__ import annotations

import pytest

from hub.normalize.identity import Naming, identify
from tests.normalize.case_tables import cases


@pytest.mark.parametrize("case", cases("kinds"))
def test_kinds(case: dict[str, str]) -> None:
    full, company, stated, holder, other = ([part or None for part in case["input"].split("|")] + [None] * 5)[:5]
    found = identify(Naming(full, None, None, None, company, stated, holder or other))
    assert found.kind == case["expected"]


def test_a_company_keeps_its_contact_beside_it() -> None:
    found = identify(Naming("Петров Пётр", None, None, None, "ООО Ромашка", None, None))
    assert found.name.last is None
    assert found.contact is not None
    assert found.contact.last == "petrov"


def test_a_person_keeps_the_employer_beside() -> None:
    found = identify(Naming("Петров Пётр", None, None, None, "Автосервис", "person", None))
    assert found.employer is not None
    assert found.employer.core == "avtoservis"
