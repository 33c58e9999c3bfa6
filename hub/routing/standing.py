"""What changes from lead to lead: how busy the dealers are, and how they have answered so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hub.routing.network import Floats, Network


@dataclass(frozen=True, eq=False)
class Standing:
    """Columns in the order of the network's codes.

    Attributes:
        today: leads offered today, by the dealer's own calendar day.
        answered, on_time: offers of the policy's look-back that ended, and those among them contacted in time.
        stock: 1 where the wished car is there, 0 where not, NaN where the dealer's stock is unknown.
    """

    today: Floats
    answered: Floats
    on_time: Floats
    stock: Floats

    def with_today(self, network: Network, today: Mapping[str, int]) -> Standing:
        """The same with fresher counts of today for some dealers."""
        counts = self.today.copy()
        for code, count in today.items():
            counts[network.position[code]] = count
        return replace(self, today=counts)


def standing(
    network: Network,
    today: Mapping[str, int],
    record: Mapping[str, tuple[int, int]],
    stock: Mapping[str, bool] | None = None,
) -> Standing:
    """The columns from mappings by code.

    Args:
        record: (answered, on time) of dealers that have a record.
        stock: of dealers whose stock is known.
    """
    codes = network.codes
    known = stock or {}
    stocks = [float(known[code]) if code in known else np.nan for code in codes] if known else np.nan
    return Standing(
        today=_column(network, today),
        answered=_column(network, {code: answered for code, (answered, _) in record.items()}),
        on_time=_column(network, {code: on_time for code, (_, on_time) in record.items()}),
        stock=np.full(len(codes), stocks, np.float64),
    )


def _column(network: Network, values: Mapping[str, int]) -> Floats:
    """Numbers by code as a column; 0 for those that have none."""
    return np.array([values.get(code, 0) for code in network.codes], np.float64)
