"""One lead, one decision: filters, ranking, turns. A pure function of its inputs, all of which a decision can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.routing.allocation import take_turn, turn_weights
from hub.routing.filters import CODES, Hindrances, fall_out
from hub.routing.network import Floats, Network
from hub.routing.policy import Policy
from hub.routing.ranking import PARTS, rank
from hub.routing.standing import Standing
from hub.routing.wish import Wish

RULES = {
    "owner": "The person is this dealer's prospect.",
    "only": "It is the only dealer that can have the lead.",
    "best": "No other dealer comes near its score.",
    "turn": "Several dealers are as good; it was this one's turn.",
    "nobody": "No dealer can have the lead: head office decides.",
}


@dataclass(frozen=True)
class Candidate:
    """One dealer in a decision.

    Attributes:
        reason: why it fell out (`hub.routing.filters.REASONS`); None for one that could have the lead.
        km: distance; None when unknown, and for one that fell out.
        score, parts: as `hub.routing.ranking.rank`; None and empty for one that fell out.
        near: whether it was among the near-equals that take turns.
    """

    dealer: str
    reason: str | None
    km: float | None
    score: float | None
    parts: dict[str, float]
    near: bool


@dataclass(frozen=True)
class Candidates:
    """All dealers of a decision in columns: those that could have the lead, best first, and after them those that fell out.

    Attributes:
        dealer, km, score: of those that could have it; kilometres are None when unknown.
        near: how many of these stand within the policy's ``near_equal`` of the best.
        parts: by name, one number for each of them.
        out: for each reason the codes of those that fell out.
    """

    dealer: list[str]
    km: list[float | None]
    score: list[float]
    near: int
    parts: dict[str, list[float]]
    out: dict[str, list[str]]

    def __iter__(self) -> Iterator[Candidate]:
        names = list(self.parts)
        values = zip(*self.parts.values(), strict=True)
        for place, (dealer, km, score, each) in enumerate(zip(self.dealer, self.km, self.score, values, strict=True)):
            yield Candidate(dealer, None, km, score, dict(zip(names, each, strict=True)), place < self.near)
        for dealer, reason in self.fallen():
            yield Candidate(dealer, reason, None, None, {}, False)

    def fallen(self) -> list[tuple[str, str]]:
        """Those that fell out with their reason, by code."""
        return sorted((dealer, reason) for reason, dealers in self.out.items() for dealer in dealers)

    def kept(self) -> dict[str, Any]:
        """The columns as JSON for keeping; a part that is the same for all is one number. `Candidates.of` gives them back."""
        parts = {name: values[0] if len(set(values)) == 1 else values for name, values in self.parts.items()}
        return {
            "dealer": self.dealer,
            "km": self.km,
            "score": self.score,
            "near": self.near,
            "parts": parts,
            "out": self.out,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Candidates:
        """What `kept` packed."""
        count = len(kept["dealer"])
        given = {name: kept["parts"][name] for name in PARTS if name in kept["parts"]}  # jsonb has an order of its own
        parts = {name: v if isinstance(v, list) else [v] * count for name, v in given.items()}
        return cls(kept["dealer"], kept["km"], kept["score"], kept["near"], parts, kept["out"])


@dataclass(frozen=True)
class Decision:
    """Where a lead goes.

    Attributes:
        dealer: its code; None: head office.
        rule: of `RULES`.
        weights: of the turn, by dealer; empty where no turn was taken.
        credits_before, credits_after: the allocation's state of the near-equals: input and outcome of the turn.
        policy, network: versions.
    """

    lead_id: str
    at: datetime
    dealer: str | None
    rule: str
    candidates: Candidates
    weights: dict[str, int]
    credits_before: dict[str, int]
    credits_after: dict[str, int]
    policy: str
    network: str

    @property
    def near(self) -> list[str]:
        """The near-equals, by code."""
        return sorted(self.candidates.dealer[: self.candidates.near])

    @property
    def km(self) -> float | None:
        """How far the chosen dealer is."""
        found = self.candidates
        return None if self.dealer is None else found.km[found.dealer.index(self.dealer)]


@dataclass(frozen=True, eq=False)
class Line:
    """Who stands in line for a lead: filters and ranking done, the turn not yet taken.

    Attributes:
        out: for each dealer 0, or the place of the reason in `CODES`.
        fit: places of those that could have the lead, best first.
        near: codes of the near-equals.
    """

    policy: Policy
    out: npt.NDArray[np.int8]
    score: Floats
    parts: dict[str, Floats]
    fit: npt.NDArray[np.int64]
    near: list[str]


def line_up(wish: Wish, network: Network, standing: Standing, hindrances: Hindrances, policy: Policy) -> Line:
    """Filter and rank.

    Args:
        policy: the whole policy; overrides for the lead's brand and purpose are applied here.
    """
    policy = policy.for_lead(wish.brand, wish.purpose)
    out = fall_out(wish, network, hindrances, standing.today, policy.filters)
    score, parts = rank(wish, network, standing, policy)
    fit = np.flatnonzero(out == 0)
    fit = fit[np.lexsort((fit, -score[fit]))]
    least = score[fit[0]] - policy.near_equal - _TINY if len(fit) else 0.0
    near = [network.codes[place] for place in fit[score[fit] >= least].tolist()]
    return Line(policy, out, score, parts, fit, near)


def near_by(line: Line, network: Network) -> list[str]:
    """Those in line, and those who may stand in it once a few leads more are given: within twice the policy's ``near_equal``."""
    if not len(line.fit):
        return []
    least = line.score[line.fit[0]] - 2 * line.policy.near_equal - _TINY
    return [network.codes[place] for place in line.fit[line.score[line.fit] >= least].tolist()]


