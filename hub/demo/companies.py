"""Companies of the demo: names with legal forms, identifiers, switchboards, and the people who drive their cars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.demo import lists
from hub.demo.identifiers import inn_of_company, ogrn
from hub.demo.people import People
from hub.demo.places import Homes, homes
from hub.demo.randomness import Ints, Texts, chance, distinct, stream, texts, weighted
from hub.demo.shares import share
from hub.demo.spelling import romanize

FORMS = texts(["ООО", "АО", "ПАО", "ЗАО", "ГУП", "ТОО", "GmbH", "Ltd"])
FORM_WEIGHTS = np.array([80, 9, 2, 4, 2, 1, 1, 1.0])
LONG_FORMS = {
    "ООО": "Общество с ограниченной ответственностью",
    "АО": "Акционерное общество",
    "ПАО": "Публичное акционерное общество",
    "ЗАО": "Закрытое акционерное общество",
    "ГУП": "Государственное унитарное предприятие",
    "ТОО": "Товарищество с ограниченной ответственностью",
}
FIRST = [
    "Строй",
    "Авто",
    "Тех",
    "Пром",
    "Агро",
    "Транс",
    "Мет",
    "Энерго",
    "Юг",
    "Север",
    "Вест",
    "Ост",
    "Мега",
    "Альфа",
    "Гранд",
    "Евро",
    "Рос",
    "Сиб",
    "Урал",
    "Волга",
    "Нева",
    "Торг",
    "Эко",
    "Инвест",
    "Глобал",
    "Медиа",
    "Фарм",
    "Логист",
    "Спец",
    "Гидро",
    "Пласт",
    "Хим",
    "Нефте",
    "Газ",
    "Дор",
    "Мост",
    "Лес",
    "Кам",
    "Сервис",
    "Профи",
]
SECOND = [
    "монтаж",
    "сервис",
    "снаб",
    "торг",
    "проект",
    "групп",
    "инвест",
    "пром",
    "маш",
    "трейд",
    "строй",
    "ресурс",
    "лайн",
    "холдинг",
    "центр",
    "комплект",
    "альянс",
    "партнёр",
    "тех",
    "маркет",
    "логистик",
    "дизайн",
    "мастер",
    "контракт",
    "импэкс",
    "стандарт",
    "союз",
    "мет",
    "карго",
    "финанс",
]
ALONE = [
    "Ромашка",
    "Вектор",
    "Горизонт",
    "Меридиан",
    "Прогресс",
    "Рассвет",
    "Сатурн",
    "Орион",
    "Атлант",
    "Олимп",
    "Гермес",
    "Кристалл",
    "Аврора",
    "Факел",
    "Маяк",
    "Радуга",
    "Импульс",
    "Квант",
    "Титан",
    "Восход",
    "Престиж",
    "Виктория",
    "Надежда",
    "Фаворит",
    "Каскад",
    "Эталон",
    "Старт",
    "Символ",
    "Созвездие",
    "Заря",
]
SWITCHBOARD_PEOPLE = 70


@dataclass(frozen=True)
class Companies:
    """Columns of the companies, one entry a company; ``home`` indexes ``homes``.

    ``employer`` has one entry a *person*: the company whose car the person drives, or -1. Company 0 is the
    one whose switchboard many of its drivers give as their own phone.
    """

    name: Texts
    form: Texts
    tax_id: Texts
    registration_no: Texts
    phone: Texts
    email: Texts
    city: Ints
    homes: Homes
    home: Ints
    employer: Ints

    def __len__(self) -> int:
        return len(self.name)


def found(seed: int, people: People) -> Companies:
    """Draw companies for the network's people, and employ some of these as drivers."""
    rng = stream(seed, "companies")
    size = max(2, round(len(people) * share("company")))
    form = FORMS[weighted(rng, FORM_WEIGHTS, size)]
    names = _company_names(seed, size)
    employer, city = _employ(seed, people, size)
    tax_id, registration = inn_of_company(rng, size), ogrn(rng, size)
    abroad = np.isin(form, ["ТОО", "GmbH", "Ltd"])
    tax_id[abroad], registration[abroad] = None, None
    area = texts(lists.cities()["area"].to_list())[city]
    country = texts(lists.cities()["country"].to_list())[city]
    numbers = (
        distinct(rng, 2_000_000, 8_000_000, size) if size < 4_000_000 else rng.integers(2_000_000, 8_000_000, size)
    )
    phone = texts(
        [f"375{a}{n:07d}" if c == "by" else f"7{a}{n:07d}" for a, c, n in zip(area, country, numbers, strict=True)]
    )
    latin = [romanize(name).lower().replace(" ", "-").replace("ё", "e") for name in names]
    boxes = ["info", "office", "fleet", "buh", "zakaz"]
    email = texts([f"{boxes[i % 5]}@{name}{i}.ru" for i, name in enumerate(latin)])
    email[chance(rng, size, 0.25)] = None
    return Companies(names, form, tax_id, registration, phone, email, city, homes(rng, city), np.arange(size), employer)


def _company_names(seed: int, size: int) -> Texts:
    rng = stream(seed, "company names")
    kinds = weighted(rng, np.array([6, 2, 1.0]), size).tolist()
    draws = rng.integers(0, 1 << 30, (size, 2)).tolist()
    surnames = lists.surnames().male
    names = []
    for kind, (a, b) in zip(kinds, draws, strict=True):
        if kind == 0:
            names.append(FIRST[a % len(FIRST)] + SECOND[b % len(SECOND)])
        elif kind == 1:
            names.append(f"{ALONE[a % len(ALONE)]}" + (f"-{b % 90 + 10}" if b % 3 else ""))
        else:
            names.append(f"{surnames[a % 300]} и {['партнёры', 'сыновья', 'К'][b % 3]}")
    return texts(names)


def _employ(seed: int, people: People, size: int) -> tuple[Ints, Ints]:
    """Employer of each person, city of each company; drivers live in their company's city."""
    rng = stream(seed, "drivers")
    drivers = np.where(chance(rng, size, share("fleet")), rng.integers(1, 7, size), 0)
    drivers[0] = min(SWITCHBOARD_PEOPLE, max(2, len(people) // 12))
    by_city = np.lexsort((rng.random(len(people)), people.city))
    spread = np.maximum(len(people) - int(drivers.sum()), 0) // size
    start = np.cumsum(drivers + spread) - drivers - spread
    city = people.city[by_city[np.minimum(start, len(people) - 1)]].copy()
    employer = np.full(len(people), -1, dtype=np.int64)
    company = np.repeat(np.arange(size), drivers)
    place = np.arange(len(company)) - np.repeat(np.cumsum(drivers) - drivers, drivers)
    seat = np.repeat(start, drivers) + place
    inside = seat < len(people)
    chosen = by_city[seat[inside]]
    same_city = people.city[chosen] == city[company[inside]]
    employer[chosen[same_city]] = company[inside][same_city]
    return employer, city
