"""Whose prospect somebody is: from claims and other grounds to owners, conflicts and decisions, for any number of parties.

A pure function of facts and policies. The past is judged by the policy then in force: each version decides the time
from its activation to the next one's, by all that is known of the events up to each moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5
from uuid import UUID

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.prospects.claims import claims as claims_of
from hub.prospects.events import KEY, NEVER
from hub.prospects.grounds import grounds as grounds_of
from hub.prospects.policy import RULES, Policy
from hub.prospects.reasons import OPEN, facts, reasons, traces
from hub.prospects.rights import UNLIMITED, Rights
from hub.prospects.spans import Ints, by_two, cut, numbered, runs, senior, tied

ALWAYS = -NEVER
OWNERSHIP = (*KEY, "dealer", "valid_from", "valid_until", "rule", "policy", "reason")
CONFLICTS = ("conflict_id", *KEY, "began", "ends", "dealers")
DECISIONS = (
    "conflict_id", *KEY, "valid_from", "valid_until", "dealer", "rule", "policy", "reason", "trace", "facts",
)  # fmt: skip
_NUMBER = {rule: number for number, rule in enumerate(RULES)}


@dataclass(frozen=True)
class Reign:
    """A policy and the time in which it is in force, microseconds, ``until`` excluded."""

    policy: Policy
    since: int = ALWAYS
    until: int = NEVER


@dataclass(frozen=True)
class Settled:
    """What settling found. Times are microseconds; `NEVER` is an open end.

    Attributes:
        claims: as `hub.prospects.claims.claims`, with ``policy``.
        ownership: columns `OWNERSHIP`: who holds which prospect when, and why.
        conflicts: columns `CONFLICTS`: times in which several claims live.
        decisions: columns `DECISIONS`: how each conflict stands when; a null dealer: nobody holds the prospect.
            ``trace``: what each rule said, ``facts``: the live claims, both JSON.
    """

    claims: pl.DataFrame
    ownership: pl.DataFrame
    conflicts: pl.DataFrame
    decisions: pl.DataFrame


def claims_by_policy(events: pl.DataFrame, reigns: Sequence[Reign]) -> list[pl.DataFrame]:
    """The claims under each policy, those alone that lived in its time."""
    return [
        claims_of(events, reign.policy).filter(pl.col("opened") < reign.until, pl.col("until") > reign.since)
        for reign in reigns
    ]


def contested(claims: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Pairs ``golden``, ``dealer`` of prospects that several dealers have claimed: of these, nearness may matter."""
    changes = [pl.col(name) == pl.col(name).shift() for name in KEY]
    met = []
    for frame in claims:  # which are sorted by claimant
        another = frame.filter(*changes, pl.col("dealer") != pl.col("dealer").shift()).select(KEY).unique()
        met.append(frame.join(another, on=list(KEY), how="semi").select("golden", "dealer"))
    return pl.concat(met).unique()


def settle(
    claims: Sequence[pl.DataFrame],
    holds: pl.DataFrame,
    nearness: pl.DataFrame,
    reigns: Sequence[Reign],
    rights: Rights = UNLIMITED,
) -> Settled:
    """Decide everything.

    Args:
        claims: of `claims_by_policy`.
        holds: schema `hub.prospects.events.HOLDS`.
        nearness: schema `hub.prospects.geography.NEARNESS`, for the pairs of `contested`.
        rights: of the dealers.
    """
    parts = [_Court(*case, holds, nearness, rights).settled() for case in zip(claims, reigns, strict=True)]
    conflicts = pl.concat([part.conflicts for part in parts])
    if len(parts) > 1:  # a change of policy does not make a conflict two
        conflicts = conflicts.group_by("conflict_id", *KEY).agg(
            pl.col("began").min(), pl.col("ends").max(), pl.col("dealers").explode().unique().sort()
        )
    return Settled(
        pl.concat([part.claims for part in parts]),
        pl.concat([part.ownership for part in parts]),
        conflicts.select(CONFLICTS).sort(*KEY, "began", "conflict_id"),
        pl.concat([part.decisions for part in parts]),
    )


