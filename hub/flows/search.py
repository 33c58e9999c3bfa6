"""One box to search in: name in any script or order, phone, e-mail, VIN, plate, tax id, golden id, record number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import polars as pl
from sqlalchemy import Connection

from hub.flows.read_customer import Summary, members_of, summaries
from hub.matching.keys import lookup_keys
from hub.normalize.emails import parse_emails
from hub.normalize.folding import fold_word
from hub.normalize.party import party_records
from hub.normalize.phones import parse_phones
from hub.normalize.tax_ids import parse_registration_no, parse_tax_id
from hub.normalize.vehicles import plate, vin
from hub.store.customer_views import resolve
from hub.store.decisions import pins_on
from hub.store.search import Place, find_parties


@dataclass(frozen=True)
class Result:
    """A customer that was found, and its place in the list."""

    summary: Summary
    place: Place


def search(
    conn: Connection, text: str, dealer: str | None, after: Place | None = None, limit: int = 50
) -> list[Result]:
    """Customers in the caller's slice that ``text`` describes.

    Args:
        text: words in any order; all must fit, each one of the customer's records.
        dealer: the caller's dealer, which finds its own records only; None for the importer's people.
        after: the place where the page before ended.
    """
    text = text.strip()
    golden = resolve(conn, record_id) if (record_id := _identity(text)) else None
    named = [] if golden is None else [golden]
    hits = find_parties(conn, text, search_words(text), named, (after, limit), dealer)
    members = members_of(conn, [hit.golden for hit in hits])
    found = summaries(members, dealer, pins_on(conn, members["id"].to_list()))
    return [Result(found[hit.golden], hit.place) for hit in hits if hit.golden in found]


def search_words(text: str) -> list[list[int]]:
    """For each word of a text the stored keys of the records that hold it; all words must be met.

    A word is an e-mail address, a plate, a number of seven digits or more (phone, tax id or registration number, however
    it is broken up), a VIN, or one word of a name, which is folded as the normaliser folds names.
    """
    words: list[list[int]] = []
    rest = text
    for pattern, keys in _KINDS:
        words += [keys(found) for found in pattern.findall(rest)]
        rest = pattern.sub(" ", rest)
    return words + _names(rest)


def _email(text: str) -> list[int]:
    return _keys("e-mail", parse_emails(text)[0])


def _plate(text: str) -> list[int]:
    return _keys("plate", plate(pl.Series([text])).drop_nulls())


def _number(text: str) -> list[int]:
    readings = {
        "phone": parse_phones(text)[0],
        "tax id": [parse_tax_id(text)],
        "registration": [parse_registration_no(text)],
    }
    return [key for kind, values in readings.items() for key in _keys(kind, values)]


def _mixed(text: str) -> list[int]:
    """A word of letters and digits: a VIN, a plate of another country, or part of a company's name."""
    word = pl.Series([text])
    name = [token for token in [fold_word(text)] if token]
    return _keys("VIN", vin(word).drop_nulls()) + _keys("plate", plate(word).drop_nulls()) + _keys("name", name)


def _names(text: str) -> list[list[int]]:
    """Name tokens; an initial says too little to search by, unless there is nothing else."""
    if not text.strip():
        return []
    found = party_records(pl.DataFrame({"full_name": [text]}))["tokens"][0]
    tokens = [] if found is None else found.to_list()
    telling = [token for token in tokens if len(token) > 1] or tokens
    # a text of words that fold to nothing (a placeholder, a sign) is met by nobody
    return lookup_keys("name", telling) if telling else [[]]


def _keys(kind: str, values: Iterable[str | None]) -> list[int]:
    given = [value for value in values if value]
    return [key for keys in lookup_keys(kind, given) for key in keys] if given else []


_KINDS = (
    (re.compile(r"\S+@\S+"), _email),
    (re.compile(r"(?<!\w)[^\W\d_]\s?\d{3}\s?[^\W\d_]{2}\s?\d{2,3}(?!\w)"), _plate),
    (re.compile(r"(?<!\w)[+(]?(?:\d[\s().-]*){6,}\d(?!\w)"), _number),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)[\w-]+"), _mixed),
)


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
