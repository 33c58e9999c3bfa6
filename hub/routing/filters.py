"""Hard filters: who cannot have a lead at all, and why. The first reason that applies is the one told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.routing.network import Bools, Floats, Network
from hub.routing.policy import Filters
from hub.routing.wish import Wish

# in the order in which they are tried; the sentence is for head office
REASONS = {
    "inactive": "The dealer does not work in the network on that day.",
    "no_franchise": "No franchise for this brand and purpose on that day.",
    "transfer_refused": "The person has refused, or withdrawn, that its data go to this dealer.",
    "tried": "The dealer has had this lead already.",
    "owned": "The person is another dealer's prospect.",
    "closed": "The dealer does not open within the time that the policy allows.",
    "too_far": "Farther away than the policy allows.",
    "full": "The dealer has had as many leads today as it can take.",
}
CODES = ("", *REASONS)


@dataclass(frozen=True)
class Hindrances:
    """What keeps dealers from this one lead.

    Attributes:
        refused: codes of dealers to which the person's data may not go.
        refused_all: whether they may go to no dealer.
        tried: codes of dealers that have had the lead already.
    """

    refused: frozenset[str] = frozenset()
    refused_all: bool = False
    tried: frozenset[str] = frozenset()


def fall_out(
    wish: Wish, network: Network, hindrances: Hindrances, today: Floats, filters: Filters
) -> npt.NDArray[np.int8]:
    """For each dealer 0, or the place in `CODES` of the reason why it cannot have the lead.

    Args:
        today: leads that each dealer was offered today.

    The owner, if it can have the lead, leaves nobody else in the line.
    """
    active, may = network.standing(wish.brand, wish.purpose, wish.at)
    km, _ = network.place(wish.latitude, wish.longitude, wish.postcode)
    out: dict[str, Bools] = {
        "inactive": ~active,
        "no_franchise": ~may,
        "transfer_refused": _marked(network, hindrances.refused) | hindrances.refused_all,
        "tried": _marked(network, hindrances.tried),
        "closed": network.waits(wish.at) > filters.opens_within_hours,
        "too_far": km > filters.at_most_km,
        "full": today >= network.capacity,
    }
    found = np.zeros(len(network.codes), np.int8)
    for name, applies in out.items():
        found[(found == 0) & applies] = CODES.index(name)
    owner = network.position.get(wish.owner or "")
    if owner is None:
        return found
    if found[owner] in (CODES.index("too_far"), CODES.index("full")):
        found[owner] = 0  # neither distance nor a full day takes a dealer's own prospect away
    if found[owner] == 0 or filters.owner_unavailable == "head_office":
        others = found == 0
        others[owner] = False
        found[others] = CODES.index("owned")
    return found


def _marked(network: Network, codes: Iterable[str]) -> Bools:
    marks = np.zeros(len(network.codes), np.bool_)
    marks[[network.position[code] for code in codes if code in network.position]] = True
    return marks
