"""One record without columns: what `hub.normalize.party` does to a frame, for a request that brings one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.normalize.addresses import Address, fold_city, parse_address, parse_postcode
from hub.normalize.dates import parse_birth_date, unread_birth_date
from hub.normalize.fields import (
    EVIDENCE,
    INPUT,
    SEX_WORDS,
    WHITE,
    extra_of,
    read_country,
    read_emails,
    read_numbers,
    read_phones,
    read_who,
)  # fmt: skip
from hub.normalize.identity import NAMELESS
from hub.parties import PARTY_SCHEMA

_WHITE = re.compile(f"[{WHITE}]+")


def party_record(row: Mapping[str, str | None], country: str = "ru") -> dict[str, object]:
    """The party record of one row; keys and values as those of `hub.normalize.party.party_records`."""
    text = {name: (row.get(name) or "").strip(WHITE) or None for name in INPUT}
    code, region = read_country(text["country"], country)
    phones, unread_phones = read_phones(text["phones"], region)
    emails, unread_emails = read_emails(text["emails"])
    numbers = read_numbers(text["tax_id"], text["registration_no"], region)
    names = (text[name] for name in ("full_name", "last_name", "first_name", "middle_name", "company_name", "kind"))
    who = read_who(*names, numbers.holder)
    address, city = text["address"], text["city"]
    place = parse_address(address, city) if address else Address()
    born = text["birth_date"]
    record: dict[str, object] = {
        **who._asdict(),
        "given": who.given.split(" ") if who.given else None,
        "tokens": who.tokens.split(" ") if who.tokens else None,
        "sex": None if who.kind == "company" else SEX_WORDS.get((text["gender"] or "").lower(), who.name_sex),
        "birth_date": parse_birth_date(born) if born else None,
        "phones": phones,
        "emails": emails,
        **numbers._asdict(),
        **place._asdict(),
        "postcode": (parse_postcode(text["postcode"]) if text["postcode"] else None) or place.postcode,
        "city": (fold_city(city) if city else None) or place.city,
        "country": code,
        "shown_address": _WHITE.sub(" ", address) if address else None,
        "shown_city": _WHITE.sub(" ", city) if city else place.shown_city,
        "unread_phones": unread_phones,
        "unread_emails": unread_emails,
        "unread_birth_date": unread_birth_date(born) if born else None,
        "extra": text["extra"],
    }
    if record["kind"] == NAMELESS:
        record["kind"] = "person" if any(record[name] for name in REACHABLE) else "house"
    evidence = [value if isinstance(value := record[name], str) else None for name in EVIDENCE]
    record["extra"] = extra_of(text["extra"], *evidence)
    return {name: record[name] for name in PARTY_SCHEMA}


# With any of these a record without a name may be somebody; with none it stands for nobody.
REACHABLE = (
    *("phones", "emails", "unread_phones", "unread_emails", "tax_id", "registration_no"),
    *("street", "postcode", "birth_date", "extra"),
)
