"""A small base of people with duplicates, made by arithmetic: the same at every call."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.matching.records import Records
from hub.matching.resolve import prepare
from hub.normalize.party import party_records

LAST = (
    "Иванов",
    "Петров",
    "Сидоров",
    "Кузнецов",
    "Соколов",
    "Лебедев",
    "Козлов",
    "Новиков",
    "Морозов",
    "Волков",
    "Зайцев",
)
FIRST = (
    "Иван",
    "Пётр",
    "Сергей",
    "Андрей",
    "Олег",
    "Юрий",
    "Павел",
    "Максим",
    "Николай",
    "Роман",
    "Игорь",
    "Антон",
    "Глеб",
)
MIDDLE = ("Иванович", "Петрович", "Сергеевич", "Андреевич", "Олегович", "Юрьевич", "Павлович")
CITY = ("Москва", "Тула", "Казань", "Омск", "Пермь")


def people(count: int, twice: int) -> pl.DataFrame:
    """Party records of ``count`` people, every ``twice``-th of whom has a second record with another phone.

    Columns beside the schema: ``id``, ``dealer``, ``party``.
    """
    number = np.concatenate([np.arange(count), np.arange(0, count, twice)])
    again = np.arange(len(number)) >= count
    mixed = (number * 2_654_435_761) % 2**32
    rows = pl.DataFrame(
        {
            "last_name": [LAST[n % 11] + "" for n in mixed // 7],
            "first_name": [FIRST[n % 13] for n in mixed // 101],
            "middle_name": [MIDDLE[n % 7] for n in mixed // 1009],
            "birth_date": [f"{1950 + n % 50}-{1 + n % 12:02}-{1 + n % 28:02}" for n in mixed // 13],
            "phones": [f"+7916{(n * 7919 + a) % 10**7:07}" for n, a in zip(number, again, strict=True)],
            "city": [CITY[n % 5] for n in mixed // 17],
        }
    )
    frame = party_records(rows)
    return frame.with_columns(
        id=pl.Series([f"{n:06}-{int(a)}" for n, a in zip(number, again, strict=True)]),
        dealer=pl.Series([f"D{n % 3}" for n in number]),
        party=pl.Series(number),
    )


def base(count: int = 1500, twice: int = 3) -> tuple[Records, np.ndarray]:
    """The same encoded, and the party of each record."""
    frame = people(count, twice)
    return prepare(frame), frame["party"].to_numpy()
