"""What goes wrong in the file rather than in the head: bad values, words for nothing, formulas, repeated rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from hub.demo.dealers import Dealer
from hub.demo.randomness import Bools, Ints, Rng, chance, stream, texts
from hub.demo.shares import share
from hub.feeds import FEEDS, Type

MISSING_WORDS: Final = ("нет", "н/д", "-", "NULL", "Н/Д", "n/a")
FORMULAS: Final = ("=cmd|' /C calc'!A0", '=HYPERLINK("http://example.com","x")', "@SUM(1+1)*cmd", "-2+3", "+7916=1+1")
BAD_DATES: Final = ("31.02.2024", "0000-00-00", "2025-13-01", "32.01.1980", "давно")
BAD_NUMBERS: Final = ("около 100 тыс", "12O00", "н.у.", "1.2.3", "по договору")
HOUSE_NAMES: Final = (
    "Частное лицо",
    "Клиент",
    "ТЕСТ",
    "Розничный покупатель",
    "Физическое лицо",
    "Тест Тестов",
    "Покупатель",
    "Наличный расчёт",
)
FREE_TEXT: Final = {"customers": "address", "leads": "comments", "interactions": "subject", "surveys": "comment"}
WORDLESS: Final = (
    "record_no",
    "customer_no",
    "lead_no",
    "co_buyer_no",
    "last_name",
    "first_name",
    "opted_out",
    "complaint",
)
MOST_BAD_VALUES, MOST_BAD_ROWS = 10, 2


def house_accounts(seed: int, dealers: list[Dealer], customers: pl.DataFrame) -> pl.DataFrame:
    """Stand-in customers of each dealer, with the columns of ``customers``; ``_party`` is -1."""
    rng = stream(seed, "house accounts")
    counts = dict(customers.group_by("_dealer").len().iter_rows())
    rows = []
    for dealer in dealers:
        for number in range(max(1, round(counts.get(dealer.number, 0) * share("house_account")))):
            draw = int(rng.integers(0, 1 << 30))
            rows.append(
                {
                    "record_no": f"00H{number + 1:03d}",
                    "kind": ("person", None, "company")[draw % 3],
                    "last_name": HOUSE_NAMES[(number + dealer.number) % len(HOUSE_NAMES)],
                    "phones": (None, "+" + dealer.phones[0], "79999999999")[draw // 3 % 3],
                    "emails": (None, dealer.emails[0])[draw // 9 % 2],
                    "city": dealer.place["city"],
                    "opted_out": "false",
                    "created_at": "2017-01-09T09:00:00",
                    "updated_at": "2020-02-02T09:00:00",
                    "_dealer": dealer.number,
                    "_party": -1,
                    "_swapped": False,
                    "_traps": "house_account",
                }
            )
    schema = {**customers.schema}
    return pl.DataFrame(rows, schema_overrides=schema).select(
        pl.col(name).cast(kind) if name in rows[0] else pl.lit(None, dtype=kind).alias(name)
        for name, kind in schema.items()
    )


def spoil(seed: int, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Put bad values, formulas, quotes, line breaks and words for nothing into a feed of all dealers."""
    rng = stream(seed, f"spoil {feed}")
    frame = _bad_values(rng, feed, frame)
    if feed in FREE_TEXT:
        column = FREE_TEXT[feed]
        frame = _replace(rng, frame, column, "formula", lambda value, draw: FORMULAS[draw % len(FORMULAS)])
        frame = _replace(rng, frame, column, "quotes_newline", _awkward)
    return _words(rng, feed, frame)


