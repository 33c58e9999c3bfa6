"""Clusters from scored pairs: average linkage with contradictions, all components at once.

Transitive closure chains (A~B~C is not A~C), so each component is clustered by the mean score over *all* pairs of its
records (average linkage, Sokal & Michener 1958), with these additions:

- A pair that says nothing (a lead of a first name and a phone beside a record of a surname and an address) has no voice
  in the mean: missing is not different.
- Clusters that hold a contradicting pair never merge.
- Nor do clusters with a pair that may as well be father and son (`hub.matching.generations`): these wait for a steward.
- A merge is *ambiguous* when its two sides also lean, nearly as strongly, to two records that contradict each other: a
  record that could be the father's or the son's joins neither, it waits for a steward.

What a steward said comes before all of that (`hub.matching.constraints`): records that stand together are one cluster from
the beginning, those that stand apart contradict each other, and nobody is asked twice.

The outcome is a function of the component alone: of its records, in the order of their identities, and their scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.matching.components import bounded_components, grouped
from hub.matching.constraints import Constraints, pardoned
from hub.matching.generations import father_or_son, of_either
from hub.matching.linkage import link_components
from hub.matching.score import Scorer, Scores

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

COMPONENT_CAP = 150  # records that one clustering looks at together; no party has more
MARGIN = 6.0  # bits by which the better of two contradicting companions must win
CEILING = 60.0  # bits; a pair's evidence counts no further, so one pair cannot outvote many
SILENCE = -1.0  # bits; less evidence against than this is none
_CELLS = 1 << 22  # cells of the score matrices held at once


@dataclass(frozen=True)
class Clusters:
    """A partition and what it leaves to a steward.

    Attributes:
        label: for each record the row of the first record (by rank) of its cluster.
        review_i, review_j, review_weight: pairs of records in two clusters that a steward should look at.
        review_reason: for each such pair "score" (near the threshold), "ambiguous" or "too many".
    """

    label: Longs
    review_i: Longs
    review_j: Longs
    review_weight: Floats
    review_reason: npt.NDArray[np.str_]


def cluster(
    scorer: Scorer, i: Longs, j: Longs, weight: Floats, said: Constraints | None = None, cap: int | None = None
) -> Clusters:
    """Cluster records from the edges (pairs scored at or above the model's review threshold).

    Args:
        said: what stewards demand of the records, as rows.
        cap: records of one component; ``COMPONENT_CAP`` unless given.
    """
    model, records = scorer.model, scorer.records
    n = len(records)
    order = np.argsort(records.rank, kind="stable")
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    # from here on nodes are numbered by rank, so the lowest number of a cluster is its first record
    a, b = place[i], place[j]
    said = said and said.renumbered(place)
    component, cut = bounded(n, a, b, weight, said, cap)
    demands = said.within(component) if said else {}
    label = np.arange(n)
    blocked: list[Longs] = []
    for members, votes in _voted(scorer, order, _batches(component)):
        said_here = widened(votes, model.match, _placed(demands, component, members))
        labels, ambiguous = agglomerate(votes, model.match, said_here)
        label[members] = members[np.arange(len(members))[:, None], labels]
        blocked.append(
            np.stack([members[ambiguous[:, 0], ambiguous[:, 1]], members[ambiguous[:, 0], ambiguous[:, 2]]], 1)
        )
    unresolved = label[a] != label[b]
    return _with_reviews(
        order,
        label,
        (a[unresolved], b[unresolved], weight[unresolved]),
        np.concatenate([np.zeros((0, 2), np.int64), *blocked]),
        cut,
        said,
    )


def bounded(
    n: int, a: Longs, b: Longs, weight: Floats, said: Constraints | None, cap: int | None = None
) -> tuple[Longs, Longs]:
    """Components of edges and of what stands together, within the cap (`bounded_components`).

    A set of a steward's counts as one record: no cut takes it apart.
    """
    cap = COMPONENT_CAP if cap is None else cap
    if said is None:
        return bounded_components(n, a, b, weight, cap)
    stands_for = said.representatives(n)
    component, cut = bounded_components(n, stands_for[a], stands_for[b], weight, cap)
    return component[stands_for], np.flatnonzero(np.isin(stands_for, cut))


def _placed(demands: dict[int, Constraints], component: Longs, members: Longs) -> dict[int, Constraints]:
    """What is demanded of the components of a batch, by their place in it."""
    if not demands:
        return {}
    names = component[members[:, 0]]
    concerned = np.flatnonzero(np.isin(names, list(demands)))
    return {int(at): demands[int(names[at])].at(members[at]) for at in concerned}


def widened(votes: Votes, threshold: float, said: dict[int, Constraints]) -> dict[int, Constraints]:
    """What is demanded of the components of a batch, with the whole clusters that would be without what stands together."""
    concerned = [at for at, demands in said.items() if demands.together]
    if not concerned:
        return said
    alone = Votes(votes.total[concerned], votes.voices[concerned], votes.forbidden[concerned])
    parted = {place: Constraints(apart=said[at].apart) for place, at in enumerate(concerned)}
    label, _ = agglomerate(alone, threshold, parted)
    return {**said, **{at: said[at].widened(label[place]) for place, at in enumerate(concerned)}}


def _with_reviews(
    order: Longs,
    label: Longs,
    open_: tuple[Longs, Longs, Floats],
    blocked: Longs,
    cut: Longs,
    said: Constraints | None,
) -> Clusters:
    a, b, weight = open_
    n = len(label)
    ambiguous = np.zeros(n, bool)
    ambiguous[blocked.ravel()] = True
    oversized = np.zeros(n, bool)
    oversized[cut] = True
    reason = np.where(
        oversized[a] | oversized[b], "too many", np.where(ambiguous[a] & ambiguous[b], "ambiguous", "score")
    )
    # one question for two clusters is enough: their strongest pair
    pair = np.minimum(label[a], label[b]) * n + np.maximum(label[a], label[b])
    strongest = np.lexsort((b, a, -weight, pair))
    first = np.ones(len(pair), bool)
    first[1:] = pair[strongest][1:] != pair[strongest][:-1]
    chosen = strongest[first]
    if said:
        lower, higher = said.settled(label)
        chosen = chosen[~np.isin(pair[chosen], lower * n + higher)]
    rows = np.empty(n, np.int64)
    rows[order] = order[label]
    return Clusters(rows, order[a[chosen]], order[b[chosen]], weight[chosen], reason[chosen])


def _batches(component: Longs) -> Iterator[Longs]:
    """Components of more than one node as arrays (components × size), a few of one size each."""
    nodes, starts = grouped(component)
    sizes = np.diff(starts)
    for size in np.unique(sizes):
        chosen = starts[:-1][sizes == size]
        for part in np.array_split(chosen, max(1, len(chosen) * size * size // _CELLS)):
            yield nodes[part[:, None] + np.arange(size)]


@dataclass(frozen=True)
class Votes:
    """What every two places of a component say of each other, for a batch of components of one size.

    Attributes:
        total: bits for (and against) both being one party, batch × size × size; cannot be told from 0 without voices.
        voices: 1 where the pair says anything at all.
        forbidden: whether the pair holds a contradiction, or may as well be father and son.
    """

    total: Floats
    voices: Floats
    forbidden: Bools


def votes(scores: Scores) -> tuple[Floats, Floats]:
    """The vote of each pair and whether it has a voice: a low score counts only as far as evidence speaks against it."""
    low = scores.weight < 0
    vote = np.where(low, np.maximum(scores.weight, scores.against), scores.weight)
    return np.clip(vote, -CEILING, CEILING), (~low | (scores.against <= SILENCE)).astype(np.float32)


def _voted(scorer: Scorer, order: Longs, batches: Iterator[Longs]) -> Iterator[tuple[Longs, Votes]]:
    """Each batch with its votes. Batches are scored many at once: a call costs as much as some thousand pairs."""
    waiting: list[Longs] = []
    for members in batches:
        waiting.append(members)
        if sum(one.size * one.shape[1] for one in waiting) >= _CELLS:
            yield from zip(waiting, matrices(scorer, [order[one] for one in waiting]), strict=True)
            waiting = []
    yield from zip(waiting, matrices(scorer, [order[one] for one in waiting]), strict=True)


def matrices(scorer: Scorer, batches: Sequence[Longs]) -> Iterator[Votes]:
    """The votes of batches of components (components × size, as rows of the scorer's records)."""
    if not batches:
        return
    pairs = [np.triu_indices(rows.shape[1], 1) for rows in batches]
    i, j = (
        np.concatenate([rows[:, side].ravel() for rows, side in zip(batches, sides, strict=True)])
        for sides in zip(*pairs, strict=True)
    )
    scores = scorer.score(i, j)
    apart = scores.forbidden | _either(scorer, batches, pairs, i, j)
    values = np.stack([*votes(scores), apart.astype(np.float32)])
    ends = np.cumsum([rows.shape[0] * len(upper) for rows, (upper, _) in zip(batches, pairs, strict=True)])
    for rows, (upper, lower), own in zip(batches, pairs, np.split(values, ends[:-1], axis=1), strict=True):
        count, size = rows.shape
        square = np.zeros((3, count, size, size), np.float32)
        square[:, :, upper, lower] = square[:, :, lower, upper] = own.reshape(3, count, len(upper))
        yield Votes(square[0] * square[1], square[1], square[2] != 0)


def _either(
    scorer: Scorer, batches: Sequence[Longs], pairs: Sequence[tuple[Longs, Longs]], i: Longs, j: Longs
) -> Bools:
    """Which pairs of the components may be a father and his son."""
    doubt = [of_either(scorer.records, rows) for rows in batches]
    both = [(own[:, upper] & own[:, lower]).ravel() for own, (upper, lower) in zip(doubt, pairs, strict=True)]
    found: Bools = np.concatenate(both)
    at = np.flatnonzero(found)
    if len(at):
        found[at] = father_or_son(scorer.records, i[at], j[at])
    return found


def agglomerate(votes: Votes, threshold: float, said: Mapping[int, Constraints] | None = None) -> tuple[Longs, Longs]:
    """Average linkage over a batch of components of one size.

    Args:
        said: what stewards demand of a component, by its place in the batch, as places.

    Returns:
        the label (place of the cluster's first member) of each place of each component, and the blocked merges as rows
        (component, place, place).
    """
    batch, size = votes.total.shape[:2]
    state = _State(votes.total.copy(), votes.voices.copy(), votes.forbidden.copy(), np.zeros_like(votes.forbidden))
    diagonal = np.arange(size)
    label = np.broadcast_to(diagonal, (batch, size)).copy()
    for at, demands in (said or {}).items():
        state.impose(at, demands, label)
    blocked = link_components(state.total, state.voices, state.forbidden, state.blocked, label, threshold, MARGIN)
    return label, blocked


@dataclass(frozen=True)
class _State:
    """The clusters so far: each stands at the place of its first member, the places of the others have fallen silent."""

    total: Floats
    voices: Floats
    forbidden: Bools
    blocked: Bools

    def link(self, active: Longs) -> Floats:
        """Mean vote between every two clusters; minus infinity without a voice or with a contradiction, plus on the diagonal."""
        voices = self.voices[active]
        mean = np.divide(self.total[active], voices, out=np.full(voices.shape, -np.inf, np.float32), where=voices > 0)
        mean[self.forbidden[active]] = -np.inf
        diagonal = np.arange(voices.shape[1])
        mean[:, diagonal, diagonal] = np.inf
        return mean

    def impose(self, at: int, said: Constraints, label: Longs) -> None:
        """Begin the component at a place of the batch with what a steward said of it."""
        pardon = pardoned(self.forbidden[at], said.together)
        self.forbidden[at][pardon] = False
        for sums in (self.total, self.voices):
            sums[at][pardon] = 0
        x, y = said.apart.T
        self.forbidden[at, x, y] = self.forbidden[at, y, x] = True
        for places in said.together:
            first = places[:1]
            for other in places[1:]:
                self.merge(np.array([at]), first, other[None])
            label[at, places] = first
            self.forbidden[at, first, first] = False  # contradictions within are overruled

    def merge(self, go: Longs, x: Longs, y: Longs) -> None:
        """Merge cluster y into x (x < y) in each component of ``go``."""
        for sums in (self.total, self.voices):
            joined = sums[go, x] + sums[go, y]
            sums[go, x] = joined
            sums[go, :, x] = joined
        for flags in (self.forbidden, self.blocked):
            either = flags[go, x] | flags[go, y]
            flags[go, x] = either
            flags[go, :, x] = either
        for matrix in (self.total, self.voices, self.forbidden, self.blocked):
            matrix[go, y] = 0
            matrix[go, :, y] = 0


def _ambiguous(link: Floats, forbidden: Bools, x: Longs, y: Longs, strength: Floats) -> Bools:
    """Whether x and y lean, at this strength at least, to two clusters that contradict each other."""
    each = np.arange(len(x))
    leans_x = link[each, x] >= strength[:, None]
    leans_y = link[each, y] >= strength[:, None]
    pairs = forbidden & leans_x[:, :, None] & leans_y[:, None, :]
    doubt: Bools = np.asarray(pairs.any(axis=(1, 2)), np.bool_)
    return doubt
