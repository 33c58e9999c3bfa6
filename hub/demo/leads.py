"""The leads feed: wishes of known customers and strangers, some with hardly a name, some at two rivals at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from hub.demo import contacts, lists, written_names
from hub.demo.columns import text_frame
from hub.demo.companies import Companies
from hub.demo.dealers import BRANDS, Dealer, nearest
from hub.demo.memberships import DAY, TODAY, YESTERDAY, Memberships, number_records
from hub.demo.people import People
from hub.demo.randomness import Bools, Days, Ints, Rng, Texts, chance, choose, stream, texts, weighted
from hub.demo.records import Records
from hub.demo.shares import share
from hub.demo.traps import Traps
from hub.demo.vehicles import CATALOGUE

INTERESTS = texts(["buy", "lease", "test_drive", "trade_in", "service", "sell"])
CHANNELS = texts(["showroom", "call", "web", "event", "campaign", "third_party"])
PROVIDERS = {"web": ["site", "landing", "chat"], "third_party": ["avto-portal", "drom-leads", "price-hunter"]}
STATUSES = texts(["new", "contacted", "qualified", "proposal", "won", "lost"])
KINDS = texts(["call", "email", "visit", "messenger"])
REASONS = texts(["дорого", "купил у другого дилера", "передумал", "не дозвонились", "нет в наличии"])
COMMENTS = texts(
    ["Просил перезвонить", "Интересует трейд-ин", "Хочет тест-драйв в выходные", "Звонить после 18:00", "Кредит"]
)


@dataclass(frozen=True)
class Wishes:
    """Who asks whom for what: one entry a lead, sorted by dealer."""

    party: Ints
    dealer: Ints
    brand: Ints
    day: Days

    def __len__(self) -> int:
        return len(self.party)


def wishes(rng: Rng, people: People, members: Memberships, dealers: list[Dealer], size: int, days: int) -> Wishes:
    """Draw ``size`` leads of the last ``days`` days: mostly of the dealer's customers, and 15 % again at a rival."""
    base = rng.integers(0, len(members), size)
    base = base[members.party[base] < len(people)]
    party, dealer = members.party[base], members.dealer[base]
    near = nearest(dealers, min(6, len(dealers)))
    stray = chance(rng, len(party), 0.3)
    other = near[people.city[party], rng.integers(0, near.shape[1], len(party))]
    dealer = np.where(stray, other, dealer)
    brand = rng.integers(0, len(BRANDS), len(party))
    day = TODAY - (days * rng.random(len(party)) ** 1.5).astype(np.int64) - DAY
    again = chance(rng, len(party), share("rival_lead"))
    rival = near[people.city[party[again]], rng.integers(0, near.shape[1], int(again.sum()))]
    later = np.minimum(day[again] + rng.integers(0, 25, int(again.sum())), YESTERDAY)
    party, brand = np.concatenate([party, party[again]]), np.concatenate([brand, brand[again]])
    dealer, day = np.concatenate([dealer, rival]), np.concatenate([day, later])
    order = np.lexsort((np.arange(len(party)), day, dealer))
    return Wishes(party[order], dealer[order], brand[order], day[order])


def describe(
    seed: int,
    people: People,
    companies: Companies,
    members: Memberships,
    dealers: list[Dealer],
    wanted: Wishes,
    purpose: str,
    start: int = 1,
) -> pl.DataFrame:
    """Canonical text columns of the leads feed and its truth in ``_`` columns (as in `hub.demo.customers.describe`)."""
    rng = stream(seed, purpose)
    size = len(wanted)
    traps = Traps(size)
    records = Records(people, companies, dealers, wanted.party, wanted.dealer)
    last, first, middle = written_names.write(rng, records, traps)
    phones, emails = contacts.write(rng, records, traps, lead=True)
    short, mail = _partial(rng, people, wanted, traps, phones, emails)
    last[short | mail], middle[short | mail], first[mail] = None, None, None
    first[short] = people.first[wanted.party[short]]
    emails[short], phones[mail] = None, None
    frame = text_frame(
        {
            "record_no": number_records(wanted.dealer, "L", start),
            "customer_no": _known(rng, wanted, members, short | mail),
            "last_name": last,
            "first_name": first,
            "middle_name": middle,
            "phones": phones,
            "emails": emails,
            **_places(rng, people, wanted, short | mail),
            **_wish(rng, wanted, dealers),
        }
    )
    return frame.with_columns(
        _dealer=pl.Series(wanted.dealer),
        _party=pl.Series(wanted.party),
        _swapped=pl.Series(traps.mask("swapped") & ~short & ~mail),
        _traps=traps.column(),
    )


