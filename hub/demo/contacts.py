"""How dealers write phones and e-mails: many formats, placeholders, their own numbers, slips."""

from __future__ import annotations

import numpy as np

from hub.demo.randomness import Bools, Rng, Texts, chance, choose, texts
from hub.demo.records import Records
from hub.demo.shares import share
from hub.demo.traps import Traps

PLACEHOLDER_PHONES = texts(["79999999999", "71111111111", "70000000000", "79000000000", "71234567890"])
PLACEHOLDER_EMAILS = texts(["noemail@mail.ru", "no@no.ru", "noemail@noemail.ru", "net@net.ru", "test@test.ru"])
WORDS = texts(["нет", "н/д", "-", "NULL"])
FORMATS = (
    "+7 ({0}) {1}-{2}-{3}",
    "8{0}{1}{2}{3}",
    "8-{0}-{1}-{2}-{3}",
    "+7{0}{1}{2}{3}",
    "7{0}{1}{2}{3}",
    "{0}{1}{2}{3}",
    "8 ({0}) {1}{2}{3}",
    "+7 {0} {1} {2} {3}",
)
SEPARATORS = (", ", "; ", " / ", ",", " ")


def write_phone(digits: str, manner: int) -> str:
    """E.164 ``digits`` as people write them; numbers from outside Russia get a plus."""
    if not digits.startswith("7") or len(digits) != 11:
        return "+" + digits
    return FORMATS[manner].format(digits[1:4], digits[4:7], digits[7:9], digits[9:])


def write(rng: Rng, records: Records, traps: Traps, lead: bool = False) -> tuple[Texts, Texts]:
    """The columns phones and emails of each record; who leaves a lead mostly leaves a number that works."""
    people, person, is_person = records.people, records.person, records.is_person
    size = len(records)
    phones = _phones(rng, records, traps, lead)
    emails = np.where(is_person, people.email[person], records.companies.email[records.company])
    emails = choose(chance(rng, size, share("email_given")), emails)
    placeholder = traps.draw(rng, "email_placeholder", is_person)
    own = traps.draw(rng, "email_of_dealer", is_person & ~placeholder)
    word = traps.draw(rng, "email_word", is_person & ~placeholder & ~own)
    emails = choose(placeholder, PLACEHOLDER_EMAILS[rng.integers(0, 5, size)], emails)
    emails = choose(own, texts([d.emails[0] for d in records.dealers])[records.dealer], emails)
    return phones, choose(word, WORDS[rng.integers(0, 4, size)], emails)


def _phones(rng: Rng, records: Records, traps: Traps, lead: bool) -> Texts:
    people, companies, person, is_person = records.people, records.companies, records.person, records.is_person
    size = len(records)
    digits = choose(is_person, people.phone[person], companies.phone[records.company])
    desk = is_person & (companies.employer[person] == 0) & chance(rng, size, share("switchboard"))
    digits = choose(traps.mark("switchboard", desk), companies.phone[0], digits)
    unusable = chance(rng, size, share("lead_no_phone" if lead else "no_phone")) & is_person & ~desk
    traps.mark("no_phone", unusable)
    usable = is_person & ~unusable & ~desk
    old = traps.draw(rng, "old_phone", usable & (not lead))
    digits = choose(old, people.old_phone[person], digits)
    slip = traps.draw(rng, "phone_digit", usable)
    draws = rng.integers(0, 1 << 30, size)
    for row in np.flatnonzero(slip).tolist():
        digits[row] = _digit_off(digits[row], int(draws[row]))
    manner = _manners(rng, size)
    text = texts([write_phone(d, m) for d, m in zip(digits, manner, strict=True)])
    second = traps.draw(rng, "second_phone", usable & (people.second_phone[person] != None), 0.3)  # noqa: E711
    for row in np.flatnonzero(second).tolist():
        other = write_phone(people.second_phone[person[row]], manner[row])
        draw = int(draws[row])
        text[row] = other if draw % 3 == 0 else text[row] + SEPARATORS[draw % len(SEPARATORS)] + other
    _unusable(rng, unusable, text, manner, records, traps)
    return text


def _unusable(rng: Rng, rows: Bools, text: Texts, manner: list[int], records: Records, traps: Traps) -> None:
    """Replace the phone in ``rows`` by nothing, a word, a placeholder or the dealer's own number; in place."""
    names = ("phone_blank", "phone_word", "phone_placeholder", "phone_of_dealer")
    bounds = np.cumsum([share(name) for name in names])
    reason = np.searchsorted(bounds, rng.random(len(rows)) * bounds[-1], side="right")
    draws = rng.integers(0, 1 << 30, len(rows)).tolist()
    for code, name in enumerate(names):
        traps.mark(name, rows & (reason == code))
    for row in np.flatnonzero(rows).tolist():
        draw, why = draws[row], int(reason[row])
        own = records.dealers[int(records.dealer[row])].phones
        text[row] = (
            None,
            WORDS[draw % len(WORDS)],
            write_phone(PLACEHOLDER_PHONES[draw % 5 if draw % 4 == 0 else 0], manner[row]),
            write_phone(own[0 if draw % 5 else 1], manner[row]),
        )[why]


def _manners(rng: Rng, size: int) -> list[int]:
    manners: list[int] = rng.choice(8, size, p=[0.3, 0.2, 0.05, 0.15, 0.1, 0.05, 0.05, 0.1]).tolist()
    return manners


def _digit_off(digits: str, draw: int) -> str:
    at = len(digits) - 1 - draw % 7
    return digits[:at] + str((int(digits[at]) + 1 + draw % 8) % 10) + digits[at + 1 :]
