"""Why a dealer holds a prospect, in sentences that name no other dealer, and what each rule before had said."""

from __future__ import annotations

import json

import polars as pl

from hub.prospects.events import KEY, NEVER
from hub.prospects.grounds import OUTSIDE
from hub.prospects.policy import RULES, Policy

OPEN = "waits for a person at head office"


def reasons(grounds: pl.DataFrame) -> pl.Series:
    """One sentence for each ground (schema `hub.prospects.grounds.GROUNDS`)."""
    day = _day("since")
    near = pl.when(pl.col("order") < OUTSIDE).then(pl.lit("the customer lives in its territory")).otherwise(
        pl.format("the nearest claimant, {} km away", ((pl.col("order") - OUTSIDE) / 1000).round(0).cast(pl.Int64))
    )  # fmt: skip
    service = pl.col("purpose") == "service"
    said = {
        "legal_stop": pl.format("an objection to processing of {} is in force", day),
        "customer_choice": pl.format("the customer chose this dealer on {}", day),
        "ruling": pl.format("head office ruled so on {}", day),
        "open_contract": pl.format("a contract or order with deposit of {} is open", day),
        "protected_claim": pl.format("the earliest live claim with proven two-way contact, of {}", day),
        "last_seller": pl.when(service)
        .then(pl.format("serviced the customer's car last, on {}", day))
        .otherwise(pl.format("delivered the customer's last car on {}", day)),
        "allocation": pl.format("head office allocated the prospect on {}", day),
        "only_claim": pl.format("the only live claim, of {}", day),
        "territory": near,
    }
    chain = pl.coalesce([pl.when(pl.col("rule") == rule).then(sentence) for rule, sentence in said.items()])
    return grounds.select(chain.alias("reason")).to_series()


def traces(decisions: pl.DataFrame, policy: Policy) -> pl.Series:
    """JSON for each decision: every rule up to the deciding one, and what it said.

    Args:
        decisions: columns brand, purpose, rule, reason.
    """
    kinds = decisions.select("brand", "purpose", "rule").unique()
    before = [_before(policy.terms_for(brand, purpose).rules, rule) for brand, purpose, rule in kinds.rows()]
    table = kinds.with_columns(pl.Series("before", before, pl.String))
    joined = decisions.join(table, on=["brand", "purpose", "rule"], how="left", maintain_order="left")
    last = pl.struct("rule", says="reason").struct.json_encode()
    return joined.select(("[" + pl.col("before") + last + "]").alias("trace")).to_series()


def _before(rules: tuple[str, ...], deciding: str) -> str:
    earlier = rules[: rules.index(deciding)] if deciding in rules else rules
    return "".join(json.dumps({"rule": rule, "says": RULES[rule]}) + ", " for rule in earlier)


def facts(decisions: pl.DataFrame, claims: pl.DataFrame) -> pl.Series:
    """JSON for each decision: the claims that lived in its span, the senior first.

    Args:
        decisions: KEY, valid_from, valid_until.
        claims: as `hub.prospects.claims.claims` returns them.
    """
    spans = decisions.select(*KEY, "valid_from", "valid_until").with_row_index("decision")
    met = spans.join(claims, on=list(KEY)).filter(
        pl.col("opened") < pl.col("valid_until"), pl.col("until") > pl.col("valid_from")
    )
    state = pl.when(pl.col("proven") <= pl.col("valid_from")).then(pl.lit("protected")).otherwise(pl.lit("provisional"))
    told = met.sort("decision", "rank", "source").select(
        "decision",
        pl.struct(
            "dealer", state.alias("state"), _time("opened").alias("opened"),
            pl.when(pl.col("proven") < NEVER).then(_time("proven")).alias("proven"), _time("until").alias("until"),
            "source",
        ).struct.json_encode().alias("fact"),
    )  # fmt: skip
    joined = told.group_by("decision", maintain_order=True).agg(fact="[" + pl.col("fact").str.join(", ") + "]")
    return spans.join(joined, on="decision", how="left", maintain_order="left")["fact"].fill_null("[]")


def _time(name: str) -> pl.Expr:
    return pl.from_epoch(pl.col(name), "us").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(name: str) -> pl.Expr:
    return pl.from_epoch(pl.col(name), "us").dt.strftime("%Y-%m-%d")
