from __future__ import annotations

import pytest

from hub.demo import DemoNetwork, generate
from tests.demo.reading import DEALERS, PEOPLE, SEED


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> DemoNetwork:
    """A network in which each system and each accident of the second night occurs."""
    return generate(tmp_path_factory.mktemp("demo"), DEALERS, PEOPLE, SEED)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> DemoNetwork:
    """A larger one in canonical CSV, to count in."""
    return generate(tmp_path_factory.mktemp("plain"), 8, 6000, SEED, plain=True)