def repeat_and_break(seed: int, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Add rows that a file should not hold: the same again, without a number, two persons under one number.

    Broken rows have ``_party`` -2; those without a number have no ``record_no``. ``_repeat`` marks the repeated ones.
    """
    rng = stream(seed, f"rows {feed}")
    size = frame.height
    again = np.flatnonzero(chance(rng, size, share("repeated_row")))
    frame = frame.with_columns(_repeat=pl.lit(False))
    parts = [frame.with_columns(_place=pl.int_range(pl.len())), _copy(frame, again).with_columns(_repeat=pl.lit(True))]
    if "_traps" in frame.columns:
        broken = _broken(rng, frame)
        other = np.minimum(broken + 1, size - 1)
        number = pl.format("{}X", pl.col("record_no"))
        for rows in (broken, other):
            copy = _copy(frame, rows).with_columns(_party=pl.lit(-2, pl.Int64), _traps=pl.lit("bad_row"))
            numbers = frame["record_no"].gather(broken)
            parts.append(copy.with_columns(record_no=numbers).with_columns(record_no=number))
        parts.append(_copy(frame, broken).with_columns(record_no=pl.lit(None, pl.String), _party=pl.lit(-2, pl.Int64)))
    return pl.concat(parts).sort("_place", maintain_order=True).drop("_place")


def _copy(frame: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    return frame[rows].with_columns(_place=pl.Series(rows, dtype=pl.Int64))


def _broken(rng: Rng, frame: pl.DataFrame) -> Ints:
    """At most two places a dealer, not at its last row."""
    drawn = chance(rng, frame.height, share("bad_row"))
    dealer = frame["_dealer"].to_numpy()
    drawn[-1] = False
    drawn[:-1] &= dealer[:-1] == dealer[1:]
    return _at_most(np.flatnonzero(drawn), dealer, MOST_BAD_ROWS)


def _at_most(rows: Ints, dealer: Ints, most: int) -> Ints:
    """The first ``most`` of ``rows`` of each dealer (rows sorted by dealer)."""
    of = dealer[rows]
    order = np.argsort(of, kind="stable")
    of, rows = of[order], rows[order]
    place = np.arange(len(of)) - np.searchsorted(of, of, side="left")
    kept: Ints = rows[place < most]
    return kept


def _bad_values(rng: Rng, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    kinds = {c.name: c.type for c in FEEDS[feed].columns if c.name in frame.columns}
    typed = [
        n for n, t in kinds.items() if t in (Type.DATE, Type.TIME, Type.NUMBER, Type.INTEGER) and n != "updated_at"
    ]
    chosen = _at_most(
        np.flatnonzero(chance(rng, frame.height, share("bad_value"))), frame["_dealer"].to_numpy(), MOST_BAD_VALUES
    )
    column = rng.integers(0, len(typed), len(chosen))
    draws = rng.integers(0, 1 << 30, len(chosen)).tolist()
    for number, name in enumerate(typed):
        words = BAD_DATES if kinds[name] in (Type.DATE, Type.TIME) else BAD_NUMBERS
        values = texts(frame[name].to_list())
        here = [
            (row, draw) for row, at, draw in zip(chosen, column, draws, strict=True) if at == number and values[row]
        ]
        for row, draw in here:
            values[row] = words[draw % len(words)]
        if here:
            mask = np.zeros(frame.height, dtype=bool)
            mask[[row for row, _ in here]] = True
            frame = _mark(frame.with_columns(pl.Series(name, values.tolist(), dtype=pl.String)), "bad_value", mask)
    return frame


def _replace(rng: Rng, frame: pl.DataFrame, column: str, trap: str, change: Callable[[str, int], str]) -> pl.DataFrame:
    values = texts(frame[column].to_list())
    mask = chance(rng, frame.height, share(trap)) & (values != None)  # noqa: E711
    draws = rng.integers(0, 1 << 30, frame.height).tolist()
    for row in np.flatnonzero(mask).tolist():
        values[row] = change(values[row], draws[row])
    return _mark(frame.with_columns(pl.Series(column, values.tolist(), dtype=pl.String)), trap, mask)


def _awkward(value: str, draw: int) -> str:
    return (f'{value} (вход со двора, "арка")', value.replace(", ", ",\n"), f"{value}; домофон 12", f'"{value}"')[
        draw % 4
    ]


def _mark(frame: pl.DataFrame, trap: str, mask: Bools) -> pl.DataFrame:
    if "_traps" not in frame.columns:
        return frame
    marked = pl.concat_str(pl.col("_traps"), pl.lit(" " + trap)).str.strip_chars()
    return frame.with_columns(pl.when(pl.Series(mask)).then(marked).otherwise("_traps").alias("_traps"))


def _words(rng: Rng, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """«нет», «н/д» … in place of nothing, in columns of text."""
    free = [
        c.name
        for c in FEEDS[feed].columns
        if c.name in frame.columns and c.name not in WORDLESS and c.type != Type.FLAG
    ]
    changes = []
    for name in free:
        empty = frame[name].is_null()
        word = pl.Series(texts(list(MISSING_WORDS))[rng.integers(0, len(MISSING_WORDS), frame.height)].tolist())
        here = empty & pl.Series(chance(rng, frame.height, share("missing_word")))
        changes.append(pl.when(here).then(word).otherwise(pl.col(name)).alias(name))
    return frame.with_columns(changes)
