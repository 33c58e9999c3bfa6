"""What changes from the first night to the second: corrections, removals, weddings, new people, sold cars."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from hub.demo import contacts, lists
from hub.demo.companies import Companies
from hub.demo.customers import true_birth_dates
from hub.demo.people import People
from hub.demo.places import homes
from hub.demo.randomness import Bools, Rng, Texts, chance, distinct, stream, texts, weighted
from hub.demo.shares import share

NOW: Final = "2026-11-20T18:00:00"
HELD_BACK: Final = 0.01  # rows of a feed that happen on the second day


def customers(seed: int, people: People, companies: Companies, before: pl.DataFrame, changed: float) -> pl.DataFrame:
    """The customers of the second night, without new people; ``_changed`` marks the rows that differ."""
    rng = stream(seed, "second night")
    party = before["_party"].to_numpy()
    is_person = (party >= 0) & (party < len(people))
    person = np.where(is_person, party, 0)
    moved = _moved(rng, len(people), person, is_person)
    married = _married(rng, people, person, is_person) & ~moved & ~before["_swapped"].to_numpy()
    corrected = chance(rng, len(party), changed) & is_person & ~moved & ~married
    columns = {name: texts(before[name].to_list()) for name in before.columns if not name.startswith("_")}
    _move(rng, people, person, moved, columns)
    _marry(rng, person, len(people), married, columns)
    _correct(rng, people, person, corrected, columns)
    new = pl.DataFrame({name: pl.Series(values.tolist(), dtype=pl.String) for name, values in columns.items()})
    differs = pl.any_horizontal(pl.Series(n, new[n].ne_missing(before[n])) for n in new.columns)
    mask = pl.select(differs).to_series()
    new = new.with_columns(updated_at=pl.when(mask).then(pl.lit(NOW)).otherwise("updated_at"))
    traps = before["_traps"]
    for name, rows in (("moved_tonight", moved), ("married_tonight", married), ("changed", corrected)):
        marked = pl.concat_str(traps, pl.lit(" " + name)).str.strip_chars()
        traps = pl.select(pl.when(pl.Series(rows) & mask).then(marked).otherwise(traps)).to_series()
    hidden = before.select(pl.col("^_.*$")).with_columns(_traps=traps, _changed=mask)
    return pl.concat([new, hidden], how="horizontal")


def _moved(rng: Rng, people: int, person: Texts, is_person: Bools) -> Bools:
    """Records of people who told their new address; several dealers may hear of it."""
    mover = chance(rng, people, share("moved_tonight"))
    told: Bools = is_person & mover[person] & chance(rng, len(person), 0.7)
    return told


def _married(rng: Rng, people: People, person: Texts, is_person: Bools) -> Bools:
    single = (people.of.role == "single_woman") | (people.of.role == "daughter")
    bride = chance(rng, len(people), share("married_tonight") * 3) & single & (people.origin == 0)
    told: Bools = is_person & bride[person] & chance(rng, len(person), 0.8)
    return told


def _move(rng: Rng, people: People, person: Texts, rows: Bools, columns: dict[str, Texts]) -> None:
    at = homes(rng, people.city)
    numbers = distinct(rng, 0, 10_000_000, len(people))
    for row in np.flatnonzero(rows).tolist():
        who = int(person[row])
        columns["address"][row] = at.written(np.array([who]), np.array([row % 5]))[0]
        columns["postcode"][row] = at.postcode[who]
        columns["city"][row] = lists.cities()["city"][int(at.city[who])]
        if row % 3:
            columns["phones"][row] = contacts.write_phone(f"7995{numbers[who]:07d}", row % 8)


def _marry(rng: Rng, person: Texts, people: int, rows: Bools, columns: dict[str, Texts]) -> None:
    russian = lists.surnames()
    names = russian.female[weighted(rng, russian.weights, people)]
    for row in np.flatnonzero(rows).tolist():
        columns["last_name"][row] = names[int(person[row])]


def _correct(rng: Rng, people: People, person: Texts, rows: Bools, columns: dict[str, Texts]) -> None:
    """A clerk fills in or corrects one thing: birth date, patronymic, e-mail, phone or a refusal of mailings."""
    births = true_birth_dates(people)
    kinds = rng.integers(0, 5, len(rows)).tolist()
    for row in np.flatnonzero(rows).tolist():
        who = int(person[row])
        column, value = (
            ("birth_date", births[who]),
            ("middle_name", people.middle[who]),
            ("emails", people.email[who]),
            ("phones", contacts.write_phone(people.phone[who], row % 8)),
            ("opted_out", "true"),
        )[kinds[row]]
        if value is None or value == columns[column][row]:  # nothing to correct: the customer's mind changes
            column, value = "opted_out", "false" if columns["opted_out"][row] == "true" else "true"
        columns[column][row] = value


def late(before: pl.DataFrame, seed: int) -> pl.DataFrame:
    """An older state of some of a dealer's customers: what a file of the day before held."""
    rng = stream(seed, "late file")
    rows = before.filter(pl.Series(chance(rng, before.height, 0.05)) & (pl.col("_party") >= 0))
    return rows.with_columns(
        emails=pl.lit(None, pl.String), birth_date=pl.lit(None, pl.String), updated_at=pl.col("created_at")
    )


