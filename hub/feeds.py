"""The canonical columns of the eight feeds: the one place that knows what a feed holds.

Everything else (mapping, expectations, tables, COPY lists, the API's schemas, the demo's writers) reads this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a canonical value is once it has passed the gate; before the gate every value is text.

    The canonical *text* of each type, which mapping produces from a dealer's own formats:
    ``DATE`` ``YYYY-MM-DD`` · ``TIME`` ``YYYY-MM-DDTHH:MM:SS`` with an optional UTC offset; naive times are in the
    dealer's zone · ``NUMBER`` ``-?[0-9]+(\\.[0-9]+)?`` · ``INTEGER`` ``-?[0-9]+`` · ``FLAG`` ``true``/``false`` ·
    ``LIST`` several values in one field, as the dealer wrote them (split by the normaliser, never by mapping) ·
    ``CHOICE`` one of the column's ``choices``.
    """

    TEXT = "text"
    LIST = "list"
    DATE = "date"
    TIME = "time"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"


@dataclass(frozen=True)
class Column:
    """One canonical column of a feed."""

    name: str
    type: Type = Type.TEXT
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """A kind of file that dealers send.

    Attributes:
        name: canonical name, the prefix of the file's name and the name of its table.
        columns: all canonical columns in order; the first is always ``record_no``.
        describes_party: True when a row may itself describe a person or company, and so is matched.
    """

    name: str
    columns: tuple[Column, ...]
    describes_party: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the canonical columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called ``name``; raises ``KeyError`` when the feed has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


def _columns(text: str, **choices: str) -> tuple[Column, ...]:
    """Read ``name`` or ``name:type`` words; the choices of a column come as keyword, space-separated."""
    columns = []
    for word in text.split():
        name, _, kind = word.partition(":")
        if name in choices:
            columns.append(Column(name, Type.CHOICE, tuple(choices[name].split())))
        else:
            columns.append(Column(name, Type(kind or "text")))
    return tuple(columns)


CHANNELS = "phone sms email post messenger any"

CUSTOMERS = Feed(
    "customers",
    _columns(
        "record_no kind full_name last_name first_name middle_name birth_date:date gender company_name tax_id "
        "registration_no phones:list emails:list address city region postcode country language opted_out:flag "
        "created_at:time updated_at:time",
        kind="person company",
        gender="male female",
    ),
    describes_party=True,
)
VEHICLES = Feed(
    "vehicles",
    _columns(
        "record_no vin plate brand model model_year:integer customer_no role since:date until:date odometer:integer",
        role="owner driver lessee payer contact",
    ),
)
SALES = Feed(
    "sales",
    _columns(
        "record_no customer_no co_buyer_no vin brand model new_or_used status ordered_at:time contracted_at:time "
        "delivered_at:time price:number currency payment deposit:number trade_in_vin salesperson lost_reason",
        new_or_used="new used",
        status="ordered contracted delivered cancelled lost",
        payment="cash credit lease",
    ),
)
SERVICE_VISITS = Feed(
    "service_visits",
    _columns(
        "record_no customer_no vin department opened_at:time closed_at:time odometer:integer amount:number currency "
        "complaint advisor",
        department="mechanical body parts tyres wash insurance",
    ),
)
LEADS = Feed(
    "leads",
    _columns(
        "record_no customer_no full_name last_name first_name middle_name phones:list emails:list city postcode brand "
        "model new_or_used interest channel provider created_at:time last_contact_at:time last_contact_kind "
        "test_drive_at:time status lost_reason salesperson chosen_dealer comments",
        new_or_used="new used",
        interest="buy lease test_drive trade_in service sell",
        channel="showroom call web event campaign third_party",
        status="new contacted qualified proposal won lost",
    ),
    describes_party=True,
)
INTERACTIONS = Feed(
    "interactions",
    _columns(
        "record_no customer_no lead_no channel direction at:time subject campaign outcome",
        channel="visit call sms email post messenger",
        direction="in out",
    ),
)
CONSENTS = Feed(
    "consents",
    _columns(
        "record_no customer_no controller purpose channel status at:time wording_version evidence expires_at:time",
        controller="dealer importer manufacturer",
        purpose="processing marketing transfer survey recall",
        channel=CHANNELS,
        status="granted withdrawn",
    ),
)
SURVEYS = Feed(
    "surveys",
    _columns(
        "record_no customer_no vin about at:time score:integer comment complaint:flag",
        about="sale service",
    ),
)

FEEDS: dict[str, Feed] = {
    feed.name: feed for feed in (CUSTOMERS, VEHICLES, SALES, SERVICE_VISITS, LEADS, INTERACTIONS, CONSENTS, SURVEYS)
}

PARTY_FEEDS: tuple[str, ...] = tuple(name for name, feed in FEEDS.items() if feed.describes_party)

HUB = "@hub"
"""The pseudo-dealer that holds the records of the hub's own channels; no dealer of the registry can have this code."""
