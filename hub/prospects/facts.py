"""From what rows of the feeds say of a party to dated events and holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from hub.prospects.events import CONTACT, EVENTS, HOLDS, LEAD, LOST, MILESTONE, WITHDRAWN, WON

_DAY = 86_400_000_000
_SHARED = {"golden": pl.Int64, "dealer": pl.String, "brand": pl.String, "purpose": pl.String, "source": pl.String}

# Times are microseconds since 1970 (UTC). ``seen`` is when the hub first saw the row, ``…_seen`` when it first said just that.
LEADS = _SHARED | {
    "seen": pl.Int64, "created": pl.Int64, "drive": pl.Int64, "drive_seen": pl.Int64, "contact": pl.Int64,
    "visited": pl.Boolean,  # that last contact was face to face
    "visit_seen": pl.Int64, "lost": pl.Boolean, "lost_seen": pl.Int64,
    "ended": pl.Int64,  # the lead is no longer in the dealer's full file
}  # fmt: skip
SALES = _SHARED | {
    "seen": pl.Int64, "ordered": pl.Int64, "contracted": pl.Int64, "delivered": pl.Int64, "deposited": pl.Boolean,
    "status": pl.String,
    "known": pl.Boolean,  # the row names a VIN
    "over_seen": pl.Int64,  # of a cancelled or lost sale
}  # fmt: skip
VISITS = {
    "golden": pl.Int64,
    "dealer": pl.String,
    "brand": pl.String,
    "source": pl.String,
    "seen": pl.Int64,
    "at": pl.Int64,
}
# Without a purpose: a contact that names no lead
CONTACTS = _SHARED | {"seen": pl.Int64, "at": pl.Int64, "outcome": pl.String}
# Words of the customer and of head office, objections: holds as they are
WORDS = _SHARED | {"rule": pl.String, "stated": pl.Int64, "seen": pl.Int64, "until": pl.Int64}


@dataclass(frozen=True)
class Facts:
    """What the rows of some parties say; schemas `LEADS`, `SALES`, `VISITS`, `CONTACTS`, `WORDS`."""

    leads: pl.DataFrame
    sales: pl.DataFrame
    visits: pl.DataFrame
    contacts: pl.DataFrame
    words: pl.DataFrame


@dataclass(frozen=True)
class Network:
    """What facts must be read with.

    Attributes:
        only: ``dealer``, ``only``: the brand of dealers that sell one alone.
        firsts: ``dealer``, ``first``: when each dealer's first file came, microseconds.
        crowds: ``dealer``, ``day``, ``crowd``: leads without proof of contact, of days with many.
    """

    only: pl.DataFrame
    firsts: pl.DataFrame
    crowds: pl.DataFrame


def events_of(facts: Facts, network: Network) -> pl.DataFrame:
    """All events, schema `hub.prospects.events.EVENTS`."""
    told = pl.concat([*_of_leads(facts.leads), *_of_sales(facts.sales), _of_visits(facts.visits)])
    contacts = _event(facts.contacts, CONTACT, "at", "seen", "interactions", outcome=pl.col("outcome"))
    bare = pl.col("purpose").is_null()
    told = _branded(pl.concat([told, contacts.filter(~bare)]), network)
    events = pl.concat([told, _of_known_prospects(contacts.filter(bare), told, network.only)])
    return _with_days(_folded(events), network).select(list(EVENTS))


def holds_of(facts: Facts, network: Network) -> pl.DataFrame:
    """All grounds beside claims, schema `hub.prospects.events.HOLDS`."""
    sales = facts.sales.with_columns(pl.col("brand").fill_null(""))
    signed, ended = pl.coalesce("contracted", "ordered"), pl.coalesce("delivered", "contracted", "ordered")
    lived = pl.col("status").is_in(["contracted", "ordered", "delivered"])
    open_contract = sales.filter(
        signed.is_not_null(),
        pl.col("contracted").is_not_null() | pl.col("deposited"),
        lived | (pl.col("over_seen") > pl.col("seen")).fill_null(False),
    )
    over = pl.when(pl.col("status") == "delivered").then(ended).when(~lived).then("over_seen")
    sold = sales.filter(pl.col("delivered").is_not_null(), pl.col("known"), status="delivered")
    visits = _branded(facts.visits, network).with_columns(purpose=pl.lit("service"))
    parts = [_hold(open_contract, "open_contract", signed, over)]
    parts += [_hold(sold.with_columns(purpose=pl.lit(p)), "last_seller", pl.col("delivered")) for p in ("new", "used")]
    parts += [_hold(visits, "last_seller", pl.col("at")), facts.words.select(parts[0].columns)]
    return _with_days(_folded(pl.concat(parts)), network).select(list(HOLDS))


def _event(
    frame: pl.DataFrame, kind: int, stated: str | pl.Expr, seen: str, feed: str, outcome: pl.Expr | None = None
) -> pl.DataFrame:
    when = pl.col(stated) if isinstance(stated, str) else stated
    return frame.select(
        "golden", "brand", "purpose", "dealer", kind=pl.lit(kind, pl.Int8), stated=when, seen=pl.col(seen),
        source="source", feed=pl.lit(feed), outcome=pl.lit(None, pl.String) if outcome is None else outcome,
    )  # fmt: skip


def _of_leads(leads: pl.DataFrame) -> Sequence[pl.DataFrame]:
    nothing = pl.lit(None, pl.Int64)
    driven = leads.filter(pl.col("drive") <= pl.col("drive_seen"))
    visited = leads.filter(pl.col("visited") & pl.col("contact").is_not_null())
    return (
        _event(leads, LEAD, "created", "seen", "leads"),
        _event(driven, MILESTONE, "drive", "drive_seen", "leads"),
        _event(visited, CONTACT, "contact", "visit_seen", "leads"),
        _event(leads.filter("lost"), LOST, pl.max_horizontal("contact", "created"), "lost_seen", "leads"),
        _event(leads.filter(pl.col("ended").is_not_null()), WITHDRAWN, nothing, "ended", "leads"),
    )


def _of_sales(sales: pl.DataFrame) -> Sequence[pl.DataFrame]:
    begun = sales.filter(pl.col("ordered").is_not_null() | pl.col("contracted").is_not_null())
    won = sales.filter(pl.col("delivered").is_not_null(), pl.col("known"), status="delivered")
    over = sales.filter(pl.col("over_seen").is_not_null())
    return (
        _event(begun, MILESTONE, pl.coalesce("ordered", "contracted"), "seen", "sales"),
        _event(over, LOST, pl.lit(None, pl.Int64), "over_seen", "sales"),
        _event(won, WON, "delivered", "seen", "sales"),
    )


def _of_visits(visits: pl.DataFrame) -> pl.DataFrame:
    return _event(visits.with_columns(purpose=pl.lit("service")), CONTACT, "at", "seen", "service_visits")


def _hold(frame: pl.DataFrame, rule: str, stated: pl.Expr, until: pl.Expr | None = None) -> pl.DataFrame:
    end = pl.lit(None, pl.Int64) if until is None else until
    return frame.select(
        "golden", "brand", "purpose", "dealer", "source", rule=pl.lit(rule), stated=stated, seen="seen", until=end
    )


def _branded(frame: pl.DataFrame, network: Network) -> pl.DataFrame:
    """A row without a brand has its dealer's only one; else none."""
    if network.only.is_empty():
        return frame.with_columns(pl.col("brand").fill_null(""))
    joined = frame.join(network.only, on="dealer", how="left", maintain_order="left")
    return joined.with_columns(brand=pl.coalesce("brand", "only", pl.lit(""))).drop("only")


