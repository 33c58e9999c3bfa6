"""Guards: what holds a file, what only warns, and what must never be held."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from hub.dealers.specification import FeedSpec, Guards
from hub.feeds import CUSTOMERS
from hub.intake import guards
from hub.intake.letters import looks_misread
from hub.intake.mapping import report

SPEC = FeedSpec()
VOLUMES = [
    ("first file", [], 10, False),
    ("as usual", [100, 101, 99], 100, False),
    ("a fifth fewer is allowed", [100], 80, False),
    ("more than a fifth fewer", [100], 79, True),
    ("nothing", [100], 0, True),
    ("five per cent", [100], 5, True),
    ("twice as many is allowed", [100], 200, False),
    ("three times", [100], 300, True),
    ("one odd night does not make the usual", [100, 100, 100, 40], 95, False),
    ("empty so far", [0, 0], 50, False),
    ("empty as ever", [0], 0, False),
]


@pytest.mark.parametrize(
    ("previous", "rows", "holds"), [case[1:] for case in VOLUMES], ids=[case[0] for case in VOLUMES]
)
def test_volume(previous: list[int], rows: int, holds: bool) -> None:
    found = guards.volume(previous, rows, SPEC)
    assert (found is not None and found.holds) == holds


@pytest.mark.parametrize(
    ("least", "rows", "holds"),
    [(100, 100, False), (100, 80, False), (100, 79, True), (100, 0, True), (5, 1000, False), (0, 0, False)],
)
def test_a_full_file_after_changes_alone(least: int, rows: int, holds: bool) -> None:
    assert (guards.volume([], rows, SPEC, least) is not None) is holds
    assert guards.volume([rows], rows, SPEC, least) is None


def test_volume_can_be_widened_and_switched_off() -> None:
    assert guards.volume([100], 50, FeedSpec(guards=Guards(shrink=0.6))) is None
    assert guards.volume([100], 0, FeedSpec(guards=Guards(volume=False))) is None


def test_bad_rows() -> None:
    assert guards.bad_rows(10, 100, SPEC) is None
    assert guards.bad_rows(0, 0, SPEC) is None
    found = guards.bad_rows(11, 100, SPEC)
    assert found is not None
    assert found.code == "bad_rows"


MAPPED = FeedSpec.model_validate(
    {"columns": {"record_no": "Код", "phones": ["Тел", "Моб"]}, "extra": ["Возраст"], "ignore": ["Мусор"]}
)
NOW = ["Код", "Тел", "Моб", "Возраст", "Мусор"]
DRIFTS: list[tuple[str, list[str] | None, list[str], list[bool]]] = [
    ("same", NOW, NOW, []),
    ("order, case and blanks do not matter", NOW, ["мусор", " МОБ", "Возраст", "тел", "КОД"], []),
    ("added", NOW, [*NOW, "Новое"], [False]),
    ("known unread column", [*NOW, "x"], [*NOW, "x"], []),
    ("dropped", NOW, ["Код", "Тел", "Возраст", "Мусор"], [True]),
    ("dropped evidence", NOW, ["Код", "Тел", "Моб", "Мусор"], [True]),
    ("dropped and not read", NOW, ["Код", "Тел", "Моб", "Возраст"], [False]),
    ("renamed", NOW, ["Код", "Телефон", "Моб", "Возраст", "Мусор"], [True, False]),
    ("first file lacks a column", None, ["Код", "Тел", "Возраст"], [False]),
]


@pytest.mark.parametrize(("before", "now", "holds"), [case[1:] for case in DRIFTS], ids=[case[0] for case in DRIFTS])
def test_drift(before: list[str] | None, now: list[str], holds: list[bool]) -> None:
    assert [finding.holds for finding in guards.drift(before, now, MAPPED, CUSTOMERS)] == holds


def test_a_file_without_key_is_held() -> None:
    assert guards.schema(report(["Тел"], MAPPED, CUSTOMERS), 5) is not None
    assert guards.schema(report(["Код"], MAPPED, CUSTOMERS), 5) is None
    assert guards.schema(report(["Тел"], MAPPED, CUSTOMERS), 0) is None


def people(count: int = 30, **changes: list[str] | None) -> pl.DataFrame:
    columns: dict[str, list[str] | None] = {
        "last_name": [f"Иванов{chr(1072 + n)}" for n in range(count)],
        "first_name": [f"Юлия{chr(1072 + n)}" for n in range(count)],
        "phones": [f"+7 (916) 123-45-{n:02}" for n in range(count)],
        "emails": [f"a{n}@mail.ru" for n in range(count)],
        "birth_date": [f"1980-01-{n % 28 + 1:02}" for n in range(count)],
        "tax_id": [f"50000000{n:04}" for n in range(count)],
    }
    return pl.DataFrame({**columns, **changes})


def test_content_as_it_should_be_passes() -> None:
    assert guards.content(people(), CUSTOMERS) == []
    assert guards.content(people(phones=[f"916123450{n % 10}; 8 (495) 000-00-00" for n in range(30)]), CUSTOMERS) == []
    assert guards.content(people(3, phones=["a@b.ru"] * 3), CUSTOMERS) == []


def test_exchanged_and_retyped_columns_are_held() -> None:
    frame = people()
    swapped = frame.with_columns(phones=frame["emails"], emails=frame["phones"])
    assert ["exchanged" in finding.reason for finding in guards.content(swapped, CUSTOMERS)] == [True]
    retyped = frame.with_columns(birth_date=frame["last_name"])
    assert ["birth_date" in finding.reason for finding in guards.content(retyped, CUSTOMERS)] == [True]


def test_names_that_changed_places_are_found_beside_the_last_file() -> None:
    frame = people()
    swapped = frame.with_columns(last_name=frame["first_name"], first_name=frame["last_name"])
    assert len(guards.exchanged(frame, swapped, CUSTOMERS)) == 1
    assert guards.exchanged(frame, frame, CUSTOMERS) == []


RIGHT = """Иванов Смирнова Кузнецов Щербаков Взгляд Цой Мкртчян Джгубурия Чжан Хван Рождественская Мещерякова Ыбыкеева
ИВАНОВ ПЁТР ооо ООО"Ромашка" Салтыков-Щедрин Ленинградская ул. д.5к2 Нұрсұлтан Әбішұлы Айгүл Қасым-Жомарт Ғани Өмірзақ
Müller Groß Schäfer Öztürk Łukasz Nguyễn François Brontë O’Neil Søren Çağlar Smith O'Brien 王小明 李娜 司马光 Київ Їжак"""


