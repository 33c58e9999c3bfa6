"""How a cluster came to be: the clustering of one component told step by step, by the very rules of `hub.matching.cluster`.

`cluster` works on thousands of components at once and keeps the outcome alone; this takes one small base, does the same
merges in the same order, and says of each why it was made or left undone. That both agree is held by a test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.matching import cluster as rules
from hub.matching.cluster import Bools, Floats, Longs, Votes
from hub.matching.constraints import Constraints
from hub.matching.score import Scorer

Rows = tuple[int, ...]  # rows of the scorer's records, the first by rank first


@dataclass(frozen=True)
class Step:
    """One thing that clustering did.

    Attributes:
        kind: "merge": the two became one; "steward": a steward said that they are; "ambiguous": they stay two, since
            they lean nearly as strongly to two clusters that contradict each other.
        left, right: the records of both clusters at that moment.
        link: bits; the mean vote over all pairs between them that say anything.
        rivals: for "ambiguous" the two clusters that contradict each other; either may be one of the two.
    """

    kind: str
    left: Rows
    right: Rows
    link: float
    rivals: tuple[Rows, Rows] | None = None


@dataclass(frozen=True)
class Apart:
    """Two final clusters of one component, and why they are two.

    Attributes:
        why: "steward" (said that they are two), "contradiction", "ambiguous", "silence" (no pair says anything) or
            "score" (the mean is too low).
        link: bits; None where a steward, a contradiction or silence leaves nothing to be weighed.
        contradicting: pairs of records, left and right, that hold a contradiction.
    """

    left: Rows
    right: Rows
    why: str
    link: float | None
    contradicting: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class History:
    """The clustering of a small base.

    Attributes:
        label: for each record the row of the first record (by rank) of its cluster, as `hub.matching.cluster.Clusters` has it.
        steps: what was done, component by component, in order.
        apart: the clusters that one component fell into, pair by pair.
        cut: records whose component exceeded the cap and lost its weakest edges beforehand.
    """

    label: Longs
    steps: list[Step]
    apart: list[Apart]
    cut: Longs


def replay(
    scorer: Scorer, i: Longs, j: Longs, weight: Floats, said: Constraints | None = None, of: Longs | None = None
) -> History:
    """Cluster records from their edges, as `hub.matching.cluster.cluster` does, and tell the steps.

    Args:
        scorer: a model and records; meant for the records of one component, since every merge is told.
        i, j, weight: the edges, as rows of the records.
        said: what stewards demand of the records.
        of: rows; only the clusters that hold one of them are told apart from the others (by default all are).
    """
    n = len(scorer.records)
    order = np.argsort(scorer.records.rank, kind="stable")
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    said = said and said.renumbered(place)
    component, cut = rules.bounded(n, place[i], place[j], weight, said)
    demands = said.within(component) if said else {}
    history = History(np.arange(n), [], [], order[cut])
    for name in np.unique(component):
        members = np.flatnonzero(component == name)
        if len(members) > 1:
            rows = order[members]
            (votes,) = rules.matrices(scorer, [rows[None]])
            telling = _Telling(rows, votes, demands[int(name)].at(members) if int(name) in demands else Constraints())
            telling.begin(scorer.model.match)
            telling.run(scorer.model.match)
            history.steps.extend(telling.steps)
            history.apart.extend(telling.apart(of))
            history.label[rows] = rows[telling.label]
    return history


class _Telling:
    """The clustering of one component; places count its records by rank."""

    def __init__(self, rows: Longs, votes: Votes, said: Constraints) -> None:
        self.rows, self.votes, self.said = rows, votes, said
        self.label: Longs = np.arange(len(rows))
        self.steps: list[Step] = []
        blocked: Bools = np.zeros_like(votes.forbidden)
        self.state = rules._State(votes.total.copy(), votes.voices.copy(), votes.forbidden.copy(), blocked)
        self.told = np.zeros_like(votes.forbidden[0])
        x, y = said.apart.T
        self.told[x, y] = self.told[y, x] = True

    def begin(self, threshold: float) -> None:
        """Tell what stewards said, and the clusters that they said it of."""
        said = self.said
        if said.together:
            wholes = _Telling(self.rows, self.votes, Constraints(apart=said.apart))
            wholes.begin(threshold)
            wholes.run(threshold)
            said = said.widened(wholes.label)
            for places in said.together:
                self._join(places, wholes)
        self.state.impose(0, said, self.label[None])

    def _join(self, places: Longs, wholes: _Telling) -> None:
        """Tell how a set came together: its clusters by themselves, then one after the other by the steward's word."""
        within = set(self.rows[places].tolist())
        parts = [places[wholes.label[places] == name] for name in np.unique(wholes.label[places])]
        if sum(len(part) for part in parts) == (np.isin(wholes.label, wholes.label[places])).sum():
            self.steps += [s for s in wholes.steps if s.kind == "merge" and {*s.left, *s.right} <= within]
        else:  # only what was named, out of clusters that stand apart
            parts = [place[None] for place in places]
        for done in range(1, len(parts)):
            left, right = np.concatenate(parts[:done]), parts[done]
            at = np.ix_(left, right)
            voices = float(self.votes.voices[0][at].sum())
            link = round(float(self.votes.total[0][at].sum()) / voices, 3) if voices else 0.0
            ones, others = (tuple(self.rows[np.sort(side)].tolist()) for side in (left, right))
            self.steps.append(Step("steward", ones, others, link))

    def run(self, threshold: float) -> None:
        """Merge the two clusters of the strongest link until none reaches the threshold."""
        only = np.zeros(1, np.int64)
        while True:
            link = self.state.link(only)
            open_ = np.where(self.state.blocked, np.float32(-np.inf), link)[0]
            np.fill_diagonal(open_, -np.inf)
            best = int(open_.argmax())
            strength = open_.ravel()[best]
            if not strength >= threshold:
                return
            x, y = sorted(divmod(best, len(open_)))
            at = np.array([x]), np.array([y])
            lean = np.maximum(strength[None] - rules.MARGIN, threshold)
            if rules._ambiguous(link, self.state.forbidden, *at, lean)[0]:
                self.state.blocked[:, x, y] = self.state.blocked[:, y, x] = True
                self._tell("ambiguous", x, y, float(strength), self._rivals(link[0], x, y, float(lean[0])))
            else:
                self._tell("merge", x, y, float(strength))
                self.state.merge(only, *at)
                self.label[self.label == y] = x

    def _tell(self, kind: str, x: int, y: int, link: float, rivals: tuple[Rows, Rows] | None = None) -> None:
        self.steps.append(Step(kind, self._members(x), self._members(y), round(link, 3), rivals))

    def _members(self, place: int) -> Rows:
        return tuple(self.rows[self.label == place].tolist())

    def _rivals(self, link: Floats, x: int, y: int, lean: float) -> tuple[Rows, Rows]:
        """The two contradicting clusters to which x and y lean; of several, those of the strongest leaning."""
        both = self.state.forbidden[0] & (link[x] >= lean)[:, None] & (link[y] >= lean)[None, :]
        strength = np.where(both, np.minimum(link[x][:, None], link[y][None, :]), -np.inf)
        u, v = divmod(int(strength.argmax()), len(link))
        return self._members(u), self._members(v)

    def apart(self, of: Longs | None) -> list[Apart]:
        """The final clusters, pair by pair; those of which one holds a row of ``of``."""
        places = np.unique(self.label).tolist()
        told = set(self.label if of is None else self.label[np.isin(self.rows, of)])
        pairs = ((x, y) for number, x in enumerate(places) for y in places[number + 1 :])
        return [self._why(x, y) for x, y in pairs if x in told or y in told]

    def _why(self, x: int, y: int) -> Apart:
        left, right = np.flatnonzero(self.label == x), np.flatnonzero(self.label == y)
        at = self.votes.forbidden[0][np.ix_(left, right)]
        contradicting = tuple((int(self.rows[left[a]]), int(self.rows[right[b]])) for a, b in np.argwhere(at).tolist())
        voices = float(self.state.voices[0, x, y])
        steward = bool(self.told[np.ix_(left, right)].any())
        forbidden = bool(self.state.forbidden[0, x, y])
        link = None if forbidden or not voices else round(float(self.state.total[0, x, y]) / voices, 3)
        if steward:
            why = "steward"
        elif forbidden:
            why = "contradiction"
        elif self.state.blocked[0, x, y]:
            why = "ambiguous"
        else:
            why = "score" if voices else "silence"
        return Apart(self._members(x), self._members(y), why, link, contradicting)
