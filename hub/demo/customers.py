"""The customers feed: what each dealer wrote down of each of its customers, with that dealer's own errors."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.demo import contacts, lists, written_names
from hub.demo.columns import text_frame
from hub.demo.companies import LONG_FORMS, Companies
from hub.demo.dealers import Dealer
from hub.demo.memberships import Memberships
from hub.demo.people import People
from hub.demo.randomness import Days, Rng, Texts, chance, choose, stream, texts
from hub.demo.records import Records
from hub.demo.shares import share
from hub.demo.traps import Traps


def describe(
    seed: int, people: People, companies: Companies, members: Memberships, dealers: list[Dealer], purpose: str
) -> pl.DataFrame:
    """Canonical text columns of the customers feed, one row a membership, and its truth in ``_`` columns.

    ``_dealer``, ``_party`` are numbers; ``_swapped`` tells that surname and given name change places; ``_traps`` is a
    space-separated list of names of `hub.demo.shares.SHARES`.
    """
    rng = stream(seed, purpose)
    size, traps = len(members), Traps(len(members))
    records = Records(people, companies, dealers, members.party, members.dealer)
    names = written_names.write(rng, records, traps)
    phones, emails = contacts.write(rng, records, traps)
    columns: dict[str, Texts] = {
        "record_no": members.record_no,
        **_kinds(rng, records, traps),
        **dict(zip(("last_name", "first_name", "middle_name"), names, strict=True)),
        "birth_date": _birth_dates(rng, records, traps),
        "gender": _genders(rng, records, traps),
        **_organisations(rng, records, traps),
        "phones": phones,
        "emails": emails,
        **_addresses(rng, records, traps),
    }
    _contact_persons(rng, records, columns, traps)
    frame = text_frame(columns)
    frame = frame.with_columns(
        language=pl.Series(choose(chance(rng, size, 0.9), "ru", None).tolist(), dtype=pl.String),
        opted_out=pl.Series(np.where(chance(rng, size, 0.04), "true", "false").tolist()),
        created_at=_time(rng, members.created),
        updated_at=_time(rng, _aged(rng, members, traps)),
        _dealer=pl.Series(members.dealer),
        _party=pl.Series(members.party),
        _swapped=pl.Series(traps.mask("swapped")),
    )
    traps.mark("duplicate", members.again)
    return frame.with_columns(_traps=traps.column())


def true_birth_dates(people: People) -> Texts:
    """Birth dates as ISO text, one a person."""
    dates: Texts = np.datetime_as_string(people.birth).astype(object)
    return dates


def _time(rng: Rng, days: Days) -> pl.Series:
    seconds = rng.integers(9 * 3600, 20 * 3600, len(days))
    stamps = (days.astype("datetime64[s]") + seconds).astype("datetime64[us]")
    return pl.Series(stamps).dt.strftime("%Y-%m-%dT%H:%M:%S")


def _aged(rng: Rng, members: Memberships, traps: Traps) -> Days:
    """A record with an outdated value was last updated early in its life."""
    old = traps.mask("old_address") | traps.mask("old_phone") | traps.mask("maiden_name")
    days: Days = np.where(old, members.created, members.updated)
    return days


def _genders(rng: Rng, records: Records, traps: Traps) -> Texts:
    sex = choose(records.people.of.sex[records.person] == "m", "male", "female")
    missing = traps.draw(rng, "gender_missing", records.is_person)
    return choose(records.is_person & ~missing, sex)


def _kinds(rng: Rng, records: Records, traps: Traps) -> dict[str, Texts]:
    """Kinds as dealers set them; sole traders are often taken for companies."""
    wrong = traps.draw(rng, "kind_wrong") | traps.draw(rng, "trader_as_company", records.is_trader)
    kind = choose(records.is_person ^ wrong, "person", "company")
    blank = traps.draw(rng, "kind_blank")
    return {"kind": choose(blank, None, kind)}


def _birth_dates(rng: Rng, records: Records, traps: Traps) -> Texts:
    """ISO dates with slips; also ``1900-01-01``, which a dealer's program writes for an unknown date."""
    is_person, birth = records.is_person, records.people.birth[records.person]
    day = (birth - birth.astype("datetime64[M]")).astype(np.int64) + 1
    iso = np.datetime_as_string(birth).astype(object)
    missing = traps.draw(rng, "birth_date_missing", is_person)
    placeholder = traps.draw(rng, "birth_date_placeholder", is_person & ~missing, 1 - share("birth_date_missing"))
    known = is_person & ~missing & ~placeholder
    swapped = traps.draw(rng, "birth_day_month", known & (day <= 12), 1 - share("birth_date_missing"))
    digit = traps.draw(rng, "birth_digit", known & ~swapped, 1 - share("birth_date_missing"))
    for row in np.flatnonzero(swapped).tolist():
        year, month, date = iso[row].split("-")
        iso[row] = f"{year}-{date}-{month}"
    for row in np.flatnonzero(digit).tolist():
        iso[row] = _digit_off(iso[row], int(rng.integers(0, 3)))
    return choose(placeholder, "1900-01-01", choose(known, iso, None))