@pytest.mark.parametrize("text", RIGHT.split())
def test_right_letters(text: str) -> None:
    assert not looks_misread(text)


WRONG = ["Ð˜Ð²Ð°Ð½Ð¾Ð²", "Èâàíîâ", "╚трэют", "йБЮМНБ", "хБЮМНБ", "РРІР°РЅРѕРІ", "╨Ш╨▓╨░╨╜╨╛╨▓", "€ў\xa0\xad®ў", "Ив\ufffdнов",
         "MÃ¼ller", "Mьller", "ÍõÐ¡Ã÷", "НхРЎГч", "и▓Ї", "ЙСГМЕЖНБ", "штрэют"]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_wrong_letters(text: str) -> None:
    assert looks_misread(text)


SURNAMES = [
    "Иванова",
    "Смирнов",
    "Кузнецова",
    "Попов",
    "Васильева",
    "Петров",
    "Соколова",
    "Михайлов",
    "Новикова",
    "Фёдоров",
    "Морозова",
    "Волков",
    "Алексеева",
    "Лебедев",
    "Семёнова",
    "Егоров",
    "Павлова",
    "Козлов",
    "Степанова",
    "Николаев",
    "Орлова",
    "Андреев",
    "Макарова",
    "Никитин",
    "Захарова",
]


@pytest.mark.parametrize("true", ["utf-8", "cp1251", "cp866", "koi8-r"])
@pytest.mark.parametrize("read", ["utf-8", "cp1251", "cp866", "koi8-r", "latin-1", "cp1252"])
@pytest.mark.parametrize("case", [str.capitalize, str.lower, str.upper])
def test_letters_hold_a_file_read_in_a_wrong_encoding(true: str, read: str, case: object) -> None:
    names = [case(name).encode(true).decode(read, "replace") for name in SURNAMES]  # type: ignore[operator]
    found = guards.letters(pl.DataFrame({"last_name": names, "first_name": ["Ivan"] * len(names)}), SPEC)
    assert (found is None) == (true == read)


@pytest.mark.parametrize(
    ("business", "received", "earlier", "held"),
    [
        (date(2062, 11, 2), date(2026, 11, 2), [date(2026, 11, 1)], True),
        (date(2026, 12, 2), date(2026, 11, 2), [date(2026, 11, 1)], False),
        (date(2026, 12, 4), date(2026, 11, 2), [date(2026, 11, 1)], True),
        (date(2026, 11, 2), date(2025, 3, 1), [date(2026, 11, 1)], False),  # a clock that is behind
        (date(2062, 11, 2), date(2026, 11, 2), [], False),
    ],
)
def test_a_day_far_ahead_holds(business: date, received: date, earlier: list[date], held: bool) -> None:
    assert (guards.day(business, received, earlier) is not None) == held