def decide(
    wish: Wish,
    network: Network,
    standing: Standing,
    hindrances: Hindrances,
    policy: Policy,
    balance: Mapping[str, int],
) -> Decision:
    """Decide where a lead goes: `line_up` and `choose`."""
    return choose(line_up(wish, network, standing, hindrances, policy), wish, network, balance)


def choose(line: Line, wish: Wish, network: Network, balance: Mapping[str, int]) -> Decision:
    """Decide who of those in line gets the lead.

    Args:
        balance: the allocation's state of the lead's pool (brand and purpose), at least of the near-equals.
    """
    dealer, rule = _simple(line, wish)
    weights: dict[str, int] = {}
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    if rule == "turn":
        facts = {code: network.dealers[network.position[code]] for code in sorted(line.near)}
        weights = turn_weights(
            {code: fact.target_share for code, fact in facts.items()},
            {code: fact.capacity for code, fact in facts.items()},
        )
        before = {code: balance.get(code, 0) for code in weights}
        turn = take_turn(weights, before)
        dealer, after = turn.chosen, turn.credits
    return Decision(
        lead_id=wish.lead_id,
        at=wish.at,
        dealer=dealer,
        rule=rule,
        candidates=_candidates(wish, network, line),
        weights=weights,
        credits_before=before,
        credits_after=after,
        policy=line.policy.version,
        network=network.version,
    )


def _simple(line: Line, wish: Wish) -> tuple[str | None, str]:
    """The decision where no turn is needed."""
    if not line.near:
        return None, "nobody"
    if wish.owner in line.near and len(line.fit) == 1:
        return wish.owner, "owner"
    if len(line.near) == 1:
        return line.near[0], "only" if len(line.fit) == 1 else "best"
    return None, "turn"


def _candidates(wish: Wish, network: Network, line: Line) -> Candidates:
    km, _ = network.place(wish.latitude, wish.longitude, wish.postcode)
    codes, fit = network.codes, line.fit
    out: dict[str, list[str]] = {}
    for place, reason in zip(np.flatnonzero(line.out).tolist(), line.out[line.out > 0].tolist(), strict=True):
        out.setdefault(CODES[reason], []).append(codes[place])
    return Candidates(
        dealer=[codes[place] for place in fit.tolist()],
        km=[None if value != value else value for value in np.round(km[fit], 1).tolist()],  # NaN is not itself
        score=line.score[fit].tolist(),
        near=len(line.near),
        parts={name: np.round(values[fit], 4).tolist() for name, values in line.parts.items()},
        out=out,
    )


def retrace(decision: Decision, policy: Policy) -> str | None:
    """Go a stored decision's way again, from its parts and credits; returns the dealer that the policy says.

    Args:
        policy: of the decision's version, with the lead's override applied.

    Raises:
        ValueError: the stored scores are not what the policy makes of the stored parts.
    """
    found = decision.candidates
    if not found.dealer:
        return None
    weights = [getattr(policy.weights, name) for name in found.parts]
    total = sum(weights) or 1.0
    for score, *parts in zip(found.score, *found.parts.values(), strict=True):
        if abs(sum(w * part for w, part in zip(weights, parts, strict=True)) / total - score) > _ROUNDING:
            raise ValueError("a score that does not follow from its parts")
    least = found.score[0] - policy.near_equal - _TINY
    near = [code for code, score in zip(found.dealer, found.score, strict=True) if score >= least]
    return near[0] if len(near) == 1 else take_turn(decision.weights, decision.credits_before).chosen


_TINY = 1e-9  # of floating-point numbers
_ROUNDING = 1e-3  # parts are kept to four digits
