"""How well each dealer suits a lead: named parts between 0 and 1, weighed by the policy."""

from __future__ import annotations

import numpy as np

from hub.routing.network import Floats, Network
from hub.routing.policy import Policy, Response
from hub.routing.standing import Standing
from hub.routing.wish import Wish

PARTS = ("wished", "territory", "distance", "stock", "response", "load")
_HALF = 0.5  # of a part that is unknown for one dealer and known for others


def rank(wish: Wish, network: Network, standing: Standing, policy: Policy) -> tuple[Floats, dict[str, Floats]]:
    """The score of every dealer, 0 to 1, and its parts; parts about which nothing is known for any dealer are left out."""
    km, territory = network.place(wish.latitude, wish.longitude, wish.postcode)
    parts: dict[str, Floats] = {
        "response": on_time(standing, policy.response),
        "load": _room(standing.today, network.capacity),
    }
    if wish.wished in network.position:
        parts["wished"] = np.array([code == wish.wished for code in network.codes], np.float64)
    if not np.isnan(territory).all():
        parts["territory"] = _known(territory, _HALF)
    if not np.isnan(km).all():
        parts["distance"] = _known(1 / (1 + km / policy.half_km), 0.0)
    if not np.isnan(standing.stock).all():
        parts["stock"] = _known(standing.stock, _HALF)
    weights = {name: getattr(policy.weights, name) for name in PARTS if name in parts}
    total = sum(weights.values()) or 1.0
    score = sum((parts[name] * weight for name, weight in weights.items()), np.zeros(len(network.codes)))
    return np.round(score / total, 6), {name: parts[name] for name in PARTS if name in parts}


def on_time(standing: Standing, response: Response) -> Floats:
    """Share of a dealer's leads that it contacted in time, drawn towards the prior while there are few (beta-binomial mean)."""
    believed = response.prior_on_time * response.prior_leads
    return np.asarray((standing.on_time + believed) / (standing.answered + response.prior_leads), np.float64)


def _known(values: Floats, otherwise: float) -> Floats:
    """The values, and another number where they are unknown."""
    return np.where(np.isnan(values), otherwise, values)


def _room(today: Floats, capacity: Floats) -> Floats:
    """Share of the day's capacity that is left; a half where there is no limit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        left = 1 - today / capacity
    return np.where(np.isinf(capacity), _HALF, np.clip(_known(left, 0.0), 0.0, 1.0))
