"""Taking turns: smooth weighted round-robin, as nginx does it. No dice, and no dealer waits longer than its weight says.

Source: nginx, "Upstream: smooth weighted round-robin balancing" (commit 52327e0627f4, 2012). At each turn every participant's
credit grows by its weight; the one with the most credit is chosen and pays the sum of all weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """The outcome of one turn.

    Attributes:
        chosen: whose turn it was.
        credits: of all participants, after it.
    """

    chosen: str
    credits: dict[str, int]


def take_turn(weights: Mapping[str, int], balance: Mapping[str, int]) -> Turn:
    """Choose one of the participants.

    Args:
        weights: of each participant, above 0.
        balance: credit of each participant before the turn; one that is missing has none yet. Others may stand there too.

    Ties go to the code that comes first.
    """
    grown = {code: balance.get(code, 0) + weight for code, weight in sorted(weights.items())}
    chosen = max(grown, key=lambda code: grown[code])  # the first of equals
    grown[chosen] -= sum(weights.values())
    return Turn(chosen, grown)


def turn_weights(shares: Mapping[str, float | None], capacities: Mapping[str, int | None]) -> dict[str, int]:
    """What each dealer's turn weighs: its target share, else its capacity, in thousandths of the largest.

    Where some have a share (or capacity) and others none, these get the mean of those that have one. With nothing known, all
    weigh the same. A share of 0 still weighs one thousandth: whoever should get nothing has no place in the line.
    """
    given: Mapping[str, float | None] = shares
    if all(value is None for value in given.values()):
        given = {code: None if value is None else float(value) for code, value in capacities.items()}
    known = [value for value in given.values() if value is not None]
    mean = sum(known) / len(known) if known else 1.0
    filled = {code: mean if value is None else value for code, value in given.items()}
    largest = max(filled.values(), default=1.0) or 1.0
    return {code: max(1, round(1000 * value / largest)) for code, value in filled.items()}
