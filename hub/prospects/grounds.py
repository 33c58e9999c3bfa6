"""Grounds: all that speaks for a dealer, each with its rule, its span of time and its seniority."""

from __future__ import annotations

import polars as pl

from hub.prospects.events import KEY, NEVER, believed
from hub.prospects.policy import TERM_NAMES, Policy
from hub.prospects.rights import UNLIMITED, Rights

LATEST_COUNTS = ("customer_choice", "ruling", "allocation")  # of these, a later one replaces an earlier one
CLAIM_RULES = ("protected_claim", "only_claim", "territory")
OUTSIDE = 1 << 40  # added to the order of a claimant whose territory the home is not in

GROUNDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "golden": pl.Int64, "brand": pl.String, "purpose": pl.String, "dealer": pl.String, "rule": pl.String,
    "since": pl.Int64, "until": pl.Int64, "order": pl.Int64, "source": pl.String, "claim": pl.Int64,
}  # fmt: skip


def grounds(
    claims: pl.DataFrame, holds: pl.DataFrame, nearness: pl.DataFrame, policy: Policy, rights: Rights = UNLIMITED
) -> pl.DataFrame:
    """Schema `GROUNDS`: the lowest ``order`` is senior within a rule, then the lowest ``source``.

    Args:
        claims: as `hub.prospects.claims.claims` returns them; ``claim`` is the row of each.
        holds: schema `hub.prospects.events.HOLDS`.
        nearness: schema `hub.prospects.geography.NEARNESS`, of contested prospects.
        rights: of the dealers, to hold anything at all.
    """
    told = claims.with_row_index("claim").with_columns(pl.col("claim").cast(pl.Int64))
    live = told.with_columns(since=pl.col("opened"), order=pl.col("rank"))
    proven = told.filter(pl.col("proven") < pl.col("until")).with_columns(
        since=pl.max_horizontal("proven", "opened"), order=pl.col("proven_rank")
    )
    near = live.join(nearness, on=["golden", "dealer"]).with_columns(
        order=pl.when("inside").then(0).otherwise(OUTSIDE) + (pl.col("km").fill_null(0) * 1000).cast(pl.Int64)
    )
    parts = [
        frame.with_columns(rule=pl.lit(rule)).select(list(GROUNDS))
        for rule, frame in zip(CLAIM_RULES, (proven, live, near), strict=True)
    ]
    of_one_dealer = (pl.col("rule") == "legal_stop") & pl.col("dealer").is_not_null()
    stops = believed(holds.filter(of_one_dealer), policy)
    others = held(holds.filter(~of_one_dealer), claims.select(KEY).unique(), policy)
    others = others.with_columns(claim=pl.lit(None, pl.Int64))
    return rights.within(_stopped(pl.concat([*parts, others.select(list(GROUNDS))]), stops))


def _stopped(grounds: pl.DataFrame, stops: pl.DataFrame) -> pl.DataFrame:
    """The grounds without the time in which the person has forbidden just that dealer to process its data."""
    if stops.is_empty():
        return grounds
    first = stops.group_by("golden", "dealer").agg(stop=pl.col("said").min(), go=pl.col("until").fill_null(NEVER).max())
    hit = grounds.join(first, on=["golden", "dealer"])
    before = hit.with_columns(until=pl.min_horizontal("until", "stop"))
    after = hit.with_columns(since=pl.max_horizontal("since", "go"))
    free = grounds.join(first, on=["golden", "dealer"], how="anti")
    kept = [frame.filter(pl.col("since") < pl.col("until")).select(grounds.columns) for frame in (before, after)]
    return pl.concat([free, *kept])


def held(holds: pl.DataFrame, prospects: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The holds prospect by prospect, each to its end."""
    known = pl.concat([prospects, holds.select(KEY).drop_nulls()]).unique()
    told = believed(holds, policy)
    since = pl.when(pl.col("rule") == "open_contract").then("at").otherwise("said")
    frame = _each_prospect(told.with_columns(since=since), known)
    frame = frame.join(_terms(frame, policy), on=["brand", "purpose"], how="left", maintain_order="left")
    term = (
        pl.when(pl.col("rule") == "customer_choice").then("choice")
        .when(pl.col("rule") == "ruling").then("ruling")
        .when(pl.col("rule") == "open_contract").then("contract")
        .when(pl.col("rule") == "allocation").then("allocation")
        .when((pl.col("rule") == "last_seller") & (pl.col("purpose") == "service")).then("last_servicer")
        .when(pl.col("rule") == "last_seller").then("last_seller")
    )  # fmt: skip
    limit = pl.when(pl.col("rule") == "legal_stop").then(NEVER).otherwise(pl.col("since") + term)
    frame = frame.with_columns(until=pl.min_horizontal(pl.col("until").fill_null(NEVER), limit))
    counts = pl.col("rule").is_in(LATEST_COUNTS)  # few
    followed = pl.col("since").shift(-1).over([*KEY, "rule"], order_by=["since", "source"])
    latest = frame.filter(counts).with_columns(until=pl.min_horizontal("until", followed.fill_null(NEVER)))
    frame = pl.concat([frame.filter(~counts), latest])
    frame = frame.filter(
        (pl.col("since") < pl.col("until")) & (pl.col("dealer").is_not_null() | (pl.col("rule") == "legal_stop"))
    )
    latest_first = pl.col("rule").is_in([*LATEST_COUNTS, "last_seller"])
    return frame.with_columns(order=pl.when(latest_first).then(-pl.col("since")).otherwise("since"))


def _each_prospect(holds: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """A hold for every brand or purpose, as one for each prospect of the party."""
    whole = holds.filter(pl.col("brand").is_not_null() & pl.col("purpose").is_not_null())
    wide = holds.filter(pl.col("brand").is_null() | pl.col("purpose").is_null())
    if wide.is_empty():
        return whole
    spread = wide.join(known.rename({"brand": "b", "purpose": "p"}), on="golden").filter(
        pl.col("brand").fill_null(pl.col("b")) == pl.col("b"), pl.col("purpose").fill_null(pl.col("p")) == pl.col("p")
    )
    return pl.concat([whole, spread.with_columns(brand="b", purpose="p").select(holds.columns)])


def _terms(frame: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    kinds = frame.select("brand", "purpose").unique()
    told = [policy.terms_for(brand, purpose) for brand, purpose in kinds.rows()]
    return kinds.with_columns(pl.Series(name, [getattr(t, name) for t in told], pl.Int64) for name in TERM_NAMES)