def _partial(
    rng: Rng, people: People, wanted: Wishes, traps: Traps, phones: Texts, emails: Texts
) -> tuple[Bools, Bools]:
    """Leads with a given name and a usable phone only, and leads with the person's own e-mail only."""
    usable = ~traps.mask("no_phone")
    short = traps.draw(rng, "lead_first_name_phone", usable)
    own = (emails == people.email[wanted.party]) & (emails != None)  # noqa: E711
    mail = traps.draw(rng, "lead_email_only", own & ~short, float(own.mean()) or 1.0)
    return short, mail


def _known(rng: Rng, wanted: Wishes, members: Memberships, partial: Bools) -> list[str | None]:
    """The customer's number at that dealer, where the person is one and the dealer noticed."""
    first = ~members.again
    numbers = dict(
        zip(
            zip(members.party[first].tolist(), members.dealer[first].tolist(), strict=True),
            members.record_no[first],
            strict=True,
        )
    )
    noticed = (chance(rng, len(wanted), share("lead_known_customer") / 0.7) & ~partial).tolist()
    keys = zip(wanted.party.tolist(), wanted.dealer.tolist(), strict=True)
    return [numbers.get(key) if seen else None for key, seen in zip(keys, noticed, strict=True)]


def _places(rng: Rng, people: People, wanted: Wishes, partial: Bools) -> dict[str, Texts]:
    city = texts(lists.cities()["city"].to_list())[people.city[wanted.party]]
    postcode = people.homes.postcode[people.home[wanted.party]]
    return {
        "city": choose(chance(rng, len(wanted), 0.6) & ~partial, city, None),
        "postcode": choose(chance(rng, len(wanted), 0.2) & ~partial, postcode, None),
    }


def _wish(rng: Rng, wanted: Wishes, dealers: list[Dealer]) -> dict[str, object]:
    size = len(wanted)
    brand = texts(list(BRANDS))[wanted.brand]
    draws = rng.integers(0, 1 << 30, size).tolist()
    model = texts([CATALOGUE[b][0][d % len(CATALOGUE[b][0])] for b, d in zip(brand, draws, strict=True)])
    model[chance(rng, size, 0.2)] = None
    channel = CHANNELS[weighted(rng, np.array([20, 25, 30, 4, 6, 15.0]), size)]
    provider = [PROVIDERS[c][d % 3] if c in PROVIDERS else None for c, d in zip(channel, draws, strict=True)]
    recent = (TODAY - wanted.day).astype(np.int64) < 10
    status = np.where(
        recent, weighted(rng, np.array([5, 3, 1, 0.5]), size), weighted(rng, np.array([1, 2, 2, 1, 2, 5.0]), size)
    )
    created = wanted.day.astype("datetime64[m]") + rng.integers(9 * 60, 21 * 60, size)
    contacted = created + rng.integers(5, 4000, size)
    drive = chance(rng, size, 0.15) & (status >= 2)
    who = wanted.dealer * 7 + rng.integers(0, 7, size)
    return {
        "brand": brand,
        "model": model,
        "new_or_used": np.where(chance(rng, size, 0.75), "new", "used"),
        "interest": INTERESTS[weighted(rng, np.array([60, 6, 18, 8, 4, 4.0]), size)],
        "channel": channel,
        "provider": provider,
        "created_at": stamp(created),
        "last_contact_at": choose(status > 0, stamp(contacted), None),
        "last_contact_kind": choose(status > 0, KINDS[rng.integers(0, 4, size)], None),
        "test_drive_at": choose(drive, stamp(contacted + np.timedelta64(3000, "m")), None),
        "status": STATUSES[status],
        "lost_reason": choose(status == 5, REASONS[rng.integers(0, 5, size)], None),
        "salesperson": salespeople()[who % len(salespeople())],
        "chosen_dealer": choose(chance(rng, size, 0.1), texts([d.name for d in dealers])[wanted.dealer], None),
        "comments": choose(chance(rng, size, 0.3), COMMENTS[rng.integers(0, 5, size)], None),
    }


def stamp(minutes: Days) -> Texts:
    """ISO text of ``datetime64`` values: ``2026-11-20T10:15:00``."""
    return np.datetime_as_string(minutes.astype("datetime64[s]")).astype(object)


def salespeople() -> Texts:
    """Names of dealers' staff, as dealers abbreviate them."""
    surnames = lists.surnames().male[:300]
    return texts([f"{name} {'АБВГДЕИКЛМНОПРСТЮЯ'[i % 18]}." for i, name in enumerate(surnames)])
