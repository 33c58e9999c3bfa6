"""One lead, one decision: filters, ranking, turns. A pure function of its inputs, all of which a decision can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from hub.routing.allocation import take_turn, turn_weights
from hub.routing.filters import CODES, Hindrances, fall_out
from hub.routing.network import Network
from hub.routing.policy import Policy
from hub.routing.ranking import rank
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
        km: distance; None when unknown.
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
class Decision:
    """Where a lead goes.

    Attributes:
        dealer: its code; None: head office.
        rule: of `RULES`.
        candidates: those that could have the lead, best first; then those that fell out, by code.
        weights: of the turn, by dealer; empty where no turn was taken.
        credits_before, credits_after: the allocation's state of the near-equals: input and outcome of the turn.
        policy, network: versions.
    """

    lead_id: str
    at: datetime
    dealer: str | None
    rule: str
    candidates: tuple[Candidate, ...]
    weights: dict[str, int]
    credits_before: dict[str, int]
    credits_after: dict[str, int]
    policy: str
    network: str

    @property
    def near(self) -> list[str]:
        """The near-equals, by code."""
        return sorted(candidate.dealer for candidate in self.candidates if candidate.near)


def decide(
    wish: Wish,
    network: Network,
    standing: Standing,
    hindrances: Hindrances,
    policy: Policy,
    balance: Mapping[str, int],
) -> Decision:
    """Decide where a lead goes.

    Args:
        policy: the whole policy; overrides for the lead's brand and purpose are applied here.
        balance: the allocation's state of the lead's pool (brand and purpose), at least of the near-equals.
    """
    policy = policy.for_lead(wish.brand, wish.purpose)
    out = fall_out(wish, network, hindrances, standing.today, policy.filters)
    score, parts = rank(wish, network, standing, policy)
    km, _ = network.place(wish.latitude, wish.longitude, wish.postcode)
    fit = np.flatnonzero(out == 0)
    best = score[fit].max() if len(fit) else 0.0
    near = {network.codes[place] for place in fit if score[place] >= best - policy.near_equal - 1e-9}
    dealer, rule = _simple(near, len(fit), wish)
    weights: dict[str, int] = {}
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    if len(near) > 1 and rule == "turn":
        facts = {code: network.dealers[network.position[code]] for code in sorted(near)}
        weights = turn_weights(
            {code: fact.target_share for code, fact in facts.items()},
            {code: fact.capacity for code, fact in facts.items()},
        )
        before = {code: balance.get(code, 0) for code in weights}
        turn = take_turn(weights, before)
        dealer, after = turn.chosen, turn.credits
    order = [*fit[np.lexsort((fit, -score[fit]))], *np.flatnonzero(out)]
    columns = {name: np.round(values, 4).tolist() for name, values in parts.items()}
    distance = np.where(np.isnan(km), -1.0, np.round(km, 1)).tolist()
    scores, reasons = score.tolist(), out.tolist()
    candidates = tuple(
        Candidate(
            dealer=network.codes[place],
            reason=CODES[reasons[place]] or None,
            km=distance[place] if distance[place] >= 0 else None,
            score=None if reasons[place] else scores[place],
            parts={} if reasons[place] else {name: values[place] for name, values in columns.items()},
            near=network.codes[place] in near,
        )
        for place in map(int, order)
    )
    return Decision(
        lead_id=wish.lead_id,
        at=wish.at,
        dealer=dealer,
        rule=rule,
        candidates=candidates,
        weights=weights,
        credits_before=before,
        credits_after=after,
        policy=policy.version,
        network=network.version,
    )


def _simple(near: set[str], fit: int, wish: Wish) -> tuple[str | None, str]:
    """The decision where no turn is needed."""
    if not near:
        return None, "nobody"
    if wish.owner in near and fit == 1:
        return wish.owner, "owner"
    if len(near) == 1:
        return next(iter(near)), "only" if fit == 1 else "best"
    return None, "turn"


def compact(decision: Decision) -> dict[str, Any]:
    """The candidates for keeping: in columns, the fallen-out by their reason. `expand` gives them back."""
    fit = [candidate for candidate in decision.candidates if candidate.reason is None]
    fallen: dict[str, list[list[Any]]] = {}
    for candidate in decision.candidates:
        if candidate.reason is not None:
            fallen.setdefault(candidate.reason, []).append([candidate.dealer, candidate.km])
    names = list(fit[0].parts) if fit else []
    return {
        "parts": names,
        "fit": [[c.dealer, c.km, c.score, c.near, [c.parts[name] for name in names]] for c in fit],
        "out": fallen,
    }


def expand(kept: Mapping[str, Any]) -> list[Candidate]:
    """The candidates that `compact` packed, in their order."""
    fit = [
        Candidate(dealer, None, km, score, dict(zip(kept["parts"], values, strict=True)), near)
        for dealer, km, score, near, values in kept["fit"]
    ]
    out = [
        Candidate(dealer, reason, km, None, {}, False) for reason, rows in kept["out"].items() for dealer, km in rows
    ]
    return [*fit, *sorted(out, key=lambda candidate: candidate.dealer)]
