"""The dealers' systems (DMS): which headings, words, date formats and file formats each of them exports.

A style is data: the same table makes the files and the specifications that read them.
"""

# ruff: noqa: E501 (a table of headings)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Style:
    """One kind of dealer system.

    Attributes:
        name: also the name of the base specification; ``canonical`` has none.
        format: csv, xlsx, xml, json, ndjson or parquet.
        headings: feed → {canonical column: heading}; a feed that is missing comes in canonical columns, and
            columns that are not listed are not exported.
        lookups: feed → {canonical column: {canonical value: the system's word}}.
        dates, times: strftime formats; empty keeps ISO.
        record: path of the record (XML, JSON), with ``{feed}`` for the feed's name.
        full_name: surname, given name and patronymic in one field.
    """

    name: str
    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    dates: str = ""
    times: str = ""
    headings: dict[str, dict[str, str]] = field(default_factory=dict)
    lookups: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    record: str = ""
    full_name: bool = False
    files: dict[str, str] = field(default_factory=dict)
    description: str = ""


def _pairs(text: str) -> dict[str, str]:
    """``a=b; c=d`` as a mapping."""
    return dict(item.strip().split("=", 1) for item in text.split(";") if item.strip())


STATUS_RU: Final = _pairs("new=Новый; contacted=В работе; qualified=Квалифицирован; proposal=КП; won=Успех; lost=Отказ")
SALE_RU: Final = _pairs("ordered=Заказ; contracted=Договор; delivered=Выдан; cancelled=Отменён; lost=Потерян")
CHANNEL_RU: Final = _pairs(
    "showroom=Салон; call=Звонок; web=Сайт; event=Мероприятие; campaign=Акция; third_party=Агрегатор"
)
INTEREST_RU: Final = _pairs(
    "buy=Покупка; lease=Лизинг; test_drive=Тест-драйв; trade_in=Трейд-ин; service=Сервис; sell=Продажа"
)
NEW_RU: Final = {"new": "Новый", "used": "С пробегом"}
YES_RU: Final = {"true": "Да", "false": "Нет, не отказан"}
ROLE_RU: Final = _pairs(
    "owner=Собственник; driver=Водитель; lessee=Лизингополучатель; payer=Плательщик; contact=Контакт"
)
DEPARTMENT_RU: Final = _pairs(
    "mechanical=Слесарный цех; body=Кузовной цех; parts=Запчасти; tyres=Шиномонтаж; wash=Мойка; insurance=Страховой случай"
)
LOOKUPS_RU: Final = {
    "customers": {
        "kind": {"person": "Физ. лицо", "company": "Юр. лицо"},
        "gender": {"male": "М", "female": "Ж"},
        "opted_out": {"true": "Да", "false": "0"},
    },
    "vehicles": {"role": ROLE_RU},
    "sales": {
        "status": SALE_RU,
        "new_or_used": NEW_RU,
        "payment": _pairs("cash=Наличные; credit=Кредит; lease=Лизинг"),
    },
    "service_visits": {"department": DEPARTMENT_RU},
    "leads": {"status": STATUS_RU, "channel": CHANNEL_RU, "interest": INTEREST_RU, "new_or_used": NEW_RU},
    "consents": {
        "status": {"granted": "Дано", "withdrawn": "Отозвано"},
        "controller": _pairs("dealer=Дилер; importer=Импортёр; manufacturer=Завод"),
        "purpose": _pairs("processing=Обработка; marketing=Реклама; transfer=Передача; survey=Опрос; recall=Отзыв"),
    },
}