def _of_known_prospects(contacts: pl.DataFrame, told: pl.DataFrame, only: pl.DataFrame) -> pl.DataFrame:
    """Contacts that name no lead count for all that their dealer has with the party; else for its only brand."""
    bare = contacts.drop("brand", "purpose")
    mine = told.join(bare.select("golden").unique(), on="golden", how="semi")
    mine = mine.select("golden", "dealer", "brand", "purpose").unique()
    known = bare.join(mine, on=["golden", "dealer"])
    rest = bare.join(mine, on=["golden", "dealer"], how="anti").join(only, on="dealer", how="left")
    rest = rest.with_columns(brand=pl.col("only").fill_null(""), purpose=pl.lit("new"))
    return pl.concat([known.select(told.columns), rest.select(told.columns)])


def _folded(frame: pl.DataFrame) -> pl.DataFrame:
    """Brands as `hub.store.ownership.fold_brand` has them; each distinct one is folded once."""
    brands = frame.select(pl.col("brand").unique().drop_nulls())
    plain = brands.with_columns(
        folded=pl.col("brand").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    )
    if (plain["folded"] == plain["brand"]).all():
        return frame
    joined = frame.join(plain, on="brand", how="left", maintain_order="left")
    return joined.with_columns(brand="folded").drop("folded")


def _with_days(frame: pl.DataFrame, network: Network) -> pl.DataFrame:
    """With ``hub_day``, ``dealer_day`` (the row came within 24 hours of the first file) and ``crowd``."""
    hub_first = network.firsts["first"].min()
    joined = frame.join(network.firsts, on="dealer", how="left", maintain_order="left")
    if network.crowds.is_empty():
        joined = joined.with_columns(crowd=pl.lit(0, pl.Int64))
    else:
        joined = joined.with_columns(day=pl.from_epoch("seen", "us").dt.date()).join(
            network.crowds, on=["dealer", "day"], how="left", maintain_order="left"
        )
    return joined.with_columns(
        hub_day=(pl.col("seen") < pl.lit(hub_first, pl.Int64) + _DAY).fill_null(False),
        dealer_day=(pl.col("seen") < pl.col("first") + _DAY).fill_null(False),
        crowd=pl.col("crowd").fill_null(0),
    )