class _Court:
    """One policy over its time."""

    def __init__(
        self, claims: pl.DataFrame, reign: Reign, holds: pl.DataFrame, nearness: pl.DataFrame, rights: Rights
    ) -> None:
        self.claims, self.reign = claims, reign
        grounds = grounds_of(claims, holds, nearness, reign.policy, rights)
        self.prospects, numbers = numbered(grounds)
        self.grounds = grounds.with_columns(reason=reasons(grounds)).drop("order")
        self.segments = cut(numbers, grounds["since"].to_numpy(), grounds["until"].to_numpy())
        self.rule = grounds["rule"].replace_strict(_NUMBER, return_dtype=pl.Int64).to_numpy()
        place = self._places()[numbers, self.rule]
        self.listed = np.flatnonzero(place >= 0)
        self.rank = _ranks(numbers, place, grounds)
        # one ground of this rule a claim, so its covers tell which claims live when
        self.cover = self.segments.covered(np.flatnonzero(self.rule == _NUMBER["only_claim"]))
        self.rivals = np.bincount(self.cover[1], minlength=len(self.segments.since))

    def _places(self) -> Ints:
        """Place of each rule in the policy for each prospect; −1 where it is not listed."""
        kinds = self.prospects.select("brand", "purpose").unique().with_row_index("kind")
        listed = [self.reign.policy.terms_for(b, p).rules for b, p in kinds.select("brand", "purpose").rows()]
        places = [[rules.index(rule) if rule in rules else -1 for rule in RULES] for rules in listed]
        kind = self.prospects.join(kinds, on=["brand", "purpose"], how="left", maintain_order="left")["kind"]
        table: Ints = np.array(places, np.int64).reshape(len(listed), len(RULES))
        of_prospect: Ints = table[kind.to_numpy()]
        return of_prospect

    def settled(self) -> Settled:
        won = self._winners()
        conflicts, conflict = self._conflicts()
        ownership = self._spans(won, won >= 0).filter(pl.col("dealer").is_not_null())
        decided = self._spans(won, self.rivals > 1)
        ids = conflicts["conflict_id"].gather(conflict[decided["segment"].to_numpy()])
        decided = self._clipped(decided.with_columns(conflict_id=ids), "valid_from", "valid_until")
        decided = decided.with_columns(trace=traces(decided, self.reign.policy), facts=facts(decided, self.claims))
        version = pl.lit(self.reign.policy.version).alias("policy")
        return Settled(
            self.claims.with_columns(version),
            self._clipped(ownership, "valid_from", "valid_until").with_columns(version).select(OWNERSHIP),
            self._clipped(conflicts, "began", "ends").select(CONFLICTS),
            decided.with_columns(version).select(DECISIONS),
        )

    def _winners(self) -> Ints:
        """The deciding ground of each segment, −1 for none."""
        ground, segment = self.segments.covered(self.listed)
        rule, rivals = self.rule[ground], self.rivals[segment]
        fits = np.where(rule == _NUMBER["only_claim"], rivals == 1, (rule != _NUMBER["territory"]) | (rivals > 1))
        return senior(self.segments, self.rank, self.listed, (ground[fits], segment[fits]))

    def _spans(self, won: Ints, chosen: npt.NDArray[np.bool_]) -> pl.DataFrame:
        """Stretches of segments that one ground decides; where none does, a person must."""
        first, last = runs(self.segments, won, chosen)
        ground = pl.Series("ground", won[first])
        ground = ground.to_frame().select(pl.when(ground >= 0).then(ground)).to_series()
        held = pl.DataFrame([self.grounds[name].gather(ground) for name in ("dealer", "rule", "reason")])
        times = pl.DataFrame({"valid_from": self.segments.since[first], "valid_until": self.segments.until[last]})
        spans = self.prospects[self.segments.prospect[first]].hstack(held).hstack(times)
        return spans.with_columns(
            pl.col("rule").fill_null("head_office"), pl.col("reason").fill_null(OPEN), segment=pl.Series(first)
        )

    def _conflicts(self) -> tuple[pl.DataFrame, Ints]:
        """Stretches with several live claims; and for each segment the number of its conflict, −1 for none."""
        contested = self.rivals > 1
        first, last = runs(self.segments, np.zeros_like(self.rivals), contested)
        begins = np.zeros(len(contested), np.int64)
        begins[first] = 1
        number = np.where(contested, np.cumsum(begins) - 1, -1)
        ground, segment = self.cover
        told = self.grounds.select("dealer", "source", "since").with_row_index("ground").cast({"ground": pl.Int64})
        met = pl.DataFrame({"conflict": number[segment], "ground": ground}).filter(pl.col("conflict") >= 0).unique()
        sides = (
            met.join(told, on="ground").sort("conflict", "since", "source").group_by("conflict", maintain_order=True)
        )
        named = sides.agg(
            pl.col("dealer").unique().sort().alias("dealers"), pl.col("source").head(2).sort().str.join(" ").alias("of")
        )
        found = self.prospects[self.segments.prospect[first]].hstack(named).with_columns(
            began=pl.Series(self.segments.since[first]), ends=pl.Series(self.segments.until[last])
        )  # fmt: skip
        return found.with_columns(conflict_id=_ids(found)), number

    def _clipped(self, frame: pl.DataFrame, since: str, until: str) -> pl.DataFrame:
        """What falls into the policy's time."""
        cut_off = frame.with_columns(
            pl.max_horizontal(since, pl.lit(self.reign.since, pl.Int64)).alias(since),
            pl.min_horizontal(until, pl.lit(self.reign.until, pl.Int64)).alias(until),
        )
        return cut_off.filter(pl.col(since) < pl.col(until))


def _ranks(prospect: Ints, place: Ints, grounds: pl.DataFrame) -> Ints:
    """A rank for each ground: within its prospect by its rule's place, then ``order``, then ``source``."""
    of = prospect * (len(RULES) + 1) + place + 1
    order = grounds["order"].to_numpy()
    sorted_ = by_two(of, order)
    alike = tied(sorted_, of, order)
    if len(alike):  # few: the ids, which are text, decide
        source = np.zeros(len(of), np.int64)
        source[alike] = grounds["source"].gather(alike).rank("dense").to_numpy()
        sorted_ = np.lexsort((source, order, of))
    rank = np.empty(len(of), np.int64)
    rank[sorted_] = np.arange(len(of))
    return rank


def _ids(conflicts: pl.DataFrame) -> pl.Series:
    """A conflict bears a hash of its prospect's brand and purpose and of the two claims that began it: no golden id."""
    names = conflicts.select(pl.concat_str("brand", "purpose", "of", separator="\x1f")).to_series().to_list()
    ids = [str(UUID(bytes=md5(name.encode(), usedforsecurity=False).digest())) for name in names]
    return pl.Series("conflict_id", ids, pl.String)
