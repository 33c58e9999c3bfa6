"""What the fields of one record say, field by field: the scalar readers that both paths of `hub.normalize.party` share."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from hub.normalize.countries import parse_country
from hub.normalize.emails import parse_emails
from hub.normalize.folding import fold
from hub.normalize.identity import Identity, Naming, identify
from hub.normalize.phones import parse_phones
from hub.normalize.tax_ids import holder, parse_registration_no, parse_tax_id

INPUT = (
    *("kind", "full_name", "last_name", "first_name", "middle_name", "birth_date", "gender", "company_name", "tax_id"),
    *("registration_no", "phones", "emails", "address", "city", "postcode", "country", "extra"),
)
# White space by Unicode, less what Python and Rust disagree about.
WHITE = " \t\n\r\x0b\x0c\x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_SEXES = {
    "m": "male m man mr herr hr male. м муж муж. мужской мужчина м. ер еркек männlich mannlich maennlich 男 男性",
    "f": "female f w woman mrs ms frau fr ж жен жен. женский женщина ж. әйел weiblich 女 女性",
}
SEX_WORDS = {word: sex for sex, words in _SEXES.items() for word in words.split()}

Listed = tuple[list[str] | None, str | None]  # values, and what could not be read


def read_phones(text: str | None, region: str) -> Listed:
    """Numbers of a phones field; see `parse_phones`."""
    found, unread = parse_phones(text, region) if text else ((), None)
    return list(found) or None, unread


def read_emails(text: str | None) -> Listed:
    """Addresses of an emails field; see `parse_emails`."""
    found, unread = parse_emails(text) if text else ((), None)
    return list(found) or None, unread


def read_country(text: str | None, default: str) -> tuple[str | None, str]:
    """The country stated, and the one whose rules apply."""
    code = parse_country(text) if text else None
    return code, code or default


class Numbers(NamedTuple):
    """Tax and registration number with what could not be read of them."""

    tax_id: str | None
    registration_no: str | None
    holder: str | None
    unread_tax_id: str | None
    unread_registration_no: str | None


def read_numbers(tax: str | None, registration: str | None, region: str) -> Numbers:
    """Verified numbers; see `hub.normalize.tax_ids`."""
    number = parse_tax_id(tax, region) if tax else None
    registered = parse_registration_no(registration, region) if registration else None
    return Numbers(number, registered, holder(number), _unread(tax, number), _unread(registration, registered))


def _unread(text: str | None, read: str | None) -> str | None:
    return fold(text) if text and not read and len(set(text)) > 2 else None


class Who(NamedTuple):
    """Kind and names. Lists are text joined by spaces: in columns that is cheaper than lists of Python objects."""

    kind: str
    last: str | None
    first: str | None
    middle: str | None
    last_root: str | None
    given: str | None
    tokens: str | None
    name_sex: str | None
    generation: str | None
    company: str | None
    legal_form: str | None
    shown_last: str | None
    shown_first: str | None
    shown_middle: str | None
    shown_company: str | None
    maiden: str | None
    contact: str | None
    employer: str | None


def read_who(*naming: str | None) -> Who:
    """Kind and names from the fields of `Naming`."""
    return _flat(identify(Naming(*naming)))


def _flat(found: Identity) -> Who:
    name, contact = found.name, found.contact
    named = found.organisation if found.kind == "company" else None
    tokens = sorted(set((named.core or "").split())) if named else name.tokens
    beside = found.organisation or found.employer
    return Who(
        found.kind, name.last, name.first, name.middle, name.last_root, " ".join(name.given) or None,
        " ".join(tokens) or None, name.sex, name.generation, named.core if named else None,
        named.legal_form if named else None, name.shown_last, name.shown_first, name.shown_middle,
        beside.shown if beside and not beside.house else None, name.maiden,
        " ".join(filter(None, (contact.last, contact.first, contact.middle))) or None if contact else None,
        found.employer.core if found.employer else None,
    )  # fmt: skip


# Columns that end up in a record's `extra`, beside the dealer's own.
EVIDENCE = (
    *("maiden", "contact", "employer", "unread_phones", "unread_emails", "unread_tax_id", "unread_registration_no"),
    "unread_birth_date",
)


def extra_of(extra: str | None, *evidence: str | None) -> str | None:
    """The dealer's JSON object with folded values, and the texts of `EVIDENCE`, as one JSON object with sorted keys."""
    found: dict[str, str] = {}
    for key, value in _object(extra).items():
        folded = fold(_bare(value) if isinstance(value, str) else json.dumps(value)) if value is not None else None
        if folded:
            found[key] = folded
    for name, text in zip(EVIDENCE, evidence, strict=True):
        if text:
            found[name.removeprefix("unread_")] = text
    return json.dumps(found, ensure_ascii=False, sort_keys=True) if found else None


# A web address, as one writes it with and another without: https://www.vektor.ru/, vektor.ru
_WEB = re.compile(r"\s*(?:https?://(?:www\.)?|www\.)(\S+?)/*\s*", re.IGNORECASE)


def _bare(text: str) -> str:
    """A web address without what all begin with; any other text as it is."""
    found = _WEB.fullmatch(text)
    return found[1] if found else text


def _object(extra: str | None) -> dict[str, object]:
    """What is no JSON object is evidence under the name ``extra``."""
    try:
        read = json.loads(extra) if extra else {}
    except (ValueError, RecursionError):
        read = None
    return read if isinstance(read, dict) else {"extra": extra}
