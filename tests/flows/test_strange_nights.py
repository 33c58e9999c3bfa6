"""Whatever happens in whatever order, the base is each night as if everything were matched anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.flows import consolidate as consolidate_flow
from hub.flows import match as match_flow
from hub.flows.export import golden_hash
from hub.matching import cluster
from hub.matching.model import start_model
from tests.flows.inbox import Hub
from tests.flows.strange_nights import Network
from tests.flows.test_incremental import STATE, low_limits, rematch, state, trained

# the fixture: blocks, contact values and components are few here, and still cross their limits
__all__ = ["low_limits"]
LOW = replace(start_model(), version="low", match=-1.0, review=-6.0)
MODELS = (trained(), LOW, replace(start_model(), version="again"))


@pytest.mark.parametrize("seed", [1, 4])
def test_each_night_equals_a_full_match(hub: Hub, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(cluster, "COMPONENT_CAP", 12)
    monkeypatch.setattr(match_flow, "FULL_SHARE", 2.0)  # never everything, unless another model is in force
    network = Network(hub, seed, MODELS)
    for number in range(5):
        monkeypatch.setattr(consolidate_flow, "FULL_SHARE", 2.0)
        network.night()
        step_by_step, hashed = state(hub), golden_hash(hub.db)
        rematch(hub)
        everything = state(hub)
        for name in STATE:
            assert step_by_step[name] == everything[name], (number, name)
        assert hashed == golden_hash(hub.db)
    assert step_by_step["edges"]
    assert step_by_step["review"]