def _digit_off(iso: str, where: int) -> str:
    """One digit of the date off, and still a date."""
    year, month, day = iso.split("-")
    if where == 0 and (month, day) != ("02", "29"):
        return f"{year[:3]}{(int(year[3]) + 1) % 10}-{month}-{day}"
    if where == 1 and month[0] == "0" and int(day) <= 28:
        return f"{year}-0{int(month[1]) % 9 + 1}-{day}"
    return f"{year}-{month}-{day[0]}{int(day[1]) % 8 + 1}" if day[0] in "01" else f"{year}-{month}-1{day[1]}"


def _organisations(rng: Rng, records: Records, traps: Traps) -> dict[str, Texts]:
    """Company name as dealers write it, tax id and registration number, of companies and sole traders."""
    people, companies, person, company = records.people, records.companies, records.person, records.company
    is_person, size = records.is_person, len(records)
    manner = rng.integers(0, 5, size).tolist()
    name = texts([None] * size)
    for row in np.flatnonzero(~is_person).tolist():
        at = int(company[row])
        name[row] = _company_name(companies.form[at], companies.name[at], manner[row])
    for row in np.flatnonzero(records.is_trader & chance(rng, size, 0.6)).tolist():
        at = int(person[row])
        name[row] = f"ИП {people.last[at]} {people.first[at]} {people.middle[at] or ''}".strip()
    tax = np.where(is_person, people.tax_id[person], companies.tax_id[company])
    tax = choose(chance(rng, size, 0.8), tax, None)
    has = tax != None  # noqa: E711
    zero = traps.draw(rng, "tax_id_zero", has)
    digit = traps.draw(rng, "tax_id_digit", has & ~zero)
    for row in np.flatnonzero(digit).tolist():
        tax[row] = tax[row][:4] + str((int(tax[row][4]) + 1) % 10) + tax[row][5:]
    registration = np.where(is_person, people.registration_no[person], companies.registration_no[company])
    registration = choose(chance(rng, size, 0.5), registration, None)
    return {"company_name": name, "tax_id": np.where(zero, "0000000000", tax), "registration_no": registration}


def _company_name(form: str, name: str, manner: int) -> str:
    if form in ("GmbH", "Ltd"):
        return f"{name} {form}"
    return (
        f"{form} «{name}»",
        f'{form} "{name}"',
        f"{name} {form}",
        f"{form} {name.upper()}",
        f"{LONG_FORMS[form]} «{name}»",
    )[manner]


def _addresses(rng: Rng, records: Records, traps: Traps) -> dict[str, Texts]:
    """Street address in the dealer's manner, city, region, postcode, country."""
    people, companies, person, company = records.people, records.companies, records.person, records.company
    is_person, size = records.is_person, len(records)
    old = traps.draw(rng, "old_address", is_person & (people.old_home[person] != people.home[person]))
    home = np.where(old, people.old_home[person], people.home[person])
    manner = rng.integers(0, 5, size)
    table = lists.cities()
    of_person, of_company = people.homes, companies.homes
    at = np.where(is_person, home, 0), np.where(is_person, 0, companies.home[company])
    address = np.where(is_person, of_person.written(at[0], manner), of_company.written(at[1], manner))
    city = np.where(is_person, of_person.city[at[0]], of_company.city[at[1]])
    postcode = np.where(is_person, of_person.postcode[at[0]], of_company.postcode[at[1]])
    missing = traps.draw(rng, "address_missing", is_person)
    name, region, country = (texts(table[c].to_list())[city] for c in ("city", "region", "country"))
    return {
        "address": choose(missing, None, address),
        "city": choose(missing & chance(rng, size, 0.3), None, name),
        "region": choose(chance(rng, size, 0.4), region, None),
        "postcode": choose(missing | chance(rng, size, 0.35), None, postcode),
        "country": choose(chance(rng, size, 0.5), country, None),
    }


def _contact_persons(rng: Rng, records: Records, columns: dict[str, Texts], traps: Traps) -> None:
    """Beside a company's name, sometimes a contact person's; and some companies stand in a person's field."""
    people, companies, company, is_company = records.people, records.companies, records.company, ~records.is_person
    driver_of = np.full(len(companies), -1, dtype=np.int64)
    employed = np.flatnonzero(companies.employer >= 0)
    driver_of[companies.employer[employed]] = employed
    contact = traps.draw(rng, "contact_person", is_company & (driver_of[company] >= 0))
    who = driver_of[company]
    for column, values in (("last_name", people.last), ("first_name", people.first), ("middle_name", people.middle)):
        columns[column] = choose(contact, values[who], columns[column])
    as_person = traps.draw(rng, "company_as_person", is_company & ~contact)
    columns["last_name"] = choose(as_person, columns["company_name"], columns["last_name"])
    columns["company_name"] = choose(as_person, None, columns["company_name"])
    columns["kind"] = choose(as_person, "person", columns["kind"])
