"""How crowded a file is: a party of hundreds of records needs larger blocks and components than a base of people has.

The hub's own caps guard a base that grows: what exceeds them waits for a person. A file that is read once has nobody who
waits, so there they follow the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.matching.blocks import Rows
from hub.matching.cluster import COMPONENT_CAP
from hub.matching.keys import BLOCK_CAP
from hub.matching.records import Records

LARGEST = 1000  # records; the clustering of a component takes time in proportion to the cube of its size


@dataclass(frozen=True)
class Caps:
    """Records of a block that still makes pairs, and of a component that one clustering looks at together."""

    block: int = BLOCK_CAP
    component: int = COMPONENT_CAP


def namesakes(records: Records, i: Rows, j: Rows) -> float:
    """The share of pairs that bear one whole name: that of a company, or given name and surname."""
    company = records.company.codes
    last, first = records.last.codes, records.first.codes
    one_company = (company[i] == company[j]) & (company[i] != 0)
    one_person = (last[i] == last[j]) & (first[i] == first[j]) & (last[i] != 0) & (first[i] != 0)
    return float((one_company | one_person).mean()) if len(i) else 0.0


def caps(share: float, n: int) -> Caps:
    """Caps of a file of ``n`` records of which this share of pairs are namesakes; never less than the hub's own."""
    fellows = share * n
    return Caps(
        int(np.clip(10 * fellows, BLOCK_CAP, LARGEST)),
        int(np.clip(20 * fellows, COMPONENT_CAP, LARGEST)),
    )
