"""Claims: the state machine of a dealer's work with a prospect, run over all claimants at once.

A claim begins **provisional** by a lead, or **protected** by two-way contact. It ends *expired*, *won* (delivered),
*lost* (given up, or delivered by a rival) or *withdrawn*; then the next event may begin another. Its states lie between
dates that follow from the events alone, so it can be asked about at any moment:

======================  ==============================================================
opened ≤ t < proven     provisional; ends after ``provisional``
proven ≤ t < until      protected; ends after ``silence`` without two-way contact, after ``protected`` since proof or
                        the latest milestone, and in any case ``longest`` after the claim was opened
======================  ==============================================================
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.prospects.events import CLAIMANT, CONTACT, LEAD, LOST, MILESTONE, NEVER, WON, believed
from hub.prospects.policy import TERM_NAMES, Policy

Ints = npt.NDArray[np.int64]
ENDINGS = ("expired", "lost", "withdrawn", "won")  # the last three as their kinds of event, less LOST − 1


def claims(events: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """All claims that the events amount to under a policy.

    Args:
        events: columns `hub.prospects.events.EVENTS`, in any order.

    Returns:
        One row a claim: the claimant, ``opened``, ``proven`` (`NEVER` if it never was), ``until``, ``ending``,
        ``rank`` and ``proven_rank`` (for seniority), ``source``, ``feed``, ``stated``, ``seen`` and ``trusted`` of the
        event that began it, ``proof`` (source of the two-way contact), ``contacts`` (two-way ones).
    """
    counts = ((pl.col("crowd") <= policy.unproven_a_day) | (pl.col("kind") != LEAD)) & ~pl.col("outcome").is_in(
        policy.no_answer
    ).fill_null(False)
    frame = believed(events.filter(counts), policy)
    frame = _with_losses_to_rivals(frame).sort(*CLAIMANT, "at", "kind", "said", "source")
    if frame.is_empty():
        return frame.select(*CLAIMANT).with_columns(_NO_CLAIMS).clear()
    first = frame.select(new=(pl.struct(CLAIMANT).rle_id().diff().fill_null(1) > 0))["new"].arg_true()
    starts = first.to_numpy().astype(np.int64)
    terms = terms_of(frame[first], policy)
    at, said, kind = (frame[name].to_numpy() for name in ("at", "said", "kind"))
    found = _Run(at, said, kind, starts, terms).claims()
    began = frame[found["event"]].select(*CLAIMANT, "source", "feed", "stated", "seen", "trusted", "rank")
    columns = found.with_columns(proof=_gather(frame["source"], found["proof"]), ending=_ending(found["ending"]))
    ranks = _gather(frame["rank"], found["proof"]).fill_null(NEVER).alias("proven_rank")
    return began.hstack(columns.drop("event")).with_columns(ranks).sort(*CLAIMANT, "opened")


def terms_of(rows: pl.DataFrame, policy: Policy) -> dict[str, Ints]:
    """The terms of each row's brand and purpose, as arrays."""
    kinds = rows.select("brand", "purpose").unique()
    told = [policy.terms_for(brand, purpose) for brand, purpose in kinds.rows()]
    table = kinds.with_columns(pl.Series(name, [getattr(t, name) for t in told], pl.Int64) for name in TERM_NAMES)
    joined = rows.select("brand", "purpose").join(table, on=["brand", "purpose"], how="left", maintain_order="left")
    return {name: joined[name].to_numpy() for name in TERM_NAMES}


def _with_losses_to_rivals(frame: pl.DataFrame) -> pl.DataFrame:
    """A car delivered by one dealer ends the claims of the others on that prospect."""
    won = frame.filter(pl.col("kind") == WON)
    if won.is_empty():
        return frame
    rivals = frame.select(*CLAIMANT).unique().rename({"dealer": "rival"})
    lost = won.join(rivals, on=list(CLAIMANT[:3])).filter(pl.col("rival") != pl.col("dealer"))
    lost = lost.with_columns(pl.col("rival").alias("dealer"), kind=pl.lit(LOST, pl.Int8)).drop("rival")
    return pl.concat([frame, lost.select(frame.columns)])


