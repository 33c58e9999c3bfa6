"""What claims are made of: dated events of dealers about parties, and how far their dates are believed."""

from __future__ import annotations

import polars as pl

from hub.prospects.policy import Policy

KEY = ("golden", "brand", "purpose")  # a prospect
CLAIMANT = (*KEY, "dealer")
NEVER = 1 << 62  # a time that does not come

# Kinds of events, in the order in which those of one moment act.
LEAD, CONTACT, MILESTONE, LOST, WITHDRAWN, WON = range(6)
KINDS = ("lead", "contact", "milestone", "lost", "withdrawn", "won")

# Times are microseconds since 1970 (UTC).
EVENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "golden": pl.Int64,
    "brand": pl.String,  # lower-case; "" unknown
    "purpose": pl.String,  # "new", "used", "service"
    "dealer": pl.String,
    "kind": pl.Int8,
    "stated": pl.Int64,  # by the dealer; null when it states none
    "seen": pl.Int64,  # when the hub first saw the row that tells it
    "hub_day": pl.Boolean,  # the row came on the hub's first day at all
    "dealer_day": pl.Boolean,  # the row came on its dealer's first day
    "crowd": pl.Int64,  # leads without proof of contact that its dealer brought on that day; 0 while they are few
    "source": pl.String,  # id of that row: arrival does not change it
    "feed": pl.String,
    "outcome": pl.String,  # of a contact that only an answer makes two-way: what the dealer noted, lower-case; else null
}

# Other grounds on which a rule names a dealer; a null dealer stops everybody.
HOLDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "golden": pl.Int64,
    "brand": pl.String,  # null: every prospect of the party
    "purpose": pl.String,  # likewise
    "dealer": pl.String,
    "rule": pl.String,  # a name of `hub.prospects.policy.RULES`
    "stated": pl.Int64,
    "seen": pl.Int64,
    "until": pl.Int64,  # null: as long as the policy says
    "hub_day": pl.Boolean,
    "dealer_day": pl.Boolean,
    "source": pl.String,
}


def believed(events: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Events or holds with ``said`` and ``at``.

    ``said`` is the dealer's own date, never later than the hub's first sight of the row: terms run from it. ``at`` is
    when the event takes effect: the same, unless the dealer dates it back by more than the tolerance; then when the hub
    first saw it. So a date that cannot be checked makes a claim shorter, never older. ``rank`` is for seniority: what
    is not believed counts from the end of the day, whichever of two rivals' files happened to be read first.
    """
    said = pl.min_horizontal(pl.col("stated").fill_null(pl.col("seen")), "seen")
    first = {"hub": pl.col("hub_day"), "dealer": pl.col("dealer_day"), "none": pl.lit(False)}[policy.first_load]
    trusted = pl.col("stated").is_not_null() & (first | (said >= pl.col("seen") - policy.tolerance))
    day = 86_400_000_000
    return events.with_columns(said=said, trusted=trusted).with_columns(
        at=pl.when("trusted").then("said").otherwise("seen"),
        rank=pl.when("trusted").then("said").otherwise((pl.col("seen") // day + 1) * day),
    )
