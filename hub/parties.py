"""The party record: what normalisation makes of one source record, and all that matching and survivorship see of it.

A party record is a pure function of one row of a feed that describes a person or company (`hub.feeds.PARTY_FEEDS`).
Names are *folded*: lower-case Latin letters and spaces, whatever the script they came in, so that Юлия, Yulia and
Julia can meet. The ``shown_*`` fields keep the value as a person should read it.
"""

from __future__ import annotations

import polars as pl

TEXTS = pl.List(pl.String)

PARTY_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    # "person", "company", or "house": a stand-in account («Частное лицо», the dealer itself) that matches nobody
    "kind": pl.String,
    # folded name parts; several tokens of one part are separated by one space; null when unknown
    "last": pl.String,
    "first": pl.String,  # may be one letter: an initial
    "middle": pl.String,  # patronymic or middle name; may be one letter
    # the surname without its gendered ending: Иванов and Иванова share "ivanov"
    "last_root": pl.String,
    # canonical given names that `first` may stand for: Саша → [aleksandr, aleksandra]; sorted
    "given": TEXTS,
    # every folded token of the name, sorted, distinct; filled even where the parts cannot be told apart
    "tokens": TEXTS,
    "sex": pl.String,  # "m", "f" or null; stated, else from patronymic, given name, surname ending
    "generation": pl.String,  # "senior", "junior" or null
    "company": pl.String,  # folded name without its legal form
    "legal_form": pl.String,  # canonical form: "ooo", "ao", "gmbh", "ltd" …
    "birth_date": pl.Date,
    "phones": TEXTS,  # E.164 digits without the plus, sorted, distinct: "79161234567"
    "emails": TEXTS,  # lower-case, sorted, distinct
    "tax_id": pl.String,  # country and digits, checksum valid: "ru:7707083893"
    "registration_no": pl.String,  # likewise: "ru:1027700132195"
    "postcode": pl.String,  # lower-case, no spaces
    "city": pl.String,  # folded
    "street": pl.String,  # folded tokens of the street without its type (ул., Straße …)
    "house": pl.String,  # folded house number with building: "12k2"
    "flat": pl.String,
    "country": pl.String,  # ISO 3166-1 alpha-2, lower-case, or null
    # JSON object: further textual evidence by name, folded, and values unreadable as their kind ("phones": "5550199")
    "extra": pl.String,
    # the values as a person should read them: trimmed, right case, right keyboard layout, script as it came
    "shown_last": pl.String,
    "shown_first": pl.String,
    "shown_middle": pl.String,
    "shown_company": pl.String,
    "shown_address": pl.String,
    "shown_city": pl.String,
}