ONEC: Final = Style(
    "onec",
    "csv",
    "cp1251",
    ";",
    ",",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M:%S",
    full_name=True,
    lookups=LOOKUPS_RU,
    description="1C export: CP1251, semicolons, Russian headings, the full name in one field",
    files=_pairs(
        "customers=Контрагенты_*; vehicles=Автомобили_*; sales=Продажи_*; service_visits=ЗаказНаряды_*; leads=Обращения_*; "
        "interactions=Контакты_*; consents=Согласия_*; surveys=Анкеты_*"
    ),
    headings={
        "customers": _pairs(
            "record_no=Код; kind=ВидКонтрагента; full_name=Наименование; birth_date=ДатаРождения; gender=Пол; "
            "company_name=ПолноеНаименование; tax_id=ИНН; registration_no=ОГРН; phones=Телефоны; emails=ЭлПочта; "
            "address=Адрес; city=Город; region=Регион; postcode=Индекс; opted_out=ОтказОтРассылки; created_at=ДатаСоздания; "
            "updated_at=ДатаИзменения"
        ),
        "vehicles": _pairs(
            "record_no=Код; vin=VIN; plate=ГосНомер; brand=Марка; model=Модель; model_year=ГодВыпуска; customer_no=КодКонтрагента; "
            "role=Роль; since=ДатаНачала; until=ДатаОкончания; odometer=Пробег"
        ),
        "sales": _pairs(
            "record_no=Номер; customer_no=КодКонтрагента; co_buyer_no=КодСозаёмщика; vin=VIN; brand=Марка; model=Модель; "
            "new_or_used=Состояние; status=Статус; ordered_at=ДатаЗаказа; contracted_at=ДатаДоговора; delivered_at=ДатаВыдачи; "
            "price=Сумма; currency=Валюта; payment=ФормаОплаты; deposit=Предоплата; trade_in_vin=ТрейдИнVIN; "
            "salesperson=Менеджер; lost_reason=ПричинаОтказа"
        ),
        "service_visits": _pairs(
            "record_no=Номер; customer_no=КодКонтрагента; vin=VIN; department=Цех; opened_at=ДатаОткрытия; "
            "closed_at=ДатаЗакрытия; odometer=Пробег; amount=Сумма; currency=Валюта; complaint=ПричинаОбращения; advisor=Мастер"
        ),
        "leads": _pairs(
            "record_no=Номер; customer_no=КодКонтрагента; full_name=ФИО; phones=Телефон; emails=ЭлПочта; city=Город; "
            "postcode=Индекс; brand=Марка; model=Модель; new_or_used=Состояние; interest=Интерес; channel=Канал; "
            "provider=Источник; created_at=ДатаСоздания; last_contact_at=ДатаКонтакта; last_contact_kind=ВидКонтакта; "
            "test_drive_at=ДатаТестДрайва; status=Статус; lost_reason=ПричинаОтказа; salesperson=Менеджер; comments=Комментарий"
        ),
        "interactions": _pairs(
            "record_no=Номер; customer_no=КодКонтрагента; lead_no=НомерОбращения; channel=Канал; direction=Направление; at=Дата; "
            "subject=Тема; campaign=Акция; outcome=Результат"
        ),
        "consents": _pairs(
            "record_no=Номер; customer_no=КодКонтрагента; controller=Оператор; purpose=Цель; channel=Канал; status=Статус; at=Дата; "
            "wording_version=Версия; evidence=Документ; expires_at=ДействуетДо"
        ),
        "surveys": _pairs(
            "record_no=Номер; customer_no=КодКонтрагента; vin=VIN; about=Тип; at=Дата; score=Оценка; comment=Комментарий; complaint=Жалоба"
        ),
    },
)

CANONICAL: Final = Style("canonical", "csv", description="canonical columns: needs no specification")

ENGLISH_CUSTOMERS: Final = _pairs(
    "record_no=CustomerID; kind=Type; last_name=LastName; first_name=FirstName; middle_name=MiddleName; birth_date=DOB; gender=Sex; "
    "company_name=Company; tax_id=TaxID; registration_no=RegNo; phones=Phone; emails=Email; address=Street; city=City; region=State; "
    "postcode=ZIP; country=Country; language=Lang; opted_out=DoNotContact; created_at=Created; updated_at=Modified"
)
ENGLISH: Final = Style(
    "english",
    "csv",
    dates="%d/%m/%Y",
    times="%d/%m/%Y %H:%M:%S",
    description="an international system: UTF-8, English headings, day/month/year",
    headings={
        "customers": ENGLISH_CUSTOMERS,
        "vehicles": _pairs(
            "record_no=VehicleID; vin=VIN; plate=LicensePlate; brand=Make; model=Model; model_year=Year; customer_no=CustomerID; "
            "role=Role; since=From; until=To; odometer=Mileage"
        ),
        "leads": _pairs(
            "record_no=LeadID; customer_no=CustomerID; last_name=LastName; first_name=FirstName; middle_name=MiddleName; phones=Phone; "
            "emails=Email; city=City; postcode=ZIP; brand=Make; model=Model; new_or_used=Condition; interest=Interest; channel=Source; "
            "provider=Provider; created_at=Created; last_contact_at=LastContact; last_contact_kind=LastContactType; "
            "test_drive_at=TestDrive; status=Status; lost_reason=LostReason; salesperson=Salesperson; chosen_dealer=Dealer; "
            "comments=Comments"
        ),
    },
    lookups={
        "customers": {
            "kind": {"person": "Individual", "company": "Organization"},
            "gender": {"male": "M", "female": "F"},
            "opted_out": {"true": "Y", "false": "N"},
        },
        "vehicles": {"role": _pairs("owner=Owner; driver=Driver; lessee=Lessee; payer=Payer; contact=Contact")},
        "leads": {"new_or_used": {"new": "N", "used": "U"}},
    },
)

