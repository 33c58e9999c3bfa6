"""Nights of a small network where nearly everything that can happen happens, drawn from a seed.

Names, phones, cars and addresses come from small pools, so records meet, part, contradict and crowd all the time. Files come as
full exports and as changes, late and out of order; records change, end, come back, turn from persons into companies or nobody;
leads name customers who come later; uploads are revoked, numbers change, own phones are registered, models are activated, and
stewards decide at any moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random

from hub.dealers.registry import DealerEntry
from hub.errors import HubError
from hub.flows.consolidate import consolidate
from hub.flows.decide import Word, decide, retract
from hub.flows.match import match
from hub.flows.pin import pin
from hub.flows.rekey import KeyChange, rekey
from hub.flows.revoke import revoke
from hub.matching.model import Model, dump, start_model
from hub.store.dealers import sync_dealers
from hub.store.models import activate_model, install_model
from tests.flows.inbox import Hub, Sent

Row = dict[str, object]
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEGIN = date(2026, 11, 1)
DEALERS = ["d1", "d2", "d3", "d4"]
SURNAMES = ["Иванов", "Иванова", "Ivanov", "Петров", "Мюллер", "Müller", "Ли", "Wang", "Ванг", "García López", "García"]
GIVEN = ["Иван", "Пётр", "Анна", "Аня", "Hans", "Johannes", "Юлия", "Yulia", "И.", "Саша", "Слава", "Вячеслав", ""]
MIDDLE = ["", "", "Иванович", "Петрович", "Ивановна", "И."]
PHONES = [f"+7 916 111-22-{number:02}" for number in range(14)]
EMAILS = [f"a{number}@mail.ru" for number in range(8)]
BORN = ["1970-01-01", "1980-05-06", "1980-06-05", "1980-05-07", "", "", ""]
TAX = ["500100732259", "7707083893", "526317984689", "", "", "", ""]
STREETS = ["ул. Ленина, 5, кв. 7", "ул. Ленина, 5, кв. 8", "ул. Мира, 1", "", ""]
COMPANIES = ["ООО Вектор", "Вектор ООО", "АО Ромашка", "ООО Авто-1", "ООО Авто-2"]
VINS = [f"WVWZZZ1JZXW00000{number}" for number in range(6)]
KNOWN = 60  # numbers that customers bear
PINNED = ("phones", "last_name", "address", "birth_date", "city")


def anybody(draw: Random) -> Row:
    row: Row = dict.fromkeys(
        ("last_name", "first_name", "middle_name", "birth_date", "gender", "company_name", "tax_id"), ""
    )
    sort = draw.random()
    if sort < 0.12:
        row |= {"kind": "company", "company_name": draw.choice(COMPANIES), "tax_id": draw.choice(TAX)}
    elif sort < 0.17:
        row |= {"kind": "person", "last_name": "Частное лицо"}
    else:
        row |= {"kind": "person", "last_name": draw.choice(SURNAMES), "first_name": draw.choice(GIVEN)}
        row |= {
            "middle_name": draw.choice(MIDDLE),
            "birth_date": draw.choice(BORN),
            "gender": draw.choice(["", "male", "female"]),
        }
    phones = "; ".join(draw.choice(PHONES) for _ in range(draw.choice([0, 1, 1, 2, 3, 9])))
    row |= {"phones": phones, "emails": draw.choice([*EMAILS, *[""] * 10]), "address": draw.choice(STREETS)}
    return row | {
        "city": draw.choice(["Москва", "Тула", ""]),
        "region": draw.choice(["", "Тула"]),
        "opted_out": draw.choice(["", "true"]),
    }


def lead(draw: Random) -> Row:
    row = {name: value for name, value in anybody(draw).items() if name in LEAD}
    if draw.random() < 0.4:
        row |= dict.fromkeys(("last_name", "first_name", "middle_name"), "")
        row |= dict.fromkeys(("phones", "emails"), "") if draw.random() < 0.5 else {}
    return row | {"customer_no": draw.choice(["", _number(draw)]), "brand": "VW"}


LEAD = ("last_name", "first_name", "middle_name", "phones", "emails", "city")


def _number(draw: Random) -> str:
    return str(draw.randrange(KNOWN))


MADE: dict[str, Callable[[Random], Row]] = {
    "customers": anybody,
    "leads": lead,
    "vehicles": lambda draw: {
        "vin": draw.choice(VINS),
        "plate": draw.choice(["", "А123ВС77"]),
        "customer_no": _number(draw),
        "role": draw.choice(["owner", "driver", ""]),
        "since": draw.choice(["", "2018-05-05"]),
        "until": draw.choice(["", "2021-01-01"]),
    },
    "sales": lambda draw: {
        "customer_no": _number(draw),
        "co_buyer_no": draw.choice(["", _number(draw)]),
        "vin": draw.choice(VINS),
        "contracted_at": "2019-01-01T10:00:00",
        "trade_in_vin": draw.choice(["", *VINS]),
        "brand": "VW",
        "status": "delivered",
    },
    "service_visits": lambda draw: {
        "customer_no": _number(draw),
        "vin": draw.choice(VINS),
        "opened_at": "2021-02-02T10:00:00",
        "department": "tyres",
    },
}


@dataclass
class Network:
    """The dealers' files and what they hold; ``models`` are those that may be activated."""

    hub: Hub
    seed: int
    models: tuple[Model, ...] = (replace(start_model(), version="low", match=-1.0, review=-6.0),)
    held: dict[tuple[str, str], dict[str, Row]] = field(default_factory=dict)
    day: date = BEGIN
    files: int = 0

    def __post_init__(self) -> None:
        self.draw = Random(self.seed)
        self.people = [anybody(self.draw) for _ in range(18)]

    def night(self) -> None:
        """One night with all that happens before, within and after it."""
        chance = self.draw.random
        self.day += timedelta(days=1)
        for dealer in DEALERS:
            for feed in MADE:
                if chance() < (0.6 if feed == "customers" else 0.25):
                    self.send(dealer, feed)
        self.hub.stage()
        for step, share in ((self.register, 0.25), (self.revoke, 0.25), (self.renumber, 0.2), (self.activate, 0.2)):
            if chance() < share:
                step()
        self.decide(2 if chance() < 0.3 else 0)
        match(self.hub.db)
        self.decide(2 if chance() < 0.3 else 0)
        consolidate(self.hub.db)
        self.decide(self.draw.choice([0, 2, 6]))

    def send(self, dealer: str, feed: str) -> None:
        """A file of new and changed rows, or of all; perhaps of an earlier day."""
        draw, rows = self.draw, self.held.setdefault((dealer, feed), {})
        fresh = {str(draw.randrange(KNOWN)): self.row(feed) for _ in range(draw.choice([0, 1, 4, 9, 20]))}
        delta = draw.random() < 0.5
        for number in [] if delta else draw.sample(sorted(rows), min(len(rows), draw.choice([0, 0, 1, 3]))):
            del rows[number]
        rows |= fresh
        sent = [{"record_no": number, **row} for number, row in (fresh if delta else rows).items()]
        if not sent:
            return
        draw.shuffle(sent)
        self.files += 1
        received = datetime.combine(self.day, datetime.min.time(), UTC) + timedelta(seconds=self.files)
        day = self.day - timedelta(days=draw.choice([0, 0, 0, 1, 2]))
        self.hub.arrive(
            Sent(f"{feed}_{self.files}.csv", day, tuple(sent), received, delta, feed, tuple(sent[0])), dealer
        )

    def row(self, feed: str) -> Row:
        """Of customers mostly one of a few people, told a little differently."""
        row = MADE[feed](self.draw)
        if feed == "customers" and self.draw.random() < 0.75:
            known = self.draw.choice(self.people)
            kept = self.draw.sample(sorted(known), len(known) - self.draw.choice([0, 1, 1, 2, 4]))
            row |= {name: known[name] for name in (*kept, "kind", "company_name")}
        return row

    def register(self) -> None:
        """The registry learns a dealer's own phone and e-mail."""
        phone, email = self.draw.choice(PHONES), self.draw.choice(EMAILS)
        with self.hub.db.worker() as conn:
            sync_dealers(conn, [DealerEntry(self.draw.choice(DEALERS), phones=(phone,), emails=(email,))])

    def revoke(self) -> None:
        """An upload is taken back."""
        accepted = self.hub.rows("SELECT upload_id FROM upload WHERE status = 'accepted' ORDER BY upload_id")
        if accepted:
            revoke(self.hub.db, self.hub.archive, self.hub.gate, int(str(self.draw.choice(accepted)[0])), "test")

    def renumber(self) -> None:
        """A dealer's customers bear other numbers; two of them swap."""
        a, b, c, d = (str(number) for number in self.draw.sample(range(KNOWN), 4))
        day = self.day - timedelta(days=self.draw.choice([0, 2]))
        change = KeyChange(self.draw.choice(DEALERS), "customers", day, ((a, b), (c, d), (b, a)), "test")
        self.tried(partial(rekey, self.hub.db, self.hub.archive, self.hub.gate, change))

    def activate(self) -> None:
        """Another model comes into force."""
        model = self.draw.choice(self.models)
        with self.hub.db.worker() as conn:
            install_model(conn, model.version, dump(model), AT)
            activate_model(conn, model.version)

    def decide(self, times: int) -> None:
        """A steward says something, or takes it back."""
        db, draw = self.hub.db, self.draw
        for _ in range(times):
            ids = [str(row[0]) for row in self.hub.rows("SELECT id FROM party WHERE kind <> 'house' ORDER BY id")]
            said = [int(str(row[0])) for row in self.hub.rows("SELECT entry_id FROM judgement ORDER BY 1")]
            edges = (
                "SELECT a.id, b.id FROM edge JOIN party a ON a.rid = rid_a JOIN party b ON b.rid = rid_b ORDER BY 1, 2"
            )
            met = [[str(one) for one in row] for row in self.hub.rows(edges)]
            if len(ids) < 4:
                return
            pair = draw.choice(met) if met and draw.random() < 0.6 else draw.sample(ids, 2)
            four, last, chosen = draw.sample(ids, 4), draw.choice(said or [0]), draw.choice(PINNED)
            verdict = draw.choice(["same", "different", "same", "different", "unsure", "split", "retract", "pin"])
            if verdict == "retract":
                self.tried(partial(retract, db, last, "steward", AT))
            elif verdict == "pin":
                self.tried(partial(pin, db, pair[0], chosen, "steward", AT))
            else:
                groups = [four[:2], four[2:]] if verdict == "split" else [pair]
                self.tried(partial(decide, db, Word(verdict, groups), "steward", AT))

    @staticmethod
    def tried(step: Callable[[], object]) -> None:
        """What cannot be is refused, and nothing has happened."""
        try:
            step()
        except HubError:
            return
