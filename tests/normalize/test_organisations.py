"""Organisations: legal forms over languages, core names, sole traders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalize.organisations import parse_organisation, sole_trader
from tests.normalize.case_tables import cases


@pytest.mark.parametrize("case", cases("organisations"))
def test_organisations(case: dict[str, str]) -> None:
    found = parse_organisation(case["input"])
    assert f"{found.core or ''}|{found.legal_form or ''}" == case["expected"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ИП Иванов И.И.", "Иванов И.И."), ("Индивидуальный предприниматель Петров", "Петров"), ("Петров П.П. (ИП)", "Петров П.П."),
     ("Филипп", None), ("Чпурин", None), ("ип \"Сидоров\"", "Сидоров")],
)  # fmt: skip
def test_sole_traders(text: str, expected: str | None) -> None:
    assert sole_trader(text) == expected


@pytest.mark.parametrize(
    ("text", "form"),
    [("KONINK PHILIPS ELECTRONICS N V", "nv"), ("Müller Bau G m b H", "gmbh"), ("Akzo Nobel B V", "bv")],
)
def test_a_legal_form_in_single_letters(text: str, form: str) -> None:
    found = parse_organisation(text)
    together = parse_organisation(text.replace("N V", "NV").replace("G m b H", "GmbH").replace("B V", "BV"))
    assert (found.core, found.legal_form) == (together.core, form)


@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    found = parse_organisation(text)
    assert found.core != ""
    assert found.house or found.core