EXCEL: Final = Style(
    "excel",
    "xlsx",
    dates="%d.%m.%Y",
    times="%d.%m.%Y %H:%M",
    lookups=LOOKUPS_RU,
    description="spreadsheets made by hand from a small system",
    headings={
        "customers": _pairs(
            "record_no=№ клиента; kind=Тип; last_name=Фамилия; first_name=Имя; middle_name=Отчество; birth_date=Дата рождения; "
            "gender=Пол; company_name=Организация; tax_id=ИНН; phones=Телефон; emails=E-mail; address=Адрес; city=Город; "
            "postcode=Индекс; created_at=Создан; updated_at=Изменён"
        ),
        "sales": {k: v for k, v in ONEC.headings["sales"].items() if k != "lost_reason"},
        "leads": {
            **{k: v for k, v in ONEC.headings["leads"].items() if k != "full_name"},
            "last_name": "Фамилия",
            "first_name": "Имя",
            "middle_name": "Отчество",
        },
    },
)

XML: Final = Style(
    "xmlexchange",
    "xml",
    dates="%d.%m.%Y",
    times="%Y-%m-%dT%H:%M:%S",
    record="Exchange/{feed}/Item",
    description="an exchange file: nested XML in Windows-1251",
    encoding="cp1251",
    headings={
        "customers": _pairs(
            "record_no=Id; kind=Type; last_name=Person.Surname; first_name=Person.Name; middle_name=Person.Patronymic; "
            "birth_date=Person.BirthDate; gender=Person.Sex; company_name=Company.Title; tax_id=Company.INN; "
            "registration_no=Company.OGRN; phones=Contacts.Phones; emails=Contacts.Email; address=Address.Street; "
            "city=Address.City; region=Address.Region; postcode=Address.Index; created_at=Created; updated_at=Modified"
        ),
    },
    lookups={"customers": {"kind": {"person": "ФЛ", "company": "ЮЛ"}, "gender": {"male": "1", "female": "2"}}},
)

JSON: Final = Style(
    "webcrm",
    "json",
    record="data.items",
    description="a web CRM: one JSON document a feed",
    headings={
        "customers": _pairs(
            "record_no=id; kind=type; last_name=name.last; first_name=name.first; middle_name=name.middle; birth_date=birthday; "
            "gender=sex; company_name=company.name; tax_id=company.inn; registration_no=company.ogrn; phones=phones; emails=emails; "
            "address=address.street; city=address.city; region=address.region; postcode=address.zip; country=address.country; "
            "language=lang; opted_out=optOut; created_at=createdAt; updated_at=updatedAt"
        ),
    },
    lookups={
        "customers": {"gender": {"male": "m", "female": "f"}, "kind": {"person": "contact", "company": "account"}}
    },
)

NDJSON: Final = Style("stream", "ndjson", description="a modern system: canonical names, one JSON object a line")
PARQUET: Final = Style("lakehouse", "parquet", description="a group's data lake: canonical columns, typed")

STYLES: Final = (ONEC, CANONICAL, ENGLISH, EXCEL, ONEC, XML, JSON, CANONICAL, ONEC, NDJSON, PARQUET, ENGLISH)


def style_of(number: int) -> Style:
    """The system of the dealer with this number: a fixed cycle of twelve, 1C being the most common."""
    return STYLES[number % len(STYLES)]