def reuse_numbers(seed: int, frame: pl.DataFrame) -> pl.DataFrame:
    """Give the numbers of a few dropped records to new people (``_fresh``) of the same dealer."""
    rng = stream(seed, "reused numbers")
    fresh = frame.filter(pl.col("_fresh") & (pl.col("_party") >= 0))
    wanted = min(fresh.height, max(1, round(frame.height * share("reused_number"))))
    takers = fresh[rng.permutation(fresh.height)[:wanted]].select("_dealer", taker="record_no")
    takers = takers.unique("_dealer", keep="first", maintain_order=True)
    old = frame.filter(~pl.col("_fresh") & ~pl.col("_changed") & (pl.col("_party") >= 0))
    old = old.filter(pl.Series(rng.random(old.height) < 0.2)).unique("_dealer", keep="first", maintain_order=True)
    pairs = takers.join(old.select("_dealer", given="record_no"), on="_dealer", maintain_order="left")
    gone = pairs.select("_dealer", record_no="given")
    frame = frame.join(gone, on=["_dealer", "record_no"], how="anti", maintain_order="left")
    frame = frame.join(
        pairs.rename({"taker": "record_no"}), on=["_dealer", "record_no"], how="left", maintain_order="left"
    )
    marked = pl.concat_str(pl.col("_traps"), pl.lit(" reused_number")).str.strip_chars()
    return frame.with_columns(
        record_no=pl.coalesce("given", "record_no"),
        _traps=pl.when(pl.col("given").is_not_null()).then(marked).otherwise("_traps"),
    ).drop("given")


def held_back(frame: pl.DataFrame, part: float = HELD_BACK) -> pl.Series:
    """The last rows of each dealer: they happen on the second day (frame sorted by dealer and time)."""
    place = pl.int_range(pl.len()).over("_dealer") + 1
    return frame.select(place > (pl.len().over("_dealer") * (1 - part)).floor()).to_series()


def vehicles(seed: int, before: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Some cars are sold to another customer of the same dealer: an end for the one, a new row for the other."""
    rng = stream(seed, "sold tonight")
    sold = (
        chance(rng, before.height, share("sold_tonight"))
        & (before["until"].is_null() & (before["role"] == "owner")).to_numpy()
    )
    end = pl.lit("2026-11-20")
    after = before.with_columns(until=pl.when(pl.Series(sold)).then(end).otherwise("until"), _changed=pl.Series(sold))
    buyers = known.with_columns(order=pl.Series(rng.random(known.height))).sort("order")
    buyers = buyers.group_by("_dealer", maintain_order=True).agg(pl.col("customer_no").first(), pl.col("party").first())
    rows = before.filter(pl.Series(sold)).drop("customer_no", "_party")
    rows = rows.join(buyers, on="_dealer", maintain_order="left").rename({"party": "_party"})
    rows = rows.with_columns(record_no=pl.concat_str("record_no", pl.lit("-2")), since=end, _changed=pl.lit(True))
    return pl.concat([after, rows.select(after.columns)])


def consents(seed: int, before: pl.DataFrame) -> pl.DataFrame:
    """Some granted consents are withdrawn."""
    rng = stream(seed, "withdrawn tonight")
    rows = pl.Series(chance(rng, before.height, share("withdrawn_tonight"))) & (before["status"] == "granted")
    return before.with_columns(
        status=pl.when(rows).then(pl.lit("withdrawn")).otherwise("status"),
        at=pl.when(rows).then(pl.lit(NOW)).otherwise("at"),
        _changed=rows,
    )


def leads(seed: int, before: pl.DataFrame) -> pl.DataFrame:
    """Some open leads were answered."""
    rng = stream(seed, "answered tonight")
    rows = pl.Series(chance(rng, before.height, 0.3)) & (before["status"] == "new")
    return before.with_columns(
        status=pl.when(rows).then(pl.lit("contacted")).otherwise("status"),
        last_contact_at=pl.when(rows).then(pl.lit(NOW)).otherwise("last_contact_at"),
        last_contact_kind=pl.when(rows).then(pl.lit("call")).otherwise("last_contact_kind"),
        _changed=rows,
    )
