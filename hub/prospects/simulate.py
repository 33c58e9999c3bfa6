"""What another policy would have changed: two settlings of the same history, compared dealer by dealer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from hub.prospects.events import KEY, LEAD, NEVER
from hub.prospects.policy import Policy
from hub.prospects.settle import Reign, Settled

ROWS = {
    "what": pl.String,  # "conflict", "lead", "owner"
    "golden": pl.Int64, "brand": pl.String, "purpose": pl.String,
    "at": pl.Int64,  # the moment compared, microseconds
    "before": pl.String, "rule_before": pl.String,  # owner and rule as things are; null: nobody
    "after": pl.String, "rule_after": pl.String,  # under the new policy
}  # fmt: skip
COUNTS = (
    "conflicts_won",
    "conflicts_lost",
    "leads_gained",
    "leads_lost",
    "prospects_gained",
    "prospects_lost",
    "left_without_owner",
)


@dataclass(frozen=True)
class Comparison:
    """What differs.

    Attributes:
        rows: schema `ROWS`, those alone that differ: contested prospects by their last contested moment, leads by the
            moment they came, and prospects by who holds them at the end.
        compared: how many of each kind were compared.
    """

    rows: pl.DataFrame
    compared: dict[str, int]

    def by_dealer(self) -> pl.DataFrame:
        """One row a dealer that anything changes for: ``dealer`` and `COUNTS`."""
        parts = []
        for what, gained, lost in (
            ("conflict", "conflicts_won", "conflicts_lost"),
            ("lead", "leads_gained", "leads_lost"),
            ("owner", "prospects_gained", "prospects_lost"),
        ):
            rows = self.rows.filter(pl.col("what") == what)
            parts += [
                rows.select(dealer="after", count=pl.lit(gained)),
                rows.select(dealer="before", count=pl.lit(lost)),
            ]
        orphans = self.rows.filter((pl.col("what") == "owner") & pl.col("after").is_null())
        parts.append(orphans.select(dealer="before", count=pl.lit("left_without_owner")))
        told = pl.concat(parts).filter(pl.col("dealer").is_not_null())
        table = told.group_by("dealer", "count").len().pivot("count", index="dealer", values="len")
        missing = [pl.lit(0, pl.UInt32).alias(name) for name in COUNTS if name not in table.columns]
        return table.with_columns(missing).fill_null(0).select("dealer", *COUNTS).sort("dealer")

    @property
    def without_owner(self) -> tuple[int, int]:
        """Prospects that lose their only owner, and that get a first one."""
        owners = self.rows.filter(pl.col("what") == "owner")
        return owners["after"].null_count(), owners["before"].null_count()


def worlds(reigns: Sequence[Reign], policy: Policy, since: int) -> tuple[list[Reign], list[Reign]]:
    """The reigns as they are, and as they would have been, had the policy come into force at ``since``: from then on.

    What earlier policies decide ends with their reign, so that nothing later follows from it.
    """
    return [reign for reign in reigns if reign.until > since], [Reign(policy, since, NEVER)]


def compare(before: Settled, after: Settled, events: pl.DataFrame, since: int, now: int) -> Comparison:
    """Compare two settlings of the same events, from ``since`` to ``now`` (microseconds)."""
    conflicts = pl.concat([before.conflicts, after.conflicts]).filter(pl.col("ends") > since, pl.col("began") < now)
    last = conflicts.group_by(KEY).agg(at=pl.min_horizontal(pl.col("ends").max(), pl.lit(now)) - 1)
    came = pl.min_horizontal(pl.col("stated").fill_null(pl.col("seen")), "seen")
    leads = events.filter(pl.col("kind") == LEAD).select(*KEY, at=came).filter(pl.col("at").is_between(since, now))
    held = [spans_of(settled) for settled in (before, after)]
    now_held = [_live(spans, pl.lit(now)).drop("valid_from", "valid_until") for spans in held]
    then = {"conflict": last, "lead": leads}
    rows = [_differing(what, moments, [owners_at(moments, spans) for spans in held]) for what, moments in then.items()]
    owners = pl.concat([spans.select(KEY) for spans in now_held]).unique().with_columns(at=pl.lit(now, pl.Int64))
    found = [owners.join(spans, on=list(KEY), how="left", maintain_order="left") for spans in now_held]
    rows.append(_differing("owner", owners, found))
    return Comparison(
        pl.concat(rows).sort(list(ROWS)), {"conflict": len(last), "lead": len(leads), "owner": len(owners)}
    )


def _differing(what: str, moments: pl.DataFrame, owners: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Schema `ROWS`: the moments at which two worlds have different owners, in the order of the moments."""
    before, after = (
        frame.select(pl.col("owner").alias(name), pl.col("rule").alias(f"rule_{name}"))
        for frame, name in zip(owners, ("before", "after"), strict=True)
    )
    both = pl.concat([moments, before, after], how="horizontal").filter(~pl.col("before").eq_missing(pl.col("after")))
    return both.with_columns(what=pl.lit(what)).select(list(ROWS))


def spans_of(settled: Settled) -> pl.DataFrame:
    """Who holds which prospect when: KEY, ``valid_from``, ``valid_until``, ``owner``, ``rule``; no two of a prospect overlap."""
    return settled.ownership.select(*KEY, "valid_from", "valid_until", owner="dealer", rule="rule")


def owners_at(moments: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``moments`` (KEY, ``at``), in their order, with ``owner`` and ``rule`` of that moment; null where nobody is.

    Args:
        spans: of `spans_of`.
    """
    asked = moments.select(*KEY, "at").with_row_index("moment")
    met = _live(asked.join(spans, on=list(KEY)), pl.col("at")).select("moment", "owner", "rule")
    return asked.join(met, on="moment", how="left", maintain_order="left").drop("moment")


def _live(spans: pl.DataFrame, at: pl.Expr) -> pl.DataFrame:
    return spans.filter(pl.col("valid_from") <= at, pl.col("valid_until") > at)


def together(parts: Sequence[Comparison]) -> Comparison:
    """Comparisons of parts of the base as one."""
    rows = pl.concat([part.rows for part in parts]) if parts else pl.DataFrame(schema=ROWS)
    names = ("conflict", "lead", "owner")
    return Comparison(rows, {name: sum(part.compared[name] for part in parts) for name in names})