@dataclass
class _Run:
    """The machine: event k of every claimant in one step, k = 0, 1, 2 …

    Attributes:
        at, said, kind: the events, sorted by claimant and time.
        starts: where each claimant's events begin.
        terms: durations by claimant.
    """

    at: Ints
    said: Ints
    kind: npt.NDArray[np.int8]
    starts: Ints
    terms: dict[str, Ints]

    def __post_init__(self) -> None:
        counts = np.diff(self.starts, append=len(self.at))
        order = np.argsort(-counts, kind="stable")  # the longest first: those still at work are a beginning
        self.begins, self.counts = self.starts[order], counts[order]
        self.terms = {name: values[order] for name, values in self.terms.items()}
        size = len(order)
        self.live = np.zeros(size, bool)
        self.event, self.proof, self.contacts = (np.full(size, fill, np.int64) for fill in (0, -1, 0))
        self.opened, self.said_first, self.term, self.last = (np.zeros(size, np.int64) for _ in range(4))
        self.out: list[tuple[Ints, ...]] = []

    def claims(self) -> pl.DataFrame:
        """Run to the end."""
        for step in range(int(self.counts[0])):
            self._step(np.arange(np.searchsorted(-self.counts, -step)), step)
        rest = np.flatnonzero(self.live)
        self._close(rest, self._expiry(rest), 0)
        columns = [np.concatenate(parts) for parts in zip(*self.out, strict=True)]
        names = ("event", "proof", "contacts", "opened", "proven", "until", "ending")
        return pl.DataFrame(dict(zip(names, columns, strict=True)))

    def _step(self, who: Ints, step: int) -> None:
        event = self.begins[who] + step
        at, said, kind = self.at[event], self.said[event], self.kind[event]
        alive = who[self.live[who]]
        expiry = self._expiry(alive)
        over = expiry <= self.at[self.begins[alive] + step]
        self._close(alive[over], expiry[over], 0)
        ends = self.live[who] & (kind >= LOST)
        for ending in range(1, len(ENDINGS)):
            chosen = ends & (kind == LOST + ending - 1)
            self._close(who[chosen], at[chosen], ending)
        proves = ((kind == CONTACT) | (kind == MILESTONE)) & (said + self.terms["silence"][who] > at)
        leads = (kind == LEAD) & (said + self.terms["provisional"][who] > at)
        self._open(who, event, (proves | leads) & ~self.live[who])
        self._prove(who[proves], event[proves])

    def _open(self, who: Ints, event: Ints, chosen: npt.NDArray[np.bool_]) -> None:
        rows, at = who[chosen], event[chosen]
        self.live[rows] = True
        self.event[rows], self.proof[rows], self.contacts[rows] = at, -1, 0
        self.opened[rows], self.said_first[rows] = self.at[at], self.said[at]

    def _prove(self, rows: Ints, event: Ints) -> None:
        """Two-way contact: proof the first time, news each time; a milestone begins the term anew."""
        fresh = self.proof[rows] < 0
        self.last[rows] = np.where(fresh, self.said[event], np.maximum(self.last[rows], self.said[event]))
        self.term[rows] = np.where(fresh | (self.kind[event] == MILESTONE), self.said[event], self.term[rows])
        self.proof[rows] = np.where(fresh, event, self.proof[rows])
        self.contacts[rows] += 1

    def _expiry(self, rows: Ints) -> Ints:
        terms = {name: self.terms[name][rows] for name in ("provisional", "protected", "silence", "longest")}
        begun = self.said_first[rows]
        silence = np.minimum(self.last[rows] + terms["silence"], self.term[rows] + terms["protected"])
        proven = np.minimum(silence, begun + terms["longest"])
        return np.where(self.proof[rows] < 0, begun + terms["provisional"], proven)

    def _close(self, rows: Ints, until: Ints, ending: int) -> None:
        kept = until > self.opened[rows]
        chosen, proof = rows[kept], self.proof[rows[kept]]
        proven = np.where(proof < 0, NEVER, self.at[proof])
        self.out.append(
            (
                self.event[chosen], proof, self.contacts[chosen], self.opened[chosen], proven, until[kept],
                np.full(len(chosen), ending, np.int64),
            )
        )  # fmt: skip
        self.live[rows] = False


def _gather(column: pl.Series, places: pl.Series) -> pl.Series:
    """Values at places; null where the place is −1."""
    return column.gather(pl.select(pl.when(places >= 0).then(places)).to_series())


def _ending(numbers: pl.Series) -> pl.Series:
    return pl.Series("ending", np.array(ENDINGS, dtype=object)[numbers.to_numpy()], pl.String)


_NO_CLAIMS = [
    pl.lit(None, kind).alias(name)
    for name, kind in {
        "source": pl.String, "feed": pl.String, "stated": pl.Int64, "seen": pl.Int64, "trusted": pl.Boolean,
        "rank": pl.Int64, "proof": pl.String, "contacts": pl.Int64, "opened": pl.Int64, "proven": pl.Int64,
        "until": pl.Int64, "ending": pl.String, "proven_rank": pl.Int64,
    }.items()
]  # fmt: skip
