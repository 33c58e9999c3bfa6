"""Survivorship: the best value of each field among the source records of one party, and why it won.

Each record votes for its value with a weight: trust of its feed × recency × validity; records that agree add up, and the
value with most weight wins (cf. "most trusted, most recent, most frequent" in DAMA-DMBOK 2, ch. 10). Ties go to the more
recent, then to the record with the lower identity. What does not change in a life (first name, birth date, tax id …)
does not fade: there recency only decides ties. A spelling that is a slip away from one with better support, and a
diminutive beside its full form, give their votes to that one. An address survives as a whole, never mixed from two. All
contact points are kept, best first, but for those that are no contact of this party: the dealer's own and invented ones.
Recency counts from the newest record of the same party, never from the clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hub.golden.pins import prefer, standing_pins
from hub.matching.frequency import FIELDS, weigh_contacts
from hub.matching.similarity import near
from hub.parties import TEXTS

VERSION = "2"  # of these rules: a change makes all golden records anew
TRUST = {"customers": 1.0, "leads": 0.6}
ENDED = 0.3  # a record that its dealer no longer holds
HALF_LIFE = 730.0  # days in which a value loses half of its weight

# field → (what agreement is judged by, the value shown, how valid a value is)
_WHOLE = pl.lit(1.0)
_NOTHING = pl.lit(None, TEXTS)
_SHORT = 0.1  # an initial against a full name
_CYRILLIC = "[\u0400-\u04ff]"


@dataclass(frozen=True)
class Rule:
    """How one golden field is decided.

    Attributes:
        same: expression by which two records agree.
        shows: columns of the golden record → expressions over the winning record.
        validity: weight between 0 and 1 of the value itself.
        fades: whether the value may change in a life, so that a newer record counts for more.
        spelled: whether near spellings of the value are slips of one another.
        short_for: list of the values, as ``same`` tells them, that the record's own may be short for.
    """

    same: pl.Expr
    shows: dict[str, pl.Expr]
    validity: pl.Expr = _WHOLE
    fades: bool = True
    spelled: bool = False
    short_for: pl.Expr = _NOTHING


def _name_validity(part: str) -> pl.Expr:
    return pl.when(pl.col(part).str.len_chars() > 1).then(1.0).otherwise(_SHORT)


_ADDRESS = ("postcode", "city", "street", "house", "flat")
_has = [pl.col(part).is_not_null().cast(pl.Float64) for part in _ADDRESS]

RULES: dict[str, Rule] = {
    "last_name": Rule(pl.col("last"), {"last_name": pl.col("shown_last")}, _name_validity("last"), spelled=True),
    "first_name": Rule(
        pl.col("first"),
        {"first_name": pl.col("shown_first")},
        _name_validity("first"),
        fades=False,
        spelled=True,
        short_for=pl.col("given"),
    ),
    "middle_name": Rule(
        pl.col("middle"), {"middle_name": pl.col("shown_middle")}, _name_validity("middle"), fades=False, spelled=True
    ),
    "company_name": Rule(
        pl.col("company"),
        {"company_name": pl.col("shown_company"), "legal_form": pl.col("legal_form")},
        spelled=True,
    ),
    "birth_date": Rule(pl.col("birth_date").cast(pl.String), {"birth_date": pl.col("birth_date")}, fades=False),
    "gender": Rule(
        pl.col("sex"), {"gender": pl.col("sex").replace_strict({"m": "male", "f": "female"}, default=None)}, fades=False
    ),
    "tax_id": Rule(pl.col("tax_id"), {"tax_id": pl.col("tax_id")}, fades=False),
    "registration_no": Rule(pl.col("registration_no"), {"registration_no": pl.col("registration_no")}, fades=False),
    "address": Rule(
        pl.when(pl.any_horizontal(pl.col(part).is_not_null() for part in _ADDRESS)).then(
            pl.concat_str([pl.col(part).fill_null("") for part in _ADDRESS], separator="\x1f")
        ),
        {
            "address": pl.col("shown_address"),
            "city": pl.col("shown_city"),
            "region": pl.col("region"),
            "postcode": pl.col("postcode"),
            "country": pl.col("country"),
        },
        pl.sum_horizontal(_has) / len(_ADDRESS),
    ),
    "language": Rule(pl.col("language"), {"language": pl.col("language")}),
}


def weigh(members: pl.DataFrame) -> pl.DataFrame:
    """Add ``trust``, ``recency`` and the party's script (``cyrillic``) to the records of parties, in order of precedence.

    Args:
        members: party records with ``golden``, ``id``, ``feed``, ``ended``, ``stated_on``, ``region``, ``language``.
    """
    age = (pl.col("stated_on").max().over("golden") - pl.col("stated_on")).dt.total_days()
    names = pl.concat_str("shown_last", "shown_first", "shown_middle", "shown_company", ignore_nulls=True)
    cyrillic = names.str.contains(_CYRILLIC).fill_null(False)
    trust = pl.col("feed").replace_strict(TRUST, default=0.5) * pl.when(pl.col("ended")).then(ENDED).otherwise(1.0)
    for_cyrillic = pl.when(cyrillic).then(trust).otherwise(-trust).sum().round(6).over("golden") >= 0
    return members.with_columns(trust=trust, recency=0.5 ** (age / HALF_LIFE), cyrillic=for_cyrillic).sort(
        "golden", pl.col("stated_on"), "id", descending=[False, True, False]
    )


def votes(weighed: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """For each party and distinct value of a field: its ``weight``, and the ``row`` of the record that shows it best."""
    lasting = pl.col("trust") * rule.validity
    cast = (
        weighed.lazy()
        .select(
            "golden",
            same=rule.same,
            vote=lasting * pl.col("recency") if rule.fades else lasting,
            lasting=lasting,
            full=rule.short_for,
            shown=next(iter(rule.shows.values())),
            cyrillic="cyrillic",
            row=pl.int_range(pl.len()),
        )
        .drop_nulls("same")
    )
    best = ["vote"]
    if rule.spelled:  # of the spellings that fold to one, that in the script of the others, then most records' own
        best = ["home", "spelling", "vote"]
        cast = cast.with_columns(
            home=pl.col("shown").str.contains(_CYRILLIC).fill_null(False) == pl.col("cyrillic"),
            spelling=pl.col("lasting").sum().over("golden", "same", "shown").round(6),
        )
    else:
        cast = cast.with_columns(home=pl.lit(True))
    standing = (
        cast.group_by("golden", "same", maintain_order=True)
        # rounded, so that the order of a floating-point sum decides nothing
        .agg(
            weight=pl.col("vote").sum().round(6),
            support=pl.col("lasting").sum().round(6),
            row=pl.col("row").sort_by(best, descending=True, maintain_order=True).first(),
            full=pl.col("full").first(),
            home=pl.col("home").any(),
        )
        .sort("golden", "support", "weight", "row", descending=[False, True, True, False])
        .collect()
    )
    if rule.spelled and standing["golden"].is_duplicated().any():  # somebody's values differ
        standing = _mended(standing)
    return standing.select("golden", "same", "weight", "row").sort(
        "golden", "weight", "row", descending=[False, True, False]
    )


def _mended(standing: pl.DataFrame) -> pl.DataFrame:
    """Give the votes of slips and diminutives to the spelling that is meant, the best supported one if there are several.

    Args:
        standing: the values of a field, of each party the best supported first; ``full`` lists what each is short for.
    """
    values = standing.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int32))
    contested = values.filter(pl.len().over("golden") > 1).select("golden", "same", "place", "full", "home")
    others = contested.select("golden", other="same", target="place", other_full="full", other_home="home")
    pairs = contested.join(others, on="golden").filter(pl.col("place") != pl.col("target"))
    slip = near(standing["same"], pairs["place"].to_numpy(), pairs["target"].to_numpy())
    short = pl.col("full").list.contains(pl.col("other")) & ~pl.col("other_full").list.contains(pl.col("same"))
    short &= pl.col("other_home") | ~pl.col("home")  # Соня is better than Sofiya among Cyrillic names
    given_up = (
        pairs.filter((pl.Series(slip) & (pl.col("target") < pl.col("place"))) | short.fill_null(False))
        .group_by("place")
        .agg(pl.col("target").min())
        .join(values.select("place", "weight"), on="place")
    )
    received = given_up.group_by("target").agg(received=pl.col("weight").sum()).rename({"target": "place"})
    own = pl.when(pl.col("place").is_in(given_up["place"].implode())).then(0.0).otherwise("weight")
    return (
        values.join(received, on="place", how="left", maintain_order="left")
        .with_columns(weight=(own + pl.col("received").fill_null(0.0)).round(6))
        .drop("place", "received")
    )


def contact_points(members: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """``members`` without the phones and e-mails that are no contact of theirs: a dealer's own, and invented ones.

    House accounts keep all of theirs: matching does not look at them, nor therefore at them again when a value becomes nobody's.

    Args:
        shared: contact values that many hold, as `hub.matching.frequency.shared_values` classifies them.
    """
    weighed = weigh_contacts(members, shared.filter(pl.col("class") == "placeholder"))
    house = pl.col("kind") == "house"
    own = (pl.when(house).then(field).otherwise(f"own_{field}").alias(field) for field in FIELDS)
    return weighed.with_columns(own).select(members.columns)


def consolidate(members: pl.DataFrame, pins: pl.DataFrame | None = None) -> pl.DataFrame:
    """Golden records of parties, a row each, in the order of ``golden``; the columns of table ``golden`` but ids and version.

    Args:
        members: as `weigh` takes them.
        pins: values that a steward chose (`hub.golden.pins.PIN_SCHEMA`); they win whatever their votes.
    """
    weighed = weigh(members)
    chosen = standing_pins(weighed, pins, {name: rule.same for name, rule in RULES.items()})
    golden = weighed.group_by("golden", maintain_order=True).agg(
        kind=pl.col("kind").first(),
        records=pl.len(),
        dealers=pl.col("dealer").n_unique(),
        active=~pl.col("ended").all(),
    )
    for name, rule in RULES.items():
        standing = votes(weighed, rule)
        if name in chosen:
            standing = prefer(standing, chosen[name])
        best = standing.unique("golden", keep="first", maintain_order=True)
        shown = weighed.select(**rule.shows)[best["row"]]
        golden = golden.join(
            pl.concat([best.select("golden"), shown], how="horizontal"),
            on="golden",
            how="left",
            maintain_order="left",
        )
    for field in ("phones", "emails", "vins"):
        golden = golden.join(_points(weighed, field), on="golden", how="left", maintain_order="left")
    full_name = pl.concat_str("last_name", "first_name", "middle_name", separator=" ", ignore_nulls=True)
    return golden.with_columns(
        full_name=pl.when(pl.col("kind") == "company")
        .then(pl.col("company_name"))
        .otherwise(pl.when(full_name != "").then(full_name))
    )


def _points(weighed: pl.DataFrame, field: str) -> pl.DataFrame:
    """All values of a multi-valued field, the best first."""
    return (
        weighed.select("golden", field, vote=pl.col("trust") * pl.col("recency"))
        .explode(field)
        .drop_nulls(field)
        .group_by("golden", field)
        .agg(vote=pl.col("vote").sum().round(6))
        .sort("golden", "vote", field, descending=[False, True, False])
        .group_by("golden", maintain_order=True)
        .agg(field)
    )


@dataclass(frozen=True)
class Value:
    """One value that stood for a golden field.

    Attributes:
        rid: the source record that shows it best.
        shown: the golden columns it gives.
        weight: its votes; the first of a field's values has won.
        won: whether it survived.
        pinned: whether a steward chose it.
    """

    rid: int
    shown: dict[str, object]
    weight: float
    won: bool
    pinned: bool = False


@dataclass(frozen=True)
class Explained:
    """How one party's golden record came to its values.

    Attributes:
        fields: for each field every value that stood, the winner first.
        phones, emails: all contact points, the best first.
    """

    kind: str
    fields: dict[str, list[Value]]
    phones: list[str]
    emails: list[str]


def explain(members: pl.DataFrame, pins: pl.DataFrame | None = None) -> dict[int, Explained]:
    """The golden records of a few parties, and what lost, by party; arguments as for `consolidate`."""
    weighed = weigh(members)
    chosen = standing_pins(weighed, pins, {name: rule.same for name, rule in RULES.items()})
    points = {field: dict(_points(weighed, field).iter_rows()) for field in ("phones", "emails")}
    kinds = weighed.unique("golden", keep="first", maintain_order=True).select("golden", "kind")
    explained = {
        golden: Explained(kind, {}, *(points[field].get(golden) or [] for field in ("phones", "emails")))
        for golden, kind in kinds.iter_rows()
    }
    said = weighed.select(
        "rid", **{name: show for rule in RULES.values() for name, show in rule.shows.items()}
    ).to_dicts()
    for field, rule in RULES.items():
        standing = votes(weighed, rule)
        if field in chosen:
            standing = prefer(standing, chosen[field])
        for golden, weight, row in standing.select("golden", "weight", "row").iter_rows():
            values = explained[golden].fields.setdefault(field, [])
            shown = {name: said[row][name] for name in rule.shows}
            values.append(
                Value(said[row]["rid"], shown, weight, not values, not values and _pinned(chosen, field, golden))
            )
    return explained


def _pinned(chosen: dict[str, pl.DataFrame], field: str, golden: int) -> bool:
    return field in chosen and golden in chosen[field]["golden"]
